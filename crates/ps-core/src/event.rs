//! Everything that happens in a run, as small records, and those who are told.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::ids::{JobId, Version, WorkerId};
use crate::job::JobTimes;
use crate::scalar::Scalar;
use crate::snapshot::Snapshot;
use crate::stop_reason::StopReason;

/// What the method did with a gradient.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Action {
    /// Stepped with, at once.
    Applied,
    /// Added to an accumulator.
    Held,
    /// Let go: what becomes of a gradient with which a method does nothing.
    #[default]
    Discarded,
    /// There was none: the server had cancelled the job.
    Cancelled,
    /// There was none: the job took longer than its limit.
    Expired,
    /// There was none that could be used: a component was NaN or infinite.
    Rejected,
}

impl Action {
    /// The word that the trace uses.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Held => "held",
            Self::Discarded => "discarded",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Rejected => "rejected",
        }
    }

    /// Whether there was a gradient that could be used.
    #[must_use]
    #[inline]
    pub fn has_gradient(self) -> bool {
        !matches!(self, Self::Cancelled | Self::Expired | Self::Rejected)
    }
}

/// A finished job and what became of its gradient. Times count from the start of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Received {
    /// When the server took it up.
    pub time: Duration,
    /// Who computed it.
    pub worker: WorkerId,
    /// Which job it was.
    pub job: JobId,
    /// The version it was computed at.
    pub read_version: Version,
    /// The server's version on arrival, before any step.
    pub version: Version,
    /// What the method did with it.
    pub action: Action,
    /// The step size, if it was applied.
    pub step_size: Option<f64>,
    /// When the job was assigned.
    pub assigned: Duration,
    /// How many updates older than the newest its version was by then: 0 unless the job repeats
    /// another.
    pub age: u64,
    /// When it ran.
    pub times: JobTimes,
    /// Jobs outstanding on arrival, this one included.
    pub concurrency: usize,
}

impl Received {
    /// In updates: the server's version on arrival minus the version the gradient was computed at.
    #[inline]
    pub fn staleness(&self) -> u64 {
        self.version.since(self.read_version)
    }
}

/// A step along an accumulator.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Updated {
    /// When.
    pub time: Duration,
    /// The version that the step made.
    pub version: Version,
    /// The factor of the accumulated sum.
    pub step_size: f64,
}

/// A computation that took longer than the time it was to emulate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overrun {
    /// When the server learnt of it.
    pub time: Duration,
    /// Whose.
    pub worker: WorkerId,
    /// Of which job.
    pub job: JobId,
    /// The emulated compute time.
    pub asked: Duration,
    /// The real one.
    pub took: Duration,
}

/// A job that was cancelled before its worker had taken it up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CancelledInQueue {
    /// When.
    pub time: Duration,
    /// Whose it was.
    pub worker: WorkerId,
    /// Its number.
    pub job: JobId,
    /// The version it was to be computed at.
    pub read_version: Version,
    /// The server's version by then.
    pub version: Version,
    /// How many updates older than the newest its version was when the job was assigned.
    pub age: u64,
    /// Jobs outstanding by then, this one included.
    pub concurrency: usize,
}

/// A job that will not come back, because its worker is lost: the one that the worker had, or one
/// that was waiting for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// When the server learnt of it.
    pub time: Duration,
    /// The worker that is lost.
    pub worker: WorkerId,
    /// Which job.
    pub job: JobId,
    /// When it was assigned.
    pub assigned: Duration,
    /// The version it was to be computed at.
    pub read_version: Version,
    /// The server's version when the worker was lost.
    pub version: Version,
    /// How many updates older than the newest its version was when the job was assigned.
    pub age: u64,
    /// Jobs outstanding by then, this one included.
    pub concurrency: usize,
    /// Why the worker is lost. Shared by all of its jobs.
    pub reason: Arc<str>,
}

/// At the end of a run: a job that had not come back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unfinished {
    /// When it was assigned.
    pub time: Duration,
    /// To whom.
    pub worker: WorkerId,
    /// Its number.
    pub job: JobId,
    /// The version it was to be computed at.
    pub version: Version,
    /// How many updates older than the newest that was when the job was assigned.
    pub age: u64,
}

/// The end of the run.
#[derive(Clone, Debug, PartialEq)]
pub struct Stopped {
    /// When.
    pub time: Duration,
    /// The last version.
    pub version: Version,
    /// Why.
    pub reason: StopReason,
}

/// One thing that happened in a run: a small record, made on the server's path and formatted
/// elsewhere. All but the rare [`Lost`] and the last one are plain numbers.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A job came back, with a gradient or without.
    Received(Received),
    /// A step along an accumulator. (A gradient that is applied at once says so itself.)
    Updated(Updated),
    /// A computation took longer than the time it was to emulate.
    Overrun(Overrun),
    /// A job was cancelled before its worker had taken it up.
    CancelledInQueue(CancelledInQueue),
    /// A job will not come back, because its worker is lost.
    Lost(Lost),
    /// At the end of a run: a job that had not come back.
    Assigned(Unfinished),
    /// The end of the run.
    Stopped(Stopped),
}

impl Event {
    /// When it happened; of a job that had not come back at the end, when it was assigned.
    #[inline]
    pub fn time(&self) -> Duration {
        match self {
            Self::Received(received) => received.time,
            Self::Updated(updated) => updated.time,
            Self::Overrun(overrun) => overrun.time,
            Self::CancelledInQueue(cancelled) => cancelled.time,
            Self::Lost(lost) => lost.time,
            Self::Assigned(unfinished) => unfinished.time,
            Self::Stopped(stopped) => stopped.time,
        }
    }
}

/// Somebody who is told everything that happens, on the server's path and in order: be quick.
pub trait Observer: Send {
    /// One thing happened.
    fn observe(&mut self, event: &Event);
}

/// Somebody who is shown every new version of the model, on the server's path: be quick; a snapshot
/// may be kept.
pub trait ModelObserver<T: Scalar>: Send {
    /// Whether it wants to see this version. Asked only where a version is a copy of the model that
    /// is made to be shown: in Hogwild!, whose workers share one model. Default: yes.
    fn wants(&self, _version: Version) -> bool {
        true
    }

    /// A version was published (the first one at the start of the run). A reason ends the run with
    /// this version.
    fn published(&mut self, time: Duration, snapshot: &Snapshot<T>) -> Option<StopReason>;
}
