//! ```text
//! on gradient g from worker i:   s_i ← mean time of its gradients;  s_A ← mean of s_j over the workers
//!                                x ← x − γ·min(s_i/s_A, clip)·g;    assign a job at the new x to i
//! ```
//! Rescaled ASGD (Mahran, Maranjyan, Richtárik, arXiv 2605.13434): pure asynchronous SGD in which a worker's step is in
//! proportion to its compute time, so that all move the model equally far in the long run. The mean of the factor over
//! *workers* is 1. (The authors' poster prints `1/s_i`, a misprint: it would add to the bias.)
//!
//! How the paper's experiments know `s_i` is not known to us: here it is learnt online, as an exponential mean over `memory`
//! gradients, the one at hand included. `s_A` is over the workers that are alive and have delivered: the first to deliver has
//! factor 1, and one that never answers counts for nothing. Nor does a lost one from then on. A straggler's factor could
//! be as large as `n`; `clip` bounds it, and where it does that worker's data weigh less than the others'.

use std::time::Duration;

use ps_core::WorkerId;

use crate::assignment::round_robin;
use crate::compute_times::ComputeTimes;
use crate::{Arrival, Gradient, Method, Server, StepSize};

/// Step on arrival, the longer the slower the worker is; the sender goes on.
#[derive(Debug)]
pub struct Rescaled {
    clip: f64,
    step_size: Box<dyn StepSize>,
    times: ComputeTimes,
    /// Of the workers that are alive and have delivered: how many, and the sum of their `s_i`.
    known: (u32, Duration),
}

impl Rescaled {
    /// The rule for so many workers, with factors up to `clip` and times learnt over `memory` gradients.
    #[must_use]
    pub fn new(n_workers: usize, clip: f64, memory: usize, step_size: Box<dyn StepSize>) -> Self {
        Self {
            clip,
            step_size,
            times: ComputeTimes::new(n_workers, memory),
            known: (0, Duration::ZERO),
        }
    }

    /// `s_i/s_A`, clipped. Equal times give exactly 1.
    fn factor(&mut self, arrival: &Arrival) -> f64 {
        let before = self.times.of(arrival.worker);
        self.times.learn(arrival);
        let own = self.times.of(arrival.worker).unwrap_or_default();
        let (count, sum) = &mut self.known;
        *count += u32::from(before.is_none());
        *sum = *sum + own - before.unwrap_or_default();
        match sum.is_zero() {
            true => 1.0,
            false => own
                .saturating_mul(*count)
                .div_duration_f64(*sum)
                .min(self.clip),
        }
    }
}

impl Method for Rescaled {
    fn start(&mut self, server: &mut Server<'_>) {
        (0..server.concurrency()).for_each(|job| server.assign(round_robin(job, server)));
    }

    fn on_gradient(&mut self, arrival: &Arrival, gradient: Gradient<'_>, server: &mut Server<'_>) {
        let step_size = self.step_size.at(arrival, server) * self.factor(arrival);
        server.step(gradient, step_size);
        server.assign(arrival.worker);
    }

    /// Nobody gets its jobs.
    fn on_worker_lost(&mut self, worker: WorkerId, _server: &mut Server<'_>) {
        if let Some(time) = self.times.of(worker) {
            self.known = (self.known.0 - 1, self.known.1 - time);
        }
    }
}
