//! `γ_t = γ`.

use super::StepSize;
use crate::{Arrival, Server};

/// The same step size always.
#[derive(Debug)]
pub struct Constant(pub f64);

impl StepSize for Constant {
    fn at(&mut self, _arrival: &Arrival, _server: &Server<'_>) -> f64 {
        self.0
    }
}
