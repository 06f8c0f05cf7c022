//! ```text
//! γ_t = γ·n/max(n, τ)
//! ```
//! Mishchenko, Bach, Even, Woodworth, *Asynchronous SGD beats minibatch SGD under arbitrary
//! delays*, NeurIPS 2022. `τ`: staleness.

use ps_core::form::Named;

use super::{StepMaker, StepSize};
use crate::method::Arrival;
use crate::server::Server;

/// Smaller for gradients staler than the number of workers.
#[derive(Debug)]
pub struct Mishchenko(pub f64);

impl StepSize for Mishchenko {
    fn at(&mut self, arrival: &Arrival, server: &Server<'_>) -> f64 {
        let n = server.n_workers() as f64;
        let staleness = arrival.staleness as f64;
        if staleness <= n {
            self.0
        } else {
            self.0 * n / staleness
        }
    }
}

pub(super) const ENTRY: Named<StepMaker> = Named {
    name: "mishchenko",
    summary: "γ·min(1, n/τ)",
    reference: "Mishchenko, Bach, Even, Woodworth, NeurIPS 2022",
    parameters: &[],
    what: StepMaker::new(|step_size, _| Box::new(Mishchenko(step_size))),
};
