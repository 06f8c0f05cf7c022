//! ```text
//! a round:   every worker computes at the same x
//! on gradient g:   sum ← sum + g
//!     after m:     x ← x − (γ/m)·sum;  sum ← 0;  call off the others' jobs;  assign a job at the new x to everybody
//! ```
//! m-synchronous SGD: synchronous SGD with backup workers (Chen, Monga, Bengio, Jozefowicz 2016; Begunov, Tyurin 2026, arXiv
//! 2602.03802). Every gradient that is used is fresh. For homogeneous data: the slow are seldom among the first m.

use ps_core::WorkerId;

use crate::{Accumulator, Arrival, Gradient, Method, Server, StepSize};

/// Step along the mean of the first `m` gradients of a round; the rest is called off.
#[derive(Debug)]
pub struct MSynchronous {
    m: usize,
    step_size: Box<dyn StepSize>,
    sum: Option<Accumulator>,
    held: usize,
    last: Option<Arrival>,
}

impl MSynchronous {
    /// The rule that waits for `m` gradients a round, at most as many as there are workers.
    #[must_use]
    pub fn new(m: usize, step_size: Box<dyn StepSize>) -> Self {
        Self {
            m,
            step_size,
            sum: None,
            held: 0,
            last: None,
        }
    }

    fn end_round(&mut self, server: &mut Server<'_>) {
        let (Some(sum), Some(last)) = (&self.sum, self.last.take()) else {
            return;
        };
        let step_size = self.step_size.at(&last, server);
        server.step_along(sum, step_size / self.held as f64);
        server.clear(sum);
        self.held = 0;
        for worker in (0..server.n_workers()).map(WorkerId::new) {
            server.cancel(worker);
            server.assign(worker);
        }
    }
}

impl Method for MSynchronous {
    fn start(&mut self, server: &mut Server<'_>) {
        self.sum = Some(server.accumulator());
        for worker in (0..server.n_workers()).map(WorkerId::new) {
            server.assign(worker);
        }
    }

    fn on_gradient(&mut self, arrival: &Arrival, gradient: Gradient<'_>, server: &mut Server<'_>) {
        let sum = self.sum.as_ref().expect("made at the start");
        server.hold(&gradient, sum, 1.0);
        (self.held, self.last) = (self.held + 1, Some(*arrival));
        if self.held >= self.m {
            self.end_round(server);
        }
    }

    /// A round cannot wait for more gradients than are left to come.
    fn on_worker_lost(&mut self, _worker: WorkerId, server: &mut Server<'_>) {
        self.m = self.m.min(self.held + server.n_outstanding()).max(1);
        if self.held >= self.m {
            self.end_round(server);
        }
    }
}
