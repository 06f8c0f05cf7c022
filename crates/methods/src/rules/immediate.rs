//! ```text
//! on gradient g from worker i:   x ← x − γ·g
//!                                k ← next(i);  assign a job at the new x to k
//! ```
//! AsGrad, Algorithm 1 (Islamov, Safaryan, Alistarh, AISTATS 2024, arXiv 2310.20452): every
//! gradient is one update. The assignment `next` makes it pure, random or shuffled asynchronous
//! SGD; with one job outstanding it is SGD, random reshuffling, shuffle-once or incremental SGD.

use ps_core::WorkerId;

use crate::arrival::{Arrival, Gradient};
use crate::assignment::Assignment;
use crate::method::Method;
use crate::server::Server;

/// Step on arrival, then assign one job.
#[derive(Debug)]
pub struct Immediate {
    assignment: Box<dyn Assignment>,
}

impl Immediate {
    /// The rule with this assignment and step size.
    pub fn new(assignment: Box<dyn Assignment>) -> Self {
        Self { assignment }
    }
}

impl Method for Immediate {
    fn start(&mut self, server: &mut Server<'_>) {
        self.assignment.begin(server);
    }

    fn on_gradient(&mut self, arrival: &Arrival, gradient: Gradient<'_>, server: &mut Server<'_>) {
        let step_size = server.step_size(arrival);
        server.step(gradient, step_size);
        let next = self.assignment.next(arrival.worker, server);
        server.assign(next);
    }

    /// Its jobs go to whoever is next; pure assignment has no one, and goes on with fewer jobs.
    fn on_worker_lost(&mut self, worker: WorkerId, server: &mut Server<'_>) {
        self.assignment.reassign(worker, server);
    }
}
