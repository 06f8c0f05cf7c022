//! Running statistics of a run: what was received, from whom, how stale.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ps_core::sync::Mutex;
use ps_core::{Action, Event, JobId, Observer, Received, WorkerId};
use serde::{Deserialize, Serialize};
use workers::Clock;

use crate::job_times::{JobTimes, WaitedFor};
use crate::json;

/// The histogram of staleness grows on the server's path, so it must not grow without limit.
const MAX_COUNTED_APART: u64 = 1 << 20;

/// What was counted. *Gradients* are applied, held and discarded ones; jobs that never came back
/// are in no count.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Statistics {
    /// How many gradients each worker delivered.
    pub gradients_per_worker: Vec<u64>,
    /// How many of them were neither applied nor held.
    pub discarded: u64,
    /// How many jobs came back without a gradient, because they were cancelled or expired. They are
    /// in no other count.
    pub without_gradient: u64,
    /// How many applied or held gradients had each staleness, from 0 to about a million.
    pub staleness_histogram: Vec<u64>,
    /// How many had each larger staleness.
    pub staler: BTreeMap<u64, u64>,
    /// How many of these were rejected because a component was NaN or infinite, by worker.
    pub rejected_per_worker: BTreeMap<WorkerId, u64>,
    /// The workers that were lost, in that order.
    pub lost_workers: Vec<LostWorker>,
    /// How many gradients took longer to compute than the time they were to emulate.
    pub overruns: u64,
    /// Time inside oracles, over all workers.
    pub computed: Duration,
    /// Jobs outstanding on arrival, summed over gradients.
    concurrency_sum: u64,
    concurrency_max: usize,
    recent: Recent,
    job_times: JobTimes,
}

/// What happened since somebody looked, and what the last gradient came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recent {
    /// How many gradients were applied or held: without those that were discarded.
    pub gradients: u64,
    /// Sum of the staleness of the gradients applied or held.
    pub staleness_sum: u64,
    /// Largest staleness of a gradient applied or held.
    pub staleness_max: u64,
    /// When the last gradient came, on the run's own clock.
    pub time: Duration,
    /// How many jobs were out by then, its own included.
    pub concurrency: usize,
}

/// A worker that was lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LostWorker {
    /// Which.
    pub worker: WorkerId,
    /// The job that it was at.
    pub job: JobId,
    /// When the server learnt of it.
    #[serde(serialize_with = "json::seconds", deserialize_with = "json::time")]
    pub time: Duration,
    /// Why.
    pub reason: Arc<str>,
}

impl fmt::Display for LostWorker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            worker,
            job,
            time,
            reason,
        } = self;
        let time = time.as_secs_f64();
        write!(
            f,
            "worker {worker} was lost at {time:.3} s on job {job}: {reason}"
        )
    }
}

/// How stale applied and held gradients were, in updates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Staleness {
    /// The mean.
    pub mean: Option<f64>,
    /// The largest.
    pub max: u64,
    /// The median. All percentiles are by nearest rank.
    pub p50: u64,
    /// The 90th percentile.
    pub p90: u64,
    /// The 99th percentile.
    pub p99: u64,
}

/// The smallest value with at least `p` percent of all values at or below it (nearest rank), of
/// (value, count) pairs in order. 0 if there is none.
pub fn percentile(counts: impl Iterator<Item = (u64, u64)> + Clone, p: u64) -> u64 {
    let total: u64 = counts.clone().map(|(_, count)| count).sum();
    let rank = (u128::from(total) * u128::from(p)).div_ceil(100).max(1);
    let mut seen = 0;
    let mut reached = counts.filter(|(_, count)| {
        seen += u128::from(*count);
        seen >= rank
    });
    reached.next().map_or(0, |(value, _)| value)
}

impl Statistics {
    /// Nothing counted yet, of this many workers.
    pub fn new(n_workers: usize) -> Self {
        Self {
            gradients_per_worker: vec![0; n_workers],
            ..Self::default()
        }
    }

    /// How many gradients were received.
    pub fn gradients(&self) -> u64 {
        self.gradients_per_worker.iter().sum()
    }

    /// How many gradients were rejected because a component was NaN or infinite.
    pub fn rejected(&self) -> u64 {
        self.rejected_per_worker.values().sum()
    }

    /// The distribution of staleness.
    pub fn staleness(&self) -> Staleness {
        let counts = || self.staleness_counts();
        let total: u64 = counts().map(|(_, count)| count).sum();
        let ages = counts().map(|(staleness, count)| u128::from(staleness) * u128::from(count));
        let sum: u128 = ages.sum();
        Staleness {
            mean: (total > 0).then(|| sum as f64 / total as f64),
            max: counts().last().map_or(0, |(staleness, _)| staleness),
            p50: percentile(counts(), 50),
            p90: percentile(counts(), 90),
            p99: percentile(counts(), 99),
        }
    }

    /// Each staleness that there was and how many gradients had it, in order.
    pub fn staleness_counts(&self) -> impl Iterator<Item = (u64, u64)> + Clone {
        let common = (0..).zip(self.staleness_histogram.iter().copied());
        let rare = self
            .staler
            .iter()
            .map(|(&staleness, &count)| (staleness, count));
        common.chain(rare).filter(|(_, count)| *count > 0)
    }

    /// Jobs outstanding on arrival.
    pub fn concurrency(&self) -> Concurrency {
        let gradients = self.gradients();
        Concurrency {
            mean: (gradients > 0).then(|| self.concurrency_sum as f64 / gradients as f64),
            max: self.concurrency_max,
        }
    }

