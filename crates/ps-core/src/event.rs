//! Everything that happens in a run, as small records, and those who are told.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::ids::{JobId, Version, WorkerId};
use crate::job::JobTimes;
use crate::scalar::Scalar;
use crate::snapshot::Snapshot;
use crate::stop_reason::StopReason;

/// What the method did with a gradient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Action {
    /// Stepped with, at once.
    Applied,
    /// Added to an accumulator.
    Held,
    /// Let go.
    Discarded,
    /// There was none: the server had called the job off.
    Cancelled,
    /// There was none: the job took longer than its limit.
    Expired,
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
        }
    }

    /// Whether there was a gradient.
    #[must_use]
    pub fn has_gradient(self) -> bool {
        !matches!(self, Self::Cancelled | Self::Expired)
    }

    /// The action that the trace calls by this word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        let all = [
            Self::Applied,
            Self::Held,
            Self::Discarded,
            Self::Cancelled,
            Self::Expired,
        ];
        all.into_iter().find(|action| action.word() == word)
    }
}

/// A finished job and what became of its gradient. Times count from the start of the run.
#[derive(Clone, Copy, Debug, PartialEq)]
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
    /// How many updates older than the newest its version was by then: 0 unless the job repeats another.
    pub age: u64,
    /// When it ran.
    pub times: JobTimes,
    /// Jobs outstanding on arrival, this one included.
    pub concurrency: usize,
}

impl Received {
    /// In updates: the server's version on arrival minus the version the gradient was computed at.
    #[must_use]
    pub fn staleness(&self) -> u64 {
        self.version.since(self.read_version)
    }
}

/// A gradient that its worker has added to the shared model itself: there is no server, and so no version, no staleness and
/// no order of updates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Added {
    /// When it was in the model as a whole.
    pub time: Duration,
    /// Who computed it.
    pub worker: WorkerId,
    /// Which job it was.
    pub job: JobId,
    /// The step size.
    pub step_size: f64,
    /// When it ran; its model was read when the computation began, and counts to it.
    pub times: JobTimes,
}

/// A step along an accumulator.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Updated {
    /// When.
    pub time: Duration,
    /// The version that the step made.
    pub version: Version,
    /// The factor of the accumulated sum.
    pub step_size: f64,
}

/// A computation that took longer than the time it was to emulate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// A job that was called off before its worker had taken it up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Withdrawn {
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

/// At the end of a run: a job that had not come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// One thing that happened in a run. Small and `Copy`: it is made on the server's path and formatted elsewhere.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A job came back, with a gradient or because it was given up.
    Received(Received),
    /// A worker has added a gradient to the shared model itself.
    Added(Added),
    /// A step along an accumulator. (A gradient that is applied at once says so itself.)
    Updated(Updated),
    /// A computation took longer than the time it was to emulate.
    Overrun(Overrun),
    /// A job was called off before its worker had taken it up.
    Withdrawn(Withdrawn),
    /// A job will not come back, because its worker is lost: the one that it had, and each one that was waiting for it.
    Lost {
        /// When the server learnt of it.
        time: Duration,
        /// Who.
        worker: WorkerId,
        /// Which job.
        job: JobId,
        /// When it was assigned.
        assigned: Duration,
        /// The version it was to be computed at.
        read_version: Version,
        /// The server's version when the worker was lost.
        version: Version,
        /// How many updates older than the newest its version was when the job was assigned.
        age: u64,
        /// Jobs outstanding by then, this one included.
        concurrency: usize,
        /// Why.
        reason: &'a str,
    },
    /// A worker that shared the model with others is lost, and its job comes to nothing.
    Gone {
        /// When the others learnt of it.
        time: Duration,
        /// Who.
        worker: WorkerId,
        /// With which job.
        job: JobId,
        /// When it had taken that up.
        started: Duration,
        /// Why.
        reason: &'a str,
    },
    /// At the end of a run: a job that had not come back.
    Assigned(Unfinished),
    /// The end of a run without a server.
    Ended {
        /// When.
        time: Duration,
        /// How many updates there were.
        updates: u64,
        /// Why.
        reason: &'a StopReason,
    },
    /// The end of the run.
    Stopped {
        /// When.
        time: Duration,
        /// The last version.
        version: Version,
        /// Why.
        reason: &'a StopReason,
    },
}

/// Somebody who is told everything that happens, on the server's path and in order: be quick.
pub trait Observer: Send {
    /// One thing happened.
    fn observe(&mut self, event: &Event<'_>);
}

/// Somebody who is shown every new version, on the server's path: be quick, a snapshot may be kept.
pub trait Watcher<T: Scalar>: Send {
    /// Whether it wants to see this version, where one has to be made to be seen: without a server each is a copy of the
    /// model. Default: yes.
    fn wants(&self, _version: Version) -> bool {
        true
    }

    /// A version was published (the first one at the start of the run). A reason ends the run with this version.
    fn published(&mut self, time: Duration, snapshot: &Snapshot<T>) -> Option<StopReason>;
}
