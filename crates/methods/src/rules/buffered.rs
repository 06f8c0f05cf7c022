//! ```text
//! on gradient g from worker i:   sum ← sum + g
//!     after b gradients:         x ← x − (γ/b)·sum;  sum ← 0
//!     always:                    assign a job at the current x to next(i)
//! ```
//! Buffered asynchronous aggregation: FedBuff with one local step and weight 1 (Nguyen et al.,
//! AISTATS 2022, arXiv 2106.06639, Algorithm 1; our b is its K). Nobody idles, but with b = n it is
//! *not* synchronous. The buffer is a *mean*; an adaptive step size is that of the gradient that
//! fills it.

use ps_core::WorkerId;

use crate::arrival::{Arrival, Gradient};
use crate::assignment::Assignment;
use crate::method::Method;
use crate::server::{Accumulator, Server};

/// Hold `b` gradients, step along their mean, but assign a job on every arrival.
#[derive(Debug)]
pub struct Buffered {
    b: usize,
    assignment: Box<dyn Assignment>,
    sum: Accumulator,
    held: usize,
}

impl Buffered {
    /// The rule with a buffer of `b` gradients.
    pub fn new(b: usize, assignment: Box<dyn Assignment>) -> Self {
        Self {
            b,
            assignment,
            sum: Accumulator::default(),
            held: 0,
        }
    }
}

impl Method for Buffered {
    fn start(&mut self, server: &mut Server<'_>) {
        self.assignment.begin(server);
    }

    fn on_gradient(&mut self, arrival: &Arrival, gradient: Gradient<'_>, server: &mut Server<'_>) {
        server.hold(&gradient, &mut self.sum, 1.0);
        self.held += 1;
        if self.held == self.b {
            let step_size = server.step_size(arrival);
            server.step_along(&mut self.sum, step_size / self.b as f64);
            server.clear(&mut self.sum);
            self.held = 0;
        }
        let next = self.assignment.next(arrival.worker, server);
        server.assign(next);
    }

    /// Its jobs go to whoever is next; its held gradients stay.
    fn on_worker_lost(&mut self, worker: WorkerId, server: &mut Server<'_>) {
        self.assignment.reassign(worker, server);
    }
}
