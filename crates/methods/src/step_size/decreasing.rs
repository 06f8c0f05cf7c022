//! `γ_t = γ/√(t + 1)`, with `t` the version on arrival: the classical schedule of stochastic
//! approximation.

use ps_core::form::Named;

use super::{StepMaker, StepSize};
use crate::method::Arrival;
use crate::server::Server;

/// Falls with the square root of the number of updates.
#[derive(Debug)]
pub struct Decreasing(pub f64);

impl StepSize for Decreasing {
    fn at(&mut self, _arrival: &Arrival, server: &Server<'_>) -> f64 {
        self.0 / ((server.version().number() + 1) as f64).sqrt()
    }
}

pub(super) const ENTRY: Named<StepMaker> = Named {
    name: "decreasing",
    summary: "γ/√(t + 1)",
    reference: "",
    parameters: &[],
    what: StepMaker::new(|step_size, _| Box::new(Decreasing(step_size))),
};
