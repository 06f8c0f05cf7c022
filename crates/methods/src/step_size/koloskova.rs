//! ```text
//! γ_t = γ            if τ ≤ τ_C
//!       γ·τ_C/τ      otherwise
//! ```
//! Koloskova, Stich, Jaggi, *Sharper convergence guarantees for asynchronous SGD*, NeurIPS 2022:
//! any value below `1/(4Lτ)` is allowed for a late gradient; with `γ = 1/(4Lτ_C)` this is exactly
//! that bound. `τ`: staleness; `τ_C`: concurrency.

use ps_core::form::Named;

use super::{StepMaker, StepSize};
use crate::method::Arrival;
use crate::server::Server;

/// Smaller for gradients staler than the concurrency.
#[derive(Debug)]
pub struct Koloskova(pub f64);

impl StepSize for Koloskova {
    fn at(&mut self, arrival: &Arrival, server: &Server<'_>) -> f64 {
        let usual = server.concurrency() as f64;
        let staleness = arrival.staleness as f64;
        if staleness <= usual {
            self.0
        } else {
            self.0 * usual / staleness
        }
    }
}

pub(super) const ENTRY: Named<StepMaker> = Named {
    name: "koloskova",
    summary: "γ·min(1, C/τ)",
    reference: "Koloskova, Stich, Jaggi, NeurIPS 2022",
    parameters: &[],
    what: StepMaker::new(|step_size, _| Box::new(Koloskova(step_size))),
};
