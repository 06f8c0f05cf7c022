//! A slow-down as it acts on jobs.

use std::time::Duration;

use ps_core::{JobId, Purpose, Seed, WorkerId, math};
use rand::RngExt;

/// A drift never makes a job longer or shorter than by this factor.
const FARTHEST_DRIFT: f64 = 100.0;

/// What a slow-down does, with its numbers: made out once, and not for each job.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effect {
    /// Share of the workers that it acts on: above 0, up to 1.
    pub(super) share: f64,
    pub(super) course: Course,
}

/// How times change.
#[derive(Clone, Copy, Debug)]
pub(super) enum Course {
    /// They rise and fall: with this amplitude and period.
    Periodic(f64, Duration),
    /// They grow, or shrink: by this rate.
    Drift(f64),
    /// Each worker is up and down in turns: for these times on average.
    Outages(Duration, Duration),
    /// All workers are slow now and then: calm and bursts last for these times on average, and this
    /// is the factor.
    Bursts(Duration, Duration, f64),
}

/// What a worker is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// A model or a gradient is on its way.
    Link,
    /// Computing.
    Compute,
}

impl Effect {
    pub(super) fn acts_on_links(&self) -> bool {
        matches!(self.course, Course::Outages(..))
    }

    pub(super) fn concerns(&self, worker: WorkerId, part: Part) -> bool {
        let (before, share) = (worker.index() as f64, self.share);
        let is_in = ((before + 1.0) * share).floor() > (before * share).floor();
        is_in && (part == Part::Compute || self.acts_on_links())
    }

    /// By how much a time is multiplied that begins at `start`, as far as that moment decides.
    pub(super) fn factor(&self, seed: Seed, worker: WorkerId, start: Duration) -> f64 {
        match self.course {
            Course::Periodic(amplitude, period) => {
                let phase: f64 = seed.stream(Purpose::Phase, worker, JobId::new(0)).random();
                let position = (start.as_nanos() % period.as_nanos()) as f64;
                let turns = position / period.as_nanos() as f64 + phase;
                1.0 + amplitude * math::sin(std::f64::consts::TAU * turns)
            }
            Course::Drift(rate) => {
                let factor = math::pow(1.0 + rate, start.as_secs_f64());
                factor.clamp(1.0 / FARTHEST_DRIFT, FARTHEST_DRIFT)
            }
            Course::Outages(..) | Course::Bursts(..) => 1.0,
        }
    }
}
