//! How long jobs were out, and who is still waited for.

use std::fmt;
use std::time::Duration;

use ps_core::{JobId, Unfinished, WorkerId};
use serde::{Deserialize, Serialize};
use workers::drivers::silence::{MAX_NAMED, MEDIANS, OutTimes};
use workers::{Clock, Overdue};

use crate::json;

/// On the real clock for so long: an operating system lets a thread wait for some milliseconds.
/// In a shorter run, for half of it.
const LEAST_REAL: Duration = Duration::from_secs(1);
/// But never for less: an operating system lets a thread wait for some milliseconds.
const LEAST_EVER: Duration = Duration::from_millis(100);

/// How long finished jobs were out, and the jobs that were out longest at the end.
#[derive(Clone, Debug, Default)]
pub(crate) struct JobTimes {
    finished: OutTimes,
    /// Of each worker one, the oldest first.
    unfinished: Vec<Unfinished>,
}

/// A worker whose job had been out for very long when the run ended.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WaitedFor {
    /// Which worker.
    pub worker: WorkerId,
    /// The job that it had not answered.
    pub job: JobId,
    /// When it was given that job.
    #[serde(serialize_with = "json::seconds", deserialize_with = "json::time")]
    pub since: Duration,
    /// For how long it was waited for.
    #[serde(
        rename = "seconds",
        serialize_with = "json::seconds",
        deserialize_with = "json::time"
    )]
    pub time: Duration,
    /// How many times the median that is, over all finished jobs, from assigned to received; none
    /// if no job had finished.
    pub medians: Option<f64>,
}

impl WaitedFor {
    fn new(job: &Unfinished, time: Duration, median: Option<Duration>) -> Self {
        Self {
            worker: job.worker,
            job: job.job,
            since: job.time,
            time,
            medians: median.map(|median| time.div_duration_f64(median)),
        }
    }
}

/// While the run goes on.
impl From<Overdue> for WaitedFor {
    fn from(overdue: Overdue) -> Self {
        Self::new(&overdue.job, overdue.time, overdue.median)
    }
}

impl fmt::Display for WaitedFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { worker, job, .. } = self;
        let (since, time) = (self.since.as_secs_f64(), self.time.as_secs_f64());
        write!(
            f,
            "worker {worker} has not answered job {job}, which it was given at {since:.3} s: {time:.3} s, "
        )?;
        match self.medians {
            Some(medians) => write!(f, "{medians:.0} times the median of a job"),
            None => f.write_str("and no job has come back"),
        }
    }
}

impl JobTimes {
    pub(crate) fn finished(&mut self, time: Duration) {
        self.finished.count(time);
    }

    pub(crate) fn unfinished(&mut self, job: &Unfinished) {
        let older = |other: &Unfinished| other.time <= job.time;
        if self
            .unfinished
            .iter()
            .any(|other| other.worker == job.worker && older(other))
        {
            return;
        }
        self.unfinished.retain(|other| other.worker != job.worker);
        let place = self.unfinished.partition_point(older);
        self.unfinished.insert(place, *job);
        self.unfinished.truncate(MAX_NAMED);
    }

    /// Who was waited for when the run ended, the longest first.
    pub(crate) fn waited_for(&self, end: Duration, clock: Clock) -> Vec<WaitedFor> {
        let median = self.finished.median();
        let least = match clock {
            Clock::Real => LEAST_REAL.min(end / 2).max(LEAST_EVER),
            Clock::Virtual => Duration::from_nanos(1),
        };
        let waited = self.unfinished.iter().filter_map(|&job| {
            let waited = WaitedFor::new(&job, end.saturating_sub(job.time), median);
            let many = f64::from(MEDIANS);
            let is_long = waited.medians.is_none_or(|medians| medians >= many);
            (waited.time >= least && is_long).then_some(waited)
        });
        waited.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_out_for_fifty_medians_is_waited_for() {
        let mut times = JobTimes::default();
        let job = |worker, milliseconds| Unfinished {
            worker: WorkerId::new(worker),
            time: Duration::from_millis(milliseconds),
            ..Unfinished::default()
        };
        (0..99).for_each(|_| times.finished(Duration::from_millis(1)));
        (1..9).for_each(|worker| times.unfinished(&job(worker, 999)));
        times.unfinished(&job(0, 900));
        times.unfinished(&job(0, 0));
        let waited = times.waited_for(Duration::from_millis(1000), Clock::Real);
        assert_eq!(waited.len(), 1);
        let early = Duration::from_millis(90);
        assert_eq!(times.waited_for(early, Clock::Real), []);
        assert_eq!(times.waited_for(early, Clock::Virtual).len(), 1);
        assert_eq!(
            (waited[0].worker, waited[0].since, waited[0].time),
            (WorkerId::new(0), Duration::ZERO, Duration::from_secs(1))
        );
        assert!((waited[0].medians.unwrap() - 1000.0).abs() < 125.0);
    }
}
