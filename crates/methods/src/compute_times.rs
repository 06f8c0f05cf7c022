//! What workers have shown of their speed.

use std::time::Duration;

use ps_core::WorkerId;

use crate::Arrival;

/// How long each worker needs for a gradient, learnt from those that have arrived: of its first `memory` ones the mean, and
/// from then on an exponential mean in which the newest weighs `1/memory`. In whole nanoseconds, so that equal times have
/// equal means and a sum of them is exact.
#[derive(Debug)]
pub(crate) struct ComputeTimes {
    memory: u32,
    /// How many gradients each worker has delivered, counted up to `memory`, and their mean time.
    known: Vec<(u32, Duration)>,
}

impl ComputeTimes {
    /// Nothing is known of these workers yet.
    pub(crate) fn new(n_workers: usize, memory: usize) -> Self {
        Self {
            memory: u32::try_from(memory).unwrap_or(u32::MAX),
            known: vec![(0, Duration::ZERO); n_workers],
        }
    }

    /// Learns from a gradient: from when its worker took the job up until it was finished.
    pub(crate) fn learn(&mut self, arrival: &Arrival) {
        let took = arrival.finished.saturating_sub(arrival.started);
        let (count, mean) = &mut self.known[arrival.worker.index()];
        *count = self.memory.min(*count + 1);
        *mean = mean.saturating_mul(*count - 1).saturating_add(took) / *count;
    }

    /// `s_i`, once this worker has delivered.
    pub(crate) fn of(&self, worker: WorkerId) -> Option<Duration> {
        let (count, mean) = self.known[worker.index()];
        (count > 0).then_some(mean)
    }

    /// `1/s_i` in gradients a nanosecond, once this worker has delivered.
    pub(crate) fn speed(&self, worker: WorkerId) -> Option<f64> {
        self.of(worker)
            .map(|time| 1.0 / time.as_nanos().max(1) as f64)
    }
}
