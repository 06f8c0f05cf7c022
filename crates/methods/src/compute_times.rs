//! What workers have shown of their speed.

use std::time::Duration;

use ps_core::WorkerId;

/// How long each worker needs for a gradient, learnt from those that have arrived: of its first
/// `memory` ones the mean, and from then on an exponential mean in which the newest weighs
/// `1/memory`.
#[derive(Debug)]
pub(crate) struct ComputeTimes {
    memory: u32,
    workers: Vec<Mean>,
    /// Of the workers that count and have delivered: how many, and the sum of their means.
    known: (usize, i128),
}

/// A mean of so many times. In whole parts of a nanosecond, so that equal times have equal means
/// and a sum of them is exact; in very small ones, because a mean of many is cut off again and
/// again.
#[derive(Clone, Debug, Default)]
struct Mean {
    /// Counted up to `memory`.
    count: u32,
    parts: i128,
}

/// What a nanosecond is divided into: 2³² parts.
const BITS: u32 = 32;

/// A time of more than five centuries counts as that long.
fn in_parts(time: Duration) -> i128 {
    i128::from(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)) << BITS
}

impl ComputeTimes {
    /// Nothing is known of these workers yet.
    pub(crate) fn new(n_workers: usize, memory: usize) -> Self {
        Self {
            memory: u32::try_from(memory).unwrap_or(u32::MAX),
            workers: vec![Mean::default(); n_workers],
            known: (0, 0),
        }
    }

    /// Learns from a gradient of this worker, which took so long.
    pub(crate) fn learn(&mut self, worker: WorkerId, took: Duration) {
        let Mean { count, parts } = &mut self.workers[worker.index()];
        self.known.0 += usize::from(*count == 0);
        *count = self.memory.min(*count + 1);
        let change = (in_parts(took) - *parts) / i128::from(*count);
        *parts += change;
        self.known.1 += change;
    }

    /// This worker is lost, and counts no more.
    pub(crate) fn forget(&mut self, worker: WorkerId) {
        let Mean { count, parts } = std::mem::take(&mut self.workers[worker.index()]);
        self.known.0 -= usize::from(count > 0);
        self.known.1 -= parts;
    }

    /// `s_i/s_A`, for a worker that has delivered, with `s_A` the mean over all that have. Equal
    /// times give exactly 1.
    pub(crate) fn relative(&self, worker: WorkerId) -> f64 {
        let (count, sum) = self.known;
        match sum {
            0 => 1.0,
            _ => (self.workers[worker.index()].parts * count as i128) as f64 / sum as f64,
        }
    }

    /// `1/s_i` in gradients a nanosecond, at most 1. 0 if this worker has not delivered.
    pub(crate) fn speed(&self, worker: WorkerId) -> f64 {
        let Mean { count, parts } = self.workers[worker.index()];
        match count {
            0 => 0.0,
            _ => 1.0 / (parts as f64 / (1u64 << BITS) as f64).max(1.0),
        }
    }

    /// Whether all of so many workers have delivered.
    pub(crate) fn are_known(&self, n_workers: usize) -> bool {
        self.known.0 == n_workers
    }
}
