//! Where every random number comes from.

use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;

use crate::ids::{JobId, WorkerId};

/// A random stream: small, fast, and the same on every machine.
pub type Stream = Xoshiro256PlusPlus;

/// What a random number is for. Streams of different purposes are independent, so that a draw added
/// for one purpose shifts no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Purpose {
    /// The noise of a gradient: which rows a mini-batch takes.
    Gradient,
    /// How long a job's model takes to arrive.
    Download,
    /// How long a gradient takes to compute.
    Compute,
    /// How long a gradient takes to arrive.
    Upload,
    /// Which worker gets the next job.
    Assignment,
    /// The model before training.
    Initialisation,
    /// Which rows go to which worker.
    Partition,
    /// Data that is generated.
    Data,
    /// Gradients beside the run, to estimate what theory asks for.
    Theory,
    /// When a worker is down and when it is up.
    Outages,
    /// When all workers are slowed down together.
    Bursts,
    /// Where in its period a worker begins.
    Phase,
}

/// The seed of a run, from which every stream is derived.
///
/// # Examples
/// ```
/// use ps_core::{JobId, Purpose, Seed, WorkerId};
/// use rand::Rng;
///
/// let draw = |job| {
///     let mut stream = Seed::new(1).stream(Purpose::Gradient, WorkerId::new(3), JobId::new(job));
///     stream.next_u64()
/// };
/// assert_eq!(draw(7), draw(7));
/// assert_ne!(draw(7), draw(8));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(u64);

impl Seed {
    /// A seed.
    #[inline]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Its number.
    #[must_use]
    #[inline]
    pub fn number(self) -> u64 {
        self.0
    }

    /// The stream for one purpose of one job of one worker.
    #[must_use]
    #[inline]
    pub fn stream(self, purpose: Purpose, worker: WorkerId, job: JobId) -> Stream {
        let mut key = mix(self.0);
        for part in [purpose as u64, worker.index() as u64, job.number()] {
            key = mix(key ^ part.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        }
        Stream::seed_from_u64(key)
    }

    /// The stream for a purpose that concerns the run as a whole.
    #[must_use]
    #[inline]
    pub fn stream_of_run(self, purpose: Purpose) -> Stream {
        self.stream(purpose, WorkerId::new(0), JobId::new(0))
    }
}

/// The finaliser of `SplitMix64` (Steele, Lea, Flood 2014): every bit of the input reaches every
/// bit of the output.
#[inline]
fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rand::Rng;

    use super::*;

    #[test]
    fn streams_of_different_purposes_workers_jobs_and_seeds_differ() {
        let mut firsts = BTreeSet::new();
        for seed in 0..4 {
            for purpose in [Purpose::Gradient, Purpose::Compute, Purpose::Assignment] {
                for worker in 0..8 {
                    for job in 0..64 {
                        let worker = WorkerId::new(worker);
                        let mut stream = Seed::new(seed).stream(purpose, worker, JobId::new(job));
                        firsts.insert(stream.next_u64());
                    }
                }
            }
        }
        assert_eq!(firsts.len(), 4 * 3 * 8 * 64);
    }
}
