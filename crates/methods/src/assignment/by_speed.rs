//! ```text
//! k_{t+1} ~ p,   p_i = v_i / Σ_j v_j,   v_i = max(1/s_i, mean of 1/s_j / clip)
//! ```
//! Generalized `AsyncSGD` (Leconte, Jonckheere, Samsonov, Moulines 2024): all workers are equally busy. Uniform until every
//! worker that is alive has delivered. Each draw looks at every worker.

use ps_core::WorkerId;
use rand::RngExt;

use super::Assignment;
use crate::compute_times::ComputeTimes;
use crate::{Arrival, Server};

/// Any worker, independently, in proportion to its speed.
#[derive(Debug)]
pub struct BySpeed {
    times: ComputeTimes,
    clip: f64,
}

impl BySpeed {
    /// For so many workers, with compute times learnt over `memory` gradients. No speed counts as less than `1/clip` of the
    /// mean, so that nobody is drawn with a probability of less than `1/(clip + 1)` of a uniform draw's.
    #[must_use]
    pub fn new(n_workers: usize, clip: f64, memory: usize) -> Self {
        let times = ComputeTimes::new(n_workers, memory);
        Self { times, clip }
    }

    /// Learns how fast the worker of this gradient is.
    pub fn learn(&mut self, arrival: &Arrival) {
        self.times.learn(arrival);
    }

    /// The workers that are alive, with what their probabilities are in proportion to.
    fn weights(&self, server: &Server<'_>) -> impl Iterator<Item = (WorkerId, f64)> + Clone {
        let alive = (0..server.n_workers()).map(WorkerId::new);
        let alive = alive.filter(|worker| server.is_alive(*worker));
        let speeds = alive.clone().map(|worker| self.times.speed(worker));
        let mean = speeds.sum::<Option<f64>>();
        let mean = mean.map(|sum| sum / alive.clone().count() as f64);
        alive.map(move |worker| {
            let weight = match (mean, self.times.speed(worker)) {
                (Some(mean), Some(speed)) => speed.max(mean / self.clip),
                _ => 1.0,
            };
            (worker, weight)
        })
    }

    /// `n·p_i` with `n` the workers that are alive: how many times more often than in a uniform draw this one is drawn now.
    #[must_use]
    pub fn ratio(&self, worker: WorkerId, server: &Server<'_>) -> f64 {
        let (mut n, mut sum, mut own) = (0.0, 0.0, 0.0);
        for (other, weight) in self.weights(server) {
            n += 1.0;
            sum += weight;
            own += if other == worker { weight } else { 0.0 };
        }
        n * own / sum
    }
}

impl Assignment for BySpeed {
    fn next(&mut self, sender: WorkerId, server: &mut Server<'_>) -> WorkerId {
        let sum: f64 = self.weights(server).map(|(_, weight)| weight).sum();
        let mut point = server.rng().random_range(0.0..sum);
        let mut drawn = sender;
        for (worker, weight) in self.weights(server) {
            drawn = worker;
            if point < weight {
                break;
            }
            point -= weight;
        }
        // Rounding may carry the point past the last of them.
        drawn
    }
}