    /// What happened since this was asked before; the last gradient is remembered.
    pub fn take_recent(&mut self) -> Recent {
        let next = Recent {
            gradients: 0,
            staleness_sum: 0,
            staleness_max: 0,
            ..self.recent
        };
        std::mem::replace(&mut self.recent, next)
    }

    /// Who was waited for when the run ended at this time, the longest first: at most four whose job
    /// was out for fifty times the median, or at all where none ever finished; on the real clock for
    /// a second at least, or for half of a shorter run.
    pub fn waited_for(&self, end: Duration, clock: Clock) -> Vec<WaitedFor> {
        self.job_times.waited_for(end, clock)
    }

    /// When the last gradient came.
    pub fn last_time(&self) -> Duration {
        self.recent.time
    }

    /// Counts an event.
    ///
    /// # Panics
    /// If it is of a worker that there is not.
    pub fn count(&mut self, event: &Event) {
        match event {
            Event::Received(received) => {
                self.recent.count(received);
                self.computed = self.computed.saturating_add(received.times.computed);
                if !received.action.has_gradient() {
                    self.without_gradient += 1;
                    if received.action == Action::Rejected {
                        *self.rejected_per_worker.entry(received.worker).or_default() += 1;
                    }
                    return;
                }
                self.gradients_per_worker[received.worker.index()] += 1;
                let out = received.time.saturating_sub(received.assigned);
                self.job_times.finished(out);
                let concurrency = received.concurrency as u64;
                self.concurrency_sum = self.concurrency_sum.saturating_add(concurrency);
                self.concurrency_max = self.concurrency_max.max(received.concurrency);
                if received.action == Action::Discarded {
                    self.discarded += 1;
                    return;
                }
                if received.staleness() > MAX_COUNTED_APART {
                    *self.staler.entry(received.staleness()).or_default() += 1;
                    return;
                }
                let staleness = usize::try_from(received.staleness()).expect("a million fits");
                if staleness >= self.staleness_histogram.len() {
                    self.staleness_histogram.resize(staleness + 1, 0);
                }
                self.staleness_histogram[staleness] += 1;
            }
            Event::Overrun(_) => self.overruns += 1,
            // Of the jobs that go with a worker the one that it was at comes first.
            Event::Lost(lost)
                if self.lost_workers.last().map(|it| it.worker) != Some(lost.worker) =>
            {
                self.lost_workers.push(LostWorker {
                    worker: lost.worker,
                    job: lost.job,
                    time: lost.time,
                    reason: Arc::clone(&lost.reason),
                });
            }
            Event::Assigned(job) => self.job_times.unfinished(job),
            _ => {}
        }
    }
}

impl Recent {
    /// The mean staleness of the gradients applied or held, if there were any.
    pub fn staleness_mean(&self) -> Option<f64> {
        (self.gradients > 0).then(|| self.staleness_sum as f64 / self.gradients as f64)
    }

    fn count(&mut self, received: &Received) {
        (self.time, self.concurrency) = (received.time, received.concurrency);
        if matches!(received.action, Action::Applied | Action::Held) {
            self.gradients += 1;
            self.staleness_sum = self.staleness_sum.saturating_add(received.staleness());
            self.staleness_max = self.staleness_max.max(received.staleness());
        }
    }
}

/// Jobs outstanding on arrival, the arriving one included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Concurrency {
    /// The mean over gradients.
    pub mean: Option<f64>,
    /// The largest.
    pub max: usize,
}

/// An observer that can be read after the engine is gone.
#[derive(Debug, Default)]
pub struct Shared<O>(Arc<Mutex<O>>);

impl<O> Shared<O> {
    /// An observer to be shared.
    pub fn new(inner: O) -> Self {
        Self(Arc::new(Mutex::new(inner)))
    }

    /// Reads or changes what is shared.
    pub fn with<R>(&self, read: impl FnOnce(&mut O) -> R) -> R {
        read(&mut self.0.lock())
    }
}

/// Another handle to the same thing.
impl<O> Clone for Shared<O> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl Observer for Shared<Statistics> {
    fn observe(&mut self, event: &Event) {
        self.0.lock().count(event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let mut statistics = Statistics::new(1);
        // 0 ×50, 1 ×40, 2 ×9, 7 ×1: the 50th of 100 is 0, the 90th is 1, the 99th is 2.
        statistics.staleness_histogram = vec![50, 40, 9, 0, 0, 0, 0, 1];
        let Staleness {
            mean,
            max,
            p50,
            p90,
            p99,
            ..
        } = statistics.staleness();
        assert_eq!((mean, max, p50, p90, p99), (Some(0.65), 7, 0, 1, 2));
    }

    #[test]
    fn a_staleness_beyond_the_histogram_counts_like_any_other() {
        let mut statistics = Statistics::new(1);
        statistics.staleness_histogram = vec![98];
        statistics.staler = BTreeMap::from([(1 << 21, 1), (1 << 40, 1)]);
        let staleness = statistics.staleness();
        assert_eq!(
            (staleness.p90, staleness.p99, staleness.max),
            (0, 1 << 21, 1 << 40)
        );
    }

    #[test]
    fn nothing_received_is_no_staleness() {
        let staleness = Statistics::new(3).staleness();
        assert_eq!((staleness.mean, staleness.max, staleness.p99), (None, 0, 0));
    }
}
