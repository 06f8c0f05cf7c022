//! ```text
//! on gradient g from worker i:   s_i ← mean time between its gradients;  s_A ← mean of s_j over the workers
//!                                x ← x − γ·min(s_i/s_A, clip)·g;         assign a job at the new x to i
//! ```
//! Rescaled ASGD (Mahran, Maranjyan, Richtárik, arXiv 2605.13434): pure asynchronous SGD in which a
//! worker's step is in proportion to its compute time, so that all move the model equally far in
//! the long run. The mean of the factor over *workers* is 1. (The authors' poster prints `1/s_i`, a
//! misprint: it would add to the bias.)
//!
//! How the paper's experiments know `s_i` is not known to us. What makes all move equally far is
//! the inverse of the rate at which a worker's gradients *arrive*: with the time that handing over
//! takes, where that is any. So it is learnt online from arrival to arrival (the first since it was
//! assigned), as an exponential mean over `memory` gradients, the one at hand included. `s_A` is
//! over the workers that are alive and have delivered: the first to deliver has factor 1, and one
//! that never answers counts for nothing. Nor does a lost one from then on. A straggler's factor
//! could be as large as `n`; `clip` bounds it, and where it does that worker's data weigh less than
//! the others'. The factor weighs the gradient, so an optimizer's memory is weighted too.

use std::time::Duration;

use ps_core::WorkerId;
use ps_core::form::{Domain, Limit, Parameter};

use super::profile::{NamedMethod, Profile, Weighing};
use crate::arrival::{Arrival, Gradient};
use crate::assignment::{Assignment, Pure};
use crate::compute_times::ComputeTimes;
use crate::method::Method;
use crate::server::Server;
use crate::theory;

/// Step on arrival, the longer the slower the worker is; the sender goes on.
#[derive(Debug)]
struct Rescaled {
    /// The largest factor.
    clip: f64,
    times: ComputeTimes,
    /// When each worker's last gradient arrived.
    arrived: Vec<Option<Duration>>,
}

impl Rescaled {
    /// `s_i/s_A`, clipped.
    fn factor(&mut self, arrival: &Arrival, server: &Server<'_>) -> f64 {
        let before = self.arrived[arrival.worker.index()].replace(server.now());
        let since = before.unwrap_or(arrival.assigned);
        let took = server.now().saturating_sub(since);
        self.times.learn(arrival.worker, took);
        self.times.relative(arrival.worker).min(self.clip)
    }
}

impl Method for Rescaled {
    fn start(&mut self, server: &mut Server<'_>) {
        Pure.begin(server);
    }

    fn on_gradient(&mut self, arrival: &Arrival, gradient: Gradient<'_>, server: &mut Server<'_>) {
        let factor = self.factor(arrival, server);
        let step_size = server.step_size(arrival);
        server.step_weighted(gradient, factor, step_size);
        server.assign(arrival.worker);
    }

    /// Nobody gets its jobs.
    fn on_worker_lost(&mut self, worker: WorkerId, _server: &mut Server<'_>) {
        self.times.forget(worker);
    }
}

pub(super) const CLIP: Parameter = Parameter::new(
    "clip",
    Domain::Real(Limit::Included(1.0), Limit::Excluded(f64::INFINITY)),
)
.meaning("how many times its step a straggler may make, about")
.or("10");

pub(super) const MEMORY: Parameter = Parameter::new("memory", Domain::POSITIVE)
    .meaning("gradients that a worker's compute time is learnt from, the newest")
    .or("16");

pub(super) const ENTRY: NamedMethod = NamedMethod {
    name: "rescaled",
    summary: "pure with a step in proportion to the worker's compute time",
    reference: "Mahran, Maranjyan, Richtárik 2026, arXiv 2605.13434",
    parameters: &[CLIP, MEMORY],
    what: Profile {
        weighing: Weighing::Steps,
        theory: theory::NOT_STATED,
        ..Profile::of(|n_workers, v| {
            Box::new(Rescaled {
                clip: v.real("clip"),
                times: ComputeTimes::new(n_workers, v.size("memory")),
                arrived: vec![None; n_workers],
            })
        })
    },
};
