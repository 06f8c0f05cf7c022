//! What a driver has to say about a run that has ended.

use std::time::Duration;

use ps_core::{JobId, JobTimes, WorkerId};
use serde::{Deserialize, Serialize};

/// What the driver has to say about a run that has ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DriverReport {
    /// What each worker that came back was at when the run ended.
    pub leaving: Vec<Leaving>,
    /// Workers whose oracle had not come back when patience ran out. Their threads are left behind.
    pub left_behind: Vec<WorkerId>,
    /// How long threads were serving that are no workers: the server's own, if it had one, and the
    /// one that called, which serves when something is due.
    pub served: Duration,
    /// How the workers read the model, where they shared it.
    pub reads: Option<Reads>,
    /// Whether workers that waited were busy waiting, as if they computed.
    pub is_spinning: bool,
}

/// How a shared model was read: a sample of the reads is looked at closely.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reads {
    /// How many reads were looked at.
    pub sampled: u64,
    /// How many of them were torn: an update by another worker was under way meanwhile. Only these
    /// can be a mixture of components from before an update and from after it, and not each of them
    /// is one.
    pub torn: u64,
}

impl Reads {
    /// The share of torn reads, an upper bound for that of mixed ones.
    #[must_use]
    pub fn torn_share(self) -> Option<f64> {
        (self.sampled > 0).then(|| self.torn as f64 / self.sampled as f64)
    }
}

/// What a worker was at when the run ended. Nothing in it lasts longer than the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leaving {
    /// The end of the run.
    pub time: Duration,
    /// Who.
    pub worker: WorkerId,
    /// How long it had been serving since it took up its last job.
    pub serving: Duration,
    /// The last job that it took up, back or not, as far as it had come.
    pub last: Option<(JobId, JobTimes)>,
}

impl Leaving {
    /// What a worker was at at the end of a run: with its last job, when it had finished the one
    /// before, and how long it had served since. What happened later is cut off.
    pub(super) fn at(
        end: Duration,
        worker: WorkerId,
        last: Option<(JobId, JobTimes)>,
        before: Duration,
        served: Duration,
    ) -> Self {
        let (last, serving, since) = match last {
            // It was taken up too late, and whatever it served after that too: what counts is what
            // it had served before.
            Some((_, times)) if times.started > end => (None, times.served, before),
            Some((job, times)) => {
                let times = times.cut_at(end);
                (Some((job, times)), served, times.finished)
            }
            None => (None, served, Duration::ZERO),
        };
        Self {
            time: end,
            worker,
            serving: serving.min(end.saturating_sub(since)),
            last,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    fn times(started: u64, finished: u64, served: u64) -> JobTimes {
        JobTimes {
            started: MS(started),
            computed: MS(finished - started),
            finished: MS(finished),
            served: MS(served),
            ..JobTimes::default()
        }
    }

    fn leaving(before: u64, last: JobTimes, serving: u64) -> Leaving {
        let last = Some((JobId::new(7), last));
        Leaving::at(MS(100), WorkerId::new(0), last, MS(before), MS(serving))
    }

    #[test]
    fn what_a_worker_served_after_a_job_is_cut_off_at_the_end() {
        let left = leaving(50, times(60, 90, 5), 20);
        assert_eq!(left.serving, MS(10));
        assert_eq!(left.last.unwrap().1, times(60, 90, 5));
    }

    #[test]
    fn a_job_that_outlasts_the_run_is_cut_off_and_followed_by_nothing() {
        let left = leaving(50, times(60, 120, 5), 20);
        assert_eq!(left.serving, Duration::ZERO);
        assert_eq!(left.last.unwrap().1, times(60, 100, 5));
    }

    /// It served 20 ms before it took up its last job and 30 ms after it, but the run was over 10
    /// ms after it had begun to.
    #[test]
    fn nothing_that_happened_after_the_end_is_told_of() {
        let left = leaving(90, times(110, 120, 20), 30);
        assert_eq!((left.serving, left.last), (MS(10), None));
        let left = leaving(90, times(110, 120, 4), 30);
        assert_eq!((left.serving, left.last), (MS(4), None));
    }
}
