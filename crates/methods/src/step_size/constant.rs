//! `γ_t = γ`.

use ps_core::form::Named;

use super::{StepMaker, StepSize};
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

pub(super) const ENTRY: Named<StepMaker> = Named {
    name: "constant",
    summary: "γ",
    reference: "",
    parameters: &[],
    what: StepMaker::new(|step_size, _| Box::new(Constant(step_size))),
};
