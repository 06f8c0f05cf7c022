//! ```text
//! k_{t+1} ~ p,   p_i = v_i / Σ_j v_j,   v_i = max(1/s_i, mean of 1/s_j / clip)
//! ```
//! Generalized `AsyncSGD` (Leconte, Jonckheere, Samsonov, Moulines 2024): all workers are equally
//! busy. Uniform until every worker that is alive has delivered; so one that never answers, and is
//! not lost either, keeps it uniform for ever, and the jobs pile up at it. Each draw adds up the
//! speeds of all workers.

use ps_core::WorkerId;
use rand::RngExt;

use super::Assignment;
use crate::arrival::Arrival;
use crate::compute_times::ComputeTimes;
use crate::server::Server;

/// Any worker, independently, in proportion to its speed.
#[derive(Debug)]
pub struct BySpeed {
    times: ComputeTimes,
    clip: f64,
    /// The workers that are alive, with their `1/s_i`.
    speeds: Vec<(WorkerId, f64)>,
    /// `n·p` of the worker that was drawn last.
    ratio: f64,
}

impl BySpeed {
    /// For so many workers, with compute times learnt over `memory` gradients. No speed counts as
    /// less than `1/clip` of the mean, so that nobody is drawn with a probability of less than
    /// `1/(clip + 1)` of a uniform draw's.
    pub fn new(n_workers: usize, clip: f64, memory: usize) -> Self {
        let workers = (0..n_workers).map(WorkerId::new);
        Self {
            times: ComputeTimes::new(n_workers, memory),
            clip,
            speeds: workers.map(|worker| (worker, 0.0)).collect(),
            ratio: 1.0,
        }
    }

    /// Learns how fast the worker of this gradient is: from when it took the job up until it was
    /// finished.
    pub fn learn(&mut self, arrival: &Arrival) {
        let took = arrival.finished.saturating_sub(arrival.started);
        self.times.learn(arrival.worker, took);
        let position = self.speeds.binary_search_by_key(&arrival.worker, |s| s.0);
        if let Ok(position) = position {
            self.speeds[position].1 = self.times.speed(arrival.worker);
        }
    }

    /// This worker is lost, and is drawn no more.
    pub fn forget(&mut self, lost: WorkerId) {
        self.times.forget(lost);
        self.speeds.retain(|(worker, _)| *worker != lost);
    }

    /// `n·p_i` of the worker that was drawn last, with `n` the workers that are alive: how many
    /// times more often than in a uniform draw it is drawn.
    pub fn ratio(&self) -> f64 {
        self.ratio
    }

    /// The least that a speed counts as, and the sum of all.
    fn weights(&self) -> (f64, f64) {
        let n = self.speeds.len();
        if !self.times.are_known(n) {
            // No speed is above 1.
            return (1.0, n as f64);
        }
        let speeds = self.speeds.iter().map(|(_, speed)| *speed);
        let add = |(sum, least): (f64, f64), speed: f64| (sum + speed, least.min(speed));
        let (sum, slowest) = speeds.clone().fold((0.0, f64::INFINITY), add);
        let least = sum / n as f64 / self.clip;
        if slowest < least {
            (least, speeds.map(|speed| speed.max(least)).sum())
        } else {
            (least, sum)
        }
    }
}

impl Assignment for BySpeed {
    fn next(&mut self, sender: WorkerId, server: &mut Server<'_>) -> WorkerId {
        let (least, sum) = self.weights();
        let mut point = server.rng().random_range(0.0..sum);
        let (mut drawn, mut own) = (sender, least);
        for (worker, speed) in &self.speeds {
            (drawn, own) = (*worker, speed.max(least));
            if point < own {
                break;
            }
            point -= own;
        }
        // Rounding may have carried the point past the last of them.
        self.ratio = self.speeds.len() as f64 * own / sum;
        drawn
    }
}
