//! ```text
//! on gradient g from worker i:   sum ← sum + g;  remember i
//!     after b gradients:         x ← x − (γ/b)·sum;  sum ← 0
//!                                assign b jobs at the new x to next(i) for each remembered i
//! ```
//! The waiting variants of AsGrad (Islamov, Safaryan, Alistarh, AISTATS 2024): the senders idle
//! until the update. Pure assignment with b = n is mini-batch SGD. The buffer is a *mean*; an
//! adaptive step size is its last gradient's. The jobs of a lost worker go to whoever is next, with
//! pure assignment to nobody; b falls to the number of gradients that can still come.

use ps_core::WorkerId;

use crate::arrival::{Arrival, Gradient};
use crate::assignment::{Assignment, Pure};
use crate::method::Method;
use crate::server::{Accumulator, Server};

/// Hold `b` gradients, step along their mean, then assign `b` jobs.
#[derive(Debug)]
pub struct Waiting {
    b: usize,
    assignment: Box<dyn Assignment>,
    sum: Accumulator,
    /// The arrivals of the held gradients, in order.
    held: Vec<Arrival>,
}

impl Waiting {
    /// The rule that waits for `b` gradients, at most as many as jobs are outstanding.
    pub fn new(b: usize, assignment: Box<dyn Assignment>) -> Self {
        Self {
            b,
            assignment,
            sum: Accumulator::default(),
            held: Vec::new(),
        }
    }

    fn update_if_due(&mut self, server: &mut Server<'_>) {
        let is_due = self.held.len() >= self.b;
        let (Some(last), true) = (self.held.last(), is_due) else {
            return;
        };
        let step_size = server.step_size(last);
        server.step_along(&mut self.sum, step_size / self.held.len() as f64);
        server.clear(&mut self.sum);
        for arrival in self.held.drain(..) {
            let next = self.assignment.next(arrival.worker, server);
            server.assign(next);
        }
        // A sender may have been lost since, and take no job.
        self.b = self.b.min(server.n_outstanding()).max(1);
    }
}

impl Method for Waiting {
    fn start(&mut self, server: &mut Server<'_>) {
        Pure.begin(server);
    }

    fn on_gradient(&mut self, arrival: &Arrival, gradient: Gradient<'_>, server: &mut Server<'_>) {
        server.hold(&gradient, &mut self.sum, 1.0);
        self.held.push(*arrival);
        self.update_if_due(server);
    }

    fn on_worker_lost(&mut self, worker: WorkerId, server: &mut Server<'_>) {
        self.assignment.reassign(worker, server);
        self.b = self.b.min(self.held.len() + server.n_outstanding());
        self.update_if_due(server);
    }
}
