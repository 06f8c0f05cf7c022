//! ```text
//! γ_t = γ·min(1, (t + 1)/T)
//! ```
//! Linear warm-up over the first `T` updates: Goyal et al., *Accurate, large minibatch SGD*, 2017,
//! arXiv 1706.02677. `t`: the version on arrival.

use ps_core::form::Named;

use super::{StepMaker, StepSize, UPDATES};
use crate::method::Arrival;
use crate::server::Server;

/// Rises to the full step size over the first updates.
#[derive(Debug)]
pub struct Warmup {
    /// `γ`.
    pub step_size: f64,
    /// `T`.
    pub updates: u64,
}

impl StepSize for Warmup {
    fn at(&mut self, _arrival: &Arrival, server: &Server<'_>) -> f64 {
        let next = server.version().number() + 1;
        if next >= self.updates {
            self.step_size
        } else {
            self.step_size * (next as f64 / self.updates as f64)
        }
    }
}

pub(super) const ENTRY: Named<StepMaker> = Named {
    name: "warmup",
    summary: "γ·min(1, (t + 1)/T)",
    reference: "Goyal et al. 2017",
    parameters: &[UPDATES],
    what: StepMaker::new(|step_size, values| {
        let updates = values.count("T");
        Box::new(Warmup { step_size, updates })
    }),
};
