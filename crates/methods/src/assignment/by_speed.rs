//! ```text
//! k_{t+1} ~ p,   p_i = v_i / Σ_j v_j,   v_i = max(1/s_i, mean of 1/s_j / clip)
//! ```
//! Generalized `AsyncSGD` (Leconte, Jonckheere, Samsonov, Moulines 2024): all workers are equally
//! busy. Uniform until every worker that is alive has delivered; so one that never answers, and is
//! not lost either, keeps it uniform for ever, and the jobs pile up at it. A draw takes `O(log n)`
//! steps for each speed that has changed or that the clip has reached or left since the last one,
//! and at most `O(n)`.

use ps_core::{Stream, WorkerId};

use super::Assignment;
use super::weight_tree::WeightTree;
use crate::arrival::Arrival;
use crate::compute_times::ComputeTimes;
use crate::server::Server;

/// Any worker, independently, in proportion to its speed.
#[derive(Debug)]
pub struct BySpeed {
    times: ComputeTimes,
    clip: f64,
    /// The `1/s_i` of the workers that are alive, once all of these are known; equal ones before.
    speeds: WeightTree,
    are_known: bool,
    /// `n·p` of the worker that was drawn last.
    ratio: f64,
}

impl BySpeed {
    /// For so many workers, with compute times learnt over `memory` gradients. No speed counts as
    /// less than `1/clip` of the mean, so that nobody is drawn with a probability of less than
    /// `1/(clip + 1)` of a uniform draw's.
    pub fn new(n_workers: usize, clip: f64, memory: usize) -> Self {
        Self {
            times: ComputeTimes::new(n_workers, memory),
            clip,
            speeds: WeightTree::new(n_workers),
            are_known: false,
            ratio: 1.0,
        }
    }

    /// Learns how fast the worker of this gradient is: from when it took the job up until it was
    /// finished.
    pub fn learn(&mut self, arrival: &Arrival) {
        let took = arrival.finished.saturating_sub(arrival.started);
        self.times.learn(arrival.worker, took);
        if self.are_known {
            let speed = self.times.speed(arrival.worker);
            self.speeds.set(arrival.worker.index(), speed);
        }
    }

    /// This worker is lost, and is drawn no more.
    pub fn forget(&mut self, lost: WorkerId) {
        self.times.forget(lost);
        self.speeds.remove(lost.index());
    }

    /// `n·p_i` of the worker that was drawn last, with `n` the workers that are alive: how many
    /// times more often than in a uniform draw it is drawn.
    pub fn ratio(&self) -> f64 {
        self.ratio
    }

    fn draw(&mut self, rng: &mut Stream) -> WorkerId {
        let n = self.speeds.n_alive();
        if !self.are_known && self.times.are_known(n) {
            self.are_known = true;
            let times = &self.times;
            self.speeds
                .set_all(|worker| times.speed(WorkerId::new(worker)));
        }
        let least = self.speeds.sum() / (n as f64 * self.clip);
        let (drawn, ratio) = self.speeds.draw(least, rng);
        self.ratio = ratio;
        WorkerId::new(drawn)
    }
}

impl Assignment for BySpeed {
    fn next(&mut self, _sender: WorkerId, server: &mut Server<'_>) -> WorkerId {
        self.draw(server.rng())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ps_core::{JobId, Purpose, Seed, Version, math};
    use rand::RngExt;

    use super::*;

    /// The definition: each draw adds up all weights and goes through them in order.
    struct Defined {
        times: ComputeTimes,
        clip: f64,
        alive: Vec<WorkerId>,
    }

    impl Defined {
        fn draw(&self, rng: &mut Stream) -> (WorkerId, f64) {
            let n = self.alive.len();
            let is_known = self.times.are_known(n);
            let speed = |worker: &WorkerId| {
                if is_known {
                    self.times.speed(*worker)
                } else {
                    1.0
                }
            };
            let least = self.alive.iter().map(speed).sum::<f64>() / n as f64 / self.clip;
            let weight = |worker| speed(worker).max(least);
            let sum = self.alive.iter().map(weight).sum();
            let mut point = rng.random_range(0.0..sum);
            let drawn = self.alive.iter().find(|worker| {
                point -= weight(worker);
                point < 0.0
            });
            let drawn = drawn.or(self.alive.last()).unwrap();
            (*drawn, n as f64 * weight(drawn) / sum)
        }
    }

    /// Draws beside the definition, from the same random numbers.
    struct Pair {
        drawn: BySpeed,
        defined: Defined,
        rngs: [Stream; 2],
    }

    impl Pair {
        fn new(n: usize, clip: f64, memory: usize) -> Self {
            let rng = Seed::new(n as u64).stream_of_run(Purpose::Assignment);
            Self {
                drawn: BySpeed::new(n, clip, memory),
                defined: Defined {
                    times: ComputeTimes::new(n, memory),
                    clip,
                    alive: (0..n).map(WorkerId::new).collect(),
                },
                rngs: [rng.clone(), rng],
            }
        }

        fn learn(&mut self, worker: WorkerId, took: Duration) {
            self.drawn.learn(&Arrival {
                worker,
                job: JobId::new(0),
                read_version: Version::default(),
                staleness: 0,
                assigned: Duration::ZERO,
                started: Duration::ZERO,
                finished: took,
            });
            self.defined.times.learn(worker, took);
        }

        fn forget(&mut self, worker: WorkerId) {
            self.drawn.forget(worker);
            self.defined.times.forget(worker);
            self.defined.alive.retain(|other| *other != worker);
        }

        fn draw(&mut self) {
            let [rng, other] = &mut self.rngs;
            let (worker, ratio) = self.defined.draw(other);
            assert_eq!(self.drawn.draw(rng), worker);
            let error = (self.drawn.ratio() - ratio).abs() / ratio;
            assert!(error < 1e-12, "{error} of {ratio}");
        }

        /// One worker is lost or has delivered; then there are some draws. One time in ten may be
        /// anything from a nanosecond to a second.
        fn step(&mut self, nature: &mut Stream) {
            let alive = &self.defined.alive;
            let worker = alive[nature.random_range(0..alive.len())];
            if alive.len() > 1 && nature.random_bool(0.02) {
                self.forget(worker);
            } else {
                let powers = if nature.random_bool(0.1) {
                    -9.0..0.0
                } else {
                    -6.0..-5.5
                };
                let seconds = math::pow(10.0, nature.random_range(powers));
                self.learn(worker, Duration::from_secs_f64(seconds));
            }
            (0..nature.random_range(0..4)).for_each(|_| self.draw());
        }
    }

    #[test]
    fn whoever_the_definition_draws_is_drawn_however_speeds_change_and_workers_are_lost() {
        let mut nature = Seed::new(1).stream_of_run(Purpose::Compute);
        for n in 1..=40 {
            for (clip, memory) in [(1.0, 1), (1.5, 16), (10.0, 3), (1e4, 1)] {
                let mut pair = Pair::new(n, clip, memory);
                (0..300).for_each(|_| pair.step(&mut nature));
            }
        }
    }

    #[test]
    fn whoever_the_definition_draws_of_thousands_is_drawn() {
        let mut nature = Seed::new(2).stream_of_run(Purpose::Compute);
        for clip in [1.0, 3.0] {
            let mut pair = Pair::new(3000, clip, 4);
            for worker in pair.defined.alive.clone() {
                let took = nature.random_range(1_000_000..30_000_000);
                pair.learn(worker, Duration::from_nanos(took));
            }
            (0..1000).for_each(|_| pair.step(&mut nature));
        }
    }
}
