//! The lines of a trace.

use std::time::Duration;

use ps_core::{
    Event, JobId, JobTimes, Overrun, Received, Unfinished, Updated, Version, Withdrawn, WorkerId,
};
use serde::Serialize;
use workers::Leaving;

use crate::{Evaluation, json};

/// One line of a trace after the first.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Line {
    /// A job finished with a gradient.
    Received(Received),
    /// A step along an accumulator.
    Updated(Updated),
    /// A version was evaluated. Numbers that were not finite are read as NaN.
    Evaluated(Evaluation),
    /// A job was called off before its worker had taken it up.
    Withdrawn(Withdrawn),
    /// A job will not come back.
    Lost(Lost),
    /// A computation took longer than the time it was to emulate.
    Overrun(Overrun),
    /// A job that was still out at the end.
    Assigned(Unfinished),
    /// What a worker was at at the end.
    Left(Left),
    /// The end of the run.
    Stopped(Stopped),
}

/// A job that will not come back, because its worker is lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// When the server learnt of it.
    pub time: Duration,
    /// Who.
    pub worker: WorkerId,
    /// Which job.
    pub job: JobId,
    /// When it was assigned.
    pub assigned: Duration,
    /// The version it was to be computed at.
    pub read_version: Version,
    /// The server's version by then.
    pub version: Version,
    /// How many updates older than the newest its version was when it was assigned.
    pub age: u64,
    /// Jobs outstanding by then, this one included.
    pub concurrency: usize,
    /// Why.
    pub reason: String,
}

/// What a worker was at at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    /// The end of the run.
    pub time: Duration,
    /// Who.
    pub worker: WorkerId,
    /// How long it had been serving since it took up its last job.
    pub serving: Duration,
    /// The last job that it took up, as far as it had come.
    pub last: Option<(JobId, JobTimes)>,
}

/// The end of the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stopped {
    /// When.
    #[serde(serialize_with = "json::seconds")]
    pub time: Duration,
    /// The last version.
    #[serde(serialize_with = "json::version")]
    pub version: Version,
    /// Why, in one word.
    pub reason: String,
    /// Why, for people, if it failed.
    pub message: Option<String>,
    /// How long threads were serving that are no workers.
    #[serde(serialize_with = "json::seconds")]
    pub served: Duration,
    /// How many lines were dropped, because the disk was too slow.
    pub dropped: u64,
    /// The hash of the last model.
    pub model_hash: String,
}

impl Line {
    /// The line of an event. The last line needs the model's hash; it is written after the run.
    pub(crate) fn of(event: &Event<'_>) -> Option<Self> {
        Some(match *event {
            Event::Received(received) => Self::Received(received),
            Event::Updated(updated) => Self::Updated(updated),
            Event::Overrun(overrun) => Self::Overrun(overrun),
            Event::Assigned(unfinished) => Self::Assigned(unfinished),
            Event::Withdrawn(withdrawn) => Self::Withdrawn(withdrawn),
            Event::Lost {
                time,
                worker,
                job,
                assigned,
                read_version,
                version,
                age,
                concurrency,
                reason,
            } => Self::Lost(Lost {
                time,
                worker,
                job,
                assigned,
                read_version,
                version,
                age,
                concurrency,
                reason: reason.to_owned(),
            }),
            _ => return None,
        })
    }

    /// The word for what happened.
    #[must_use]
    pub fn event(&self) -> &'static str {
        match self {
            Self::Received(_) => "received",
            Self::Updated(_) => "updated",
            Self::Evaluated(_) => "evaluated",
            Self::Withdrawn(_) => "withdrawn",
            Self::Lost(_) => "lost",
            Self::Overrun(_) => "overrun",
            Self::Assigned(_) => "assigned",
            Self::Left(_) => "left",
            Self::Stopped(_) => "stopped",
        }
    }

    /// When it happened. A job that was still out at the end: when it was assigned.
    #[must_use]
    pub fn time(&self) -> Duration {
        match self {
            Self::Received(received) => received.time,
            Self::Updated(updated) => updated.time,
            Self::Evaluated(evaluation) => evaluation.time,
            Self::Withdrawn(withdrawn) => withdrawn.time,
            Self::Lost(lost) => lost.time,
            Self::Overrun(overrun) => overrun.time,
            Self::Assigned(unfinished) => unfinished.time,
            Self::Left(left) => left.time,
            Self::Stopped(stopped) => stopped.time,
        }
    }
}

impl Left {
    pub(super) fn at(time: Duration, leaving: &Leaving) -> Self {
        let Leaving {
            worker,
            serving,
            last,
            ..
        } = *leaving;
        Self {
            time,
            worker,
            serving,
            last,
        }
    }
}
