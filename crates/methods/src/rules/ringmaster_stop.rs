//! ```text
//! on gradient g from worker i:   x ← x − γ·g;  assign a job at the new x to i
//!     for every worker whose job has version v with t − v ≥ R:   cancel it;  assign a job at the new x to it
//! ```
//! Ringmaster ASGD, the variant that stops late jobs (Maranjyan, Tyurin, Richtárik, ICML 2025,
//! arXiv 2501.16168, Algorithm 5; our threshold is its R, our version t). For homogeneous data: to
//! stop slow workers is to drop their data.

use std::collections::VecDeque;

use ps_core::{Version, WorkerId};

use super::profile::{NamedMethod, Outstanding, Profile};
use super::ringmaster::THRESHOLD;
use crate::arrival::{Arrival, Gradient};
use crate::method::Method;
use crate::server::Server;
use crate::theory;

/// Step on arrival; a job that has become too old is cancelled at once.
#[derive(Debug)]
struct RingmasterStop {
    /// A job may become one update less than this old.
    threshold: u64,
    /// Jobs in the order of their versions, with those that have come back since.
    jobs: VecDeque<(Version, WorkerId)>,
    /// The version of each worker's job.
    versions: Vec<Version>,
}

impl RingmasterStop {
    fn assign(&mut self, worker: WorkerId, server: &mut Server<'_>) {
        self.versions[worker.index()] = server.version();
        self.jobs.push_back((server.version(), worker));
        server.assign(worker);
    }
}

impl Method for RingmasterStop {
    fn start(&mut self, server: &mut Server<'_>) {
        self.versions = vec![Version::ZERO; server.n_workers()];
        for worker in server.workers() {
            self.assign(worker, server);
        }
    }

    fn on_gradient(&mut self, arrival: &Arrival, gradient: Gradient<'_>, server: &mut Server<'_>) {
        let step_size = server.step_size(arrival);
        server.step(gradient, step_size);
        self.assign(arrival.worker, server);
        while let Some(&(version, worker)) = self.jobs.front() {
            let is_out = self.versions[worker.index()] == version;
            if is_out && server.version().since(version) < self.threshold {
                break;
            }
            self.jobs.pop_front();
            if is_out && server.is_alive(worker) {
                server.cancel(worker);
                self.assign(worker, server);
            }
        }
    }

    /// The others go on; nobody waits for it.
    fn on_worker_lost(&mut self, _worker: WorkerId, _server: &mut Server<'_>) {}
}

pub(super) const ENTRY: NamedMethod = NamedMethod {
    name: "ringmaster-stop",
    summary: "step on arrival, the sender goes on; jobs that have become too old are cancelled",
    reference: "Maranjyan, Tyurin, Richtárik, ICML 2025, arXiv 2501.16168, Algorithm 5",
    parameters: &[THRESHOLD],
    what: Profile {
        outstanding: Outstanding::AllWorkers,
        theory: theory::RINGMASTER,
        ..Profile::of(|_, v| {
            Box::new(RingmasterStop {
                threshold: v.count("threshold"),
                jobs: VecDeque::new(),
                versions: Vec::new(),
            })
        })
    },
};
