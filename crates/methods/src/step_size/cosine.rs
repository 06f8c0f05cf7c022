//! ```text
//! γ_t = γ·(1 + cos(π·t/T))/2   for t < T, then 0
//! ```
//! Loshchilov, Hutter, *SGDR: stochastic gradient descent with warm restarts*, ICLR 2017,
//! arXiv 1608.03983, without restarts. `t`: the version on arrival. `T` should be the number of
//! updates of the run: after it the model stands still.

use ps_core::form::Named;

use super::{StepMaker, StepSize, UPDATES};
use crate::method::Arrival;
use crate::server::Server;

/// Falls to zero over a number of updates, along half a cosine.
#[derive(Debug)]
pub struct Cosine {
    /// `γ`.
    pub step_size: f64,
    /// `T`.
    pub updates: u64,
}

impl StepSize for Cosine {
    fn at(&mut self, _arrival: &Arrival, server: &Server<'_>) -> f64 {
        let share = server.version().number() as f64 / self.updates as f64;
        self.step_size * (1.0 + (std::f64::consts::PI * share.min(1.0)).cos()) / 2.0
    }
}

pub(super) const ENTRY: Named<StepMaker> = Named {
    name: "cosine",
    summary: "γ·(1 + cos(π·t/T))/2 up to update T, then 0",
    reference: "Loshchilov, Hutter, ICLR 2017",
    parameters: &[UPDATES],
    what: StepMaker::new(|step_size, values| {
        let updates = values.count("T");
        Box::new(Cosine { step_size, updates })
    }),
};
