//! How long jobs were out, and who is still waited for.

use std::fmt;
use std::time::Duration;

use ps_core::{JobId, Unfinished, WorkerId};
use serde::Serialize;
use workers::Clock;

use crate::json;

/// A job that is out for so many medians is waited for.
const MEDIANS: f64 = 50.0;
/// And on the real clock for so long: an operating system lets a thread wait for some milliseconds.
const LEAST_REAL: Duration = Duration::from_secs(1);
/// So many are named; of a million workers that never answer the first few say enough.
const MOST_NAMED: usize = 4;
/// Buckets for each power of two: a bound is at most an eighth above what is in it.
const PER_OCTAVE: u32 = 8;

/// How long finished jobs were out, in buckets, and the jobs that were out longest at the end.
#[derive(Clone, Debug, Default)]
pub(crate) struct JobTimes {
    counts: Vec<u64>,
    /// Of each worker one, the oldest first.
    unfinished: Vec<Unfinished>,
}

/// A worker whose job had been out for very long when the run ended.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct WaitedFor {
    /// Which worker.
    pub worker: WorkerId,
    /// The job that it had not answered.
    pub job: JobId,
    /// When it was given that job.
    #[serde(serialize_with = "json::seconds")]
    pub since: Duration,
    /// For how long it was waited for.
    #[serde(rename = "seconds", serialize_with = "json::seconds")]
    pub time: Duration,
    /// How many times the median that is, over all finished jobs, from assigned to received; none
    /// if no job had finished.
    pub medians: Option<f64>,
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
        let bucket = bucket(time);
        if bucket >= self.counts.len() {
            self.counts.resize(bucket + 1, 0);
        }
        self.counts[bucket] += 1;
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
        self.unfinished.truncate(MOST_NAMED);
    }

    /// Who was waited for when the run ended, the longest first.
    pub(crate) fn waited_for(&self, end: Duration, clock: Clock) -> Vec<WaitedFor> {
        let median = self.median();
        let least = match clock {
            Clock::Real => LEAST_REAL,
            Clock::Virtual => Duration::from_nanos(1),
        };
        let waited = self.unfinished.iter().filter_map(|&job| {
            let time = end.saturating_sub(job.time);
            let medians = median.map(|median| time.div_duration_f64(median));
            let is_long = time >= least && medians.is_none_or(|medians| medians >= MEDIANS);
            is_long.then_some(WaitedFor {
                worker: job.worker,
                job: job.job,
                since: job.time,
                time,
                medians,
            })
        });
        waited.collect()
    }

    /// The smallest bound that at least half of the jobs are below.
    fn median(&self) -> Option<Duration> {
        let total: u64 = self.counts.iter().sum();
        let mut seen = 0;
        let reached = self.counts.iter().position(|count| {
            seen += count;
            2 * seen >= total
        });
        reached.map(bound)
    }
}

/// Nanoseconds below 8 have a bucket each; from there each power of two has eight.
fn bucket(time: Duration) -> usize {
    let nanoseconds = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    let exponent = nanoseconds.max(u64::from(PER_OCTAVE)).ilog2() - PER_OCTAVE.ilog2();
    let within = usize::try_from(nanoseconds >> exponent).expect("less than 16");
    (PER_OCTAVE * exponent) as usize + within
}

/// What all times of a bucket are below.
fn bound(bucket: usize) -> Duration {
    let per_octave = PER_OCTAVE as usize;
    let exponent = (bucket / per_octave).saturating_sub(1);
    let within = (bucket - exponent * per_octave) as u64;
    Duration::from_nanos((within + 1).saturating_mul(1 << exponent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_above_its_times_by_an_eighth_at_most() {
        for power in 0..60 {
            for part in 0..8 {
                let nanoseconds = (1u64 << power) + (part << power >> 3);
                let bound = bound(bucket(Duration::from_nanos(nanoseconds))).as_nanos() as f64;
                let ratio = bound / nanoseconds as f64;
                assert!(
                    ratio > 1.0 && ratio <= 1.125 || nanoseconds < 8,
                    "{nanoseconds}: {bound}"
                );
            }
        }
    }

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
        let early = Duration::from_millis(999);
        assert_eq!(times.waited_for(early, Clock::Real), []);
        assert_eq!(times.waited_for(early, Clock::Virtual).len(), 1);
        assert_eq!(
            (waited[0].worker, waited[0].since, waited[0].time),
            (WorkerId::new(0), Duration::ZERO, Duration::from_secs(1))
        );
        assert!((waited[0].medians.unwrap() - 1000.0).abs() < 125.0);
    }
}
