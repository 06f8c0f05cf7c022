//! Whose answer is missing for very long, measured by how long jobs usually are out.

use std::sync::Arc;
use std::time::Duration;

use ps_core::Unfinished;
use ps_core::sync::Mutex;

/// A job that is out for so many medians is out for very long.
pub const MEDIANS: u32 = 50;
/// Where no median is known, a worker is fenced after so many times the silence after which it is
/// named, and where one is, after so many at least.
const FENCED: (u32, u32) = (60, 6);
/// So many are named; of a million workers that do not answer the first few say enough.
pub const MAX_NAMED: usize = 4;
/// Number of looks at jobs that are out for very long, in the time after which they are named.
const LOOKS: u32 = 10;
/// Buckets for each power of two: a bound is at most an eighth above what is in it.
const PER_OCTAVE: u32 = 8;

/// How long finished jobs were out, from assigned to received, in buckets.
#[derive(Clone, Debug, Default)]
pub struct OutTimes(Vec<u64>);

impl OutTimes {
    /// Counts a job.
    #[inline]
    pub fn count(&mut self, time: Duration) {
        let bucket = bucket(time);
        match self.0.get_mut(bucket) {
            Some(count) => *count += 1,
            None => self.first(bucket),
        }
    }

    #[cold]
    fn first(&mut self, bucket: usize) {
        self.0.resize(bucket + 1, 0);
        self.0[bucket] = 1;
    }

    /// The smallest bound that at least half of the jobs are below, up to an eighth too large; none
    /// if there is no job.
    pub fn median(&self) -> Option<Duration> {
        let total: u64 = self.0.iter().sum();
        let mut seen = 0;
        let reached = self.0.iter().position(|count| {
            seen += count;
            2 * seen >= total
        });
        reached.map(bound)
    }
}

/// Nanoseconds below 8 have a bucket each; from there each power of two has eight.
#[inline]
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

/// From when on a job that is out is named, and its worker is fenced.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    named: Duration,
    fenced: Duration,
}

impl Bounds {
    /// Those of a run in which jobs are named after this silence at the earliest.
    fn new(silence: Duration, median: Option<Duration>) -> Self {
        let long = median.unwrap_or_default().saturating_mul(MEDIANS);
        let (unknown, known) = FENCED;
        let times = if median.is_some() { known } else { unknown };
        Self {
            named: long.max(silence),
            fenced: long.max(silence.saturating_mul(times)),
        }
    }
}

/// A job that has been out for very long.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Overdue {
    /// Which, whose, and since when.
    pub job: Unfinished,
    /// For how long.
    pub time: Duration,
    /// The median over the jobs that had finished by then.
    pub median: Option<Duration>,
}

/// The jobs of a run on the real clock that are out for very long, while it goes on: its driver
/// writes them down, other threads read them.
#[derive(Clone, Debug, Default)]
pub struct OverdueJobs(Arc<Mutex<Vec<Overdue>>>);

impl OverdueJobs {
    /// Those there are, the longest first; a few of them.
    pub fn get(&self) -> Vec<Overdue> {
        self.0.lock().clone()
    }

    /// Writes down the first few of these.
    fn set(&self, mut all: Vec<Overdue>) {
        all.sort_by_key(|overdue| std::cmp::Reverse(overdue.time));
        all.truncate(MAX_NAMED);
        *self.0.lock() = all;
    }
}

/// Looks after the jobs that are out, for the supervisor of a run on the real clock.
#[derive(Default)]
pub(in crate::drivers) struct Watch {
    /// The job that each worker has, and since when, without what was nobody's fault.
    pub(in crate::drivers) out: Vec<Option<Unfinished>>,
    /// How long jobs were out that came back with a gradient.
    pub(in crate::drivers) times: OutTimes,
    /// When the newest update was made.
    pub(in crate::drivers) updated: Duration,
    /// How long no answer is no reason to name anybody.
    silence: Duration,
    /// How long a worker may have a job. Without a limit, it has had it for too long if nobody else
    /// made an update meanwhile.
    limit: Option<Duration>,
    overdue: OverdueJobs,
}

impl Watch {
    pub(in crate::drivers) fn new(
        n_workers: usize,
        silence: Duration,
        limit: Option<Duration>,
        overdue: OverdueJobs,
    ) -> Self {
        Self {
            out: vec![None; n_workers],
            silence,
            limit,
            overdue,
            ..Self::default()
        }
    }

    /// When to look next.
    pub(in crate::drivers) fn next_look(&self, now: Duration) -> Duration {
        let out = self.out.iter().flatten().map(|job| job.time);
        let oldest = out.min().unwrap_or(now);
        let bounds = Bounds::new(self.silence, self.times.median());
        // How long it is by now is told again and again.
        let again = now.saturating_add(self.silence / LOOKS);
        let named = oldest.saturating_add(bounds.named).max(again);
        let limit = self.limit.map(|limit| oldest.saturating_add(limit));
        limit.map_or(named, |limit| limit.min(named))
    }

    /// Writes down who has had a job for very long, and returns who has had one for too long: its
    /// job is not looked after any more. `late` is by how much the supervisor itself was late, as
    /// after a pause of the whole process, which is nobody's fault.
    pub(in crate::drivers) fn look(&mut self, now: Duration, late: Duration) -> Vec<Overdue> {
        let median = self.times.median();
        let bounds = Bounds::new(self.silence, median);
        let (mut lost, mut overdue) = (Vec::new(), Vec::new());
        for place in &mut self.out {
            let Some(job) = place else { continue };
            job.time = job.time.saturating_add(late).min(now);
            let (job, time) = (*job, now - job.time);
            let is_lost = match self.limit {
                Some(limit) => time > limit,
                None => now.saturating_sub(job.time.max(self.updated)) > bounds.fenced,
            };
            if is_lost {
                *place = None;
                lost.push(Overdue { job, time, median });
            } else if time > bounds.named {
                overdue.push(Overdue { job, time, median });
            }
        }
        self.overdue.set(overdue);
        lost
    }
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
    fn a_slow_run_is_patient_and_one_without_any_answer_more_so() {
        let second = Duration::from_secs(1);
        let bounds = Bounds::new(10 * second, Some(second / 1000));
        assert_eq!((bounds.named, bounds.fenced), (10 * second, 60 * second));
        let bounds = Bounds::new(10 * second, Some(2 * second));
        assert_eq!((bounds.named, bounds.fenced), (100 * second, 100 * second));
        let bounds = Bounds::new(10 * second, None);
        assert_eq!((bounds.named, bounds.fenced), (10 * second, 600 * second));
    }
}
