//! ```text
//! on gradient g from worker i:   p ← the probability that i was drawn with for this job;   x ← x − γ/(n·p)·g
//!                                s_i ← mean time of its gradients
//!                                draw k with p_k ∝ 1/s_k;  assign a job at the new x to k
//! ```
//! Generalized `AsyncSGD` (Leconte, Jonckheere, Samsonov, Moulines, AISTATS 2024,
//! arXiv 2405.00017): routing by chance, but not uniformly, and a step that makes up for it. With p
//! in proportion to speed all workers are equally busy. p may change from draw to draw: a gradient
//! is weighted with the p of *its* draw, which knew nothing of it, so each is unbiased.
//!
//! Speeds are learnt online, as an exponential mean over `memory` gradients; p is uniform until
//! every worker that is alive has delivered. No speed counts as less than `1/clip` of the mean, so
//! no step is longer than `(clip + 1)·γ`: that changes p, and biases nothing. The first jobs go to
//! one worker after the other, as if drawn uniformly. A lost worker's jobs are drawn anew among the
//! others, and `n` is how many they are. While some worker has never answered p stays uniform, and
//! jobs pile up at it. `1/(n·p)` weighs the gradient, so an optimizer's memory is weighted too.

use std::collections::VecDeque;

use ps_core::WorkerId;

use super::profile::{NamedMethod, Profile, Weighing};
use super::rescaled::{CLIP, MEMORY};
use crate::arrival::{Arrival, Gradient};
use crate::assignment::{Assignment, BySpeed, round_robin};
use crate::method::Method;
use crate::server::Server;
use crate::theory;

/// Step on arrival, the longer the less likely the sender was drawn; the next job is drawn by
/// speed.
#[derive(Debug)]
struct Generalized {
    routing: BySpeed,
    /// `n·p` of each worker's outstanding jobs at their draws, in the order in which they will come
    /// back.
    drawn_with: Vec<VecDeque<f64>>,
}

impl Generalized {
    fn draw(&mut self, sender: WorkerId, server: &mut Server<'_>) {
        let worker = self.routing.next(sender, server);
        self.drawn_with[worker.index()].push_back(self.routing.ratio());
        server.assign(worker);
    }
}

impl Method for Generalized {
    fn start(&mut self, server: &mut Server<'_>) {
        for job in 0..server.concurrency() {
            let worker = round_robin(job, server);
            self.drawn_with[worker.index()].push_back(1.0);
            server.assign(worker);
        }
    }

    fn on_gradient(&mut self, arrival: &Arrival, gradient: Gradient<'_>, server: &mut Server<'_>) {
        let drawn_with = self.drawn_with[arrival.worker.index()].pop_front();
        let ratio = drawn_with.expect("every job was drawn");
        let step_size = server.step_size(arrival);
        server.step_weighted(gradient, 1.0 / ratio, step_size);
        self.routing.learn(arrival);
        self.draw(arrival.worker, server);
    }

    fn on_worker_lost(&mut self, worker: WorkerId, server: &mut Server<'_>) {
        self.drawn_with[worker.index()].clear();
        self.routing.forget(worker);
        (0..server.outstanding(worker)).for_each(|_| self.draw(worker, server));
    }
}

pub(super) const ENTRY: NamedMethod = NamedMethod {
    name: "generalized",
    summary: "random with a worker drawn in proportion to its speed, and a step that makes up for it",
    reference: "Leconte, Jonckheere, Samsonov, Moulines, AISTATS 2024, arXiv 2405.00017",
    parameters: &[CLIP, MEMORY],
    what: Profile {
        weighing: Weighing::Steps,
        theory: theory::NOT_STATED,
        ..Profile::drawing(|n_workers, v| {
            Box::new(Generalized {
                routing: BySpeed::new(n_workers, v.real("clip"), v.size("memory")),
                drawn_with: vec![VecDeque::new(); n_workers],
            })
        })
    },
};
