//! `γ_t = γ`.

use super::StepSize;
use crate::method::Arrival;
use crate::server::Server;

/// The same step size always.
#[derive(Debug)]
pub struct Constant(pub f64);

impl StepSize for Constant {
    fn at(&mut self, _arrival: &Arrival, _server: &Server<'_>) -> f64 {
        self.0
    }
}
