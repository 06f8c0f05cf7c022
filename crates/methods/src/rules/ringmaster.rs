//! ```text
//! on gradient g from worker i:   if τ < R:  x ← x − γ·g        (else g is discarded)
//!                                assign a job at the current x to i
//! ```
//! Ringmaster ASGD (Maranjyan, Tyurin, Richtárik, ICML 2025, arXiv 2501.16168, Algorithm 4: the
//! variant that ignores), for workers whose data are alike: τ is the staleness, R the threshold.
//! With R = 1 it is Rennala with S = 1, and with R above any staleness pure asynchronous SGD.
//! Discarding what comes late discards the data of the slow. Memory: none.

use ps_core::WorkerId;
use ps_core::form::{Domain, Parameter};

use super::profile::{ALL_WORKERS, NamedMethod, Profile};
use crate::arrival::{Arrival, Gradient};
use crate::assignment::{Assignment, Pure};
use crate::method::Method;
use crate::server::Server;
use crate::theory;

/// Step with gradients staler than a threshold allows discarded; the sender goes on.
#[derive(Debug)]
struct Ringmaster {
    /// Gradients with a staleness below it are applied: the paper's `R`.
    threshold: u64,
}

impl Method for Ringmaster {
    fn start(&mut self, server: &mut Server<'_>) {
        Pure.begin(server);
    }

    fn on_gradient(&mut self, arrival: &Arrival, gradient: Gradient<'_>, server: &mut Server<'_>) {
        if arrival.staleness < self.threshold {
            let step_size = server.step_size(arrival);
            server.step(gradient, step_size);
        }
        server.assign(arrival.worker);
    }

    /// Nothing to do: the others go on, with fewer jobs outstanding.
    fn on_worker_lost(&mut self, _worker: WorkerId, _server: &mut Server<'_>) {}
}

pub(super) const THRESHOLD: Parameter = Parameter::new("threshold", Domain::POSITIVE)
    .meaning("gradients as stale as this or staler are discarded, or their jobs cancelled: the paper's R")
    .default(ALL_WORKERS);

pub(super) const ENTRY: NamedMethod = NamedMethod {
    name: "ringmaster",
    summary: "step on arrival, the sender goes on; too stale gradients are discarded; for data that are alike",
    reference: "Maranjyan, Tyurin, Richtárik, ICML 2025, arXiv 2501.16168, Algorithm 4",
    parameters: &[THRESHOLD],
    what: Profile {
        theory: theory::RINGMASTER,
        ..Profile::of(|_, v| {
            let threshold = v.count("threshold");
            Box::new(Ringmaster { threshold })
        })
    },
};
