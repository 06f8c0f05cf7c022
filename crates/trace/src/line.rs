//! The lines of a trace.

use std::time::Duration;

use ps_core::{
    Added, Event, JobId, JobTimes, Overrun, Received, Unfinished, Updated, Version, Withdrawn,
    WorkerId,
};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use workers::{Leaving, Reads};

use crate::evaluation::Evaluation;
use crate::json;

/// One line of a trace after the first.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// A job finished with a gradient.
    Received(Received),
    /// A job finished, and its worker added its gradient to the shared model itself.
    Added(Added),
    /// A step along an accumulator.
    Updated(Updated),
    /// A version was evaluated. Numbers that were not finite are read as NaN.
    Evaluated(Evaluation),
    /// A job was called off before its worker had taken it up.
    Withdrawn(Withdrawn),
    /// A job will not come back.
    Lost(Lost),
    /// A worker that shared the model with others is lost.
    Gone(Gone),
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

/// A worker that shared the model with others is lost, and its job came to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gone {
    /// When the others learnt of it.
    pub time: Duration,
    /// Who.
    pub worker: WorkerId,
    /// With which job.
    pub job: JobId,
    /// When it had taken that up.
    pub started: Duration,
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// When.
    pub time: Duration,
    /// The last version; where the model was shared, and there are none, the number of updates.
    pub version: Version,
    /// Why, in one word.
    pub reason: String,
    /// Why, for people, if it failed.
    pub message: Option<String>,
    /// How long threads were serving that are no workers.
    pub served: Duration,
    /// How many lines were dropped, because the disk was too slow.
    pub dropped: u64,
    /// How the model was read, where workers shared it.
    pub reads: Option<Reads>,
    /// The hash of the last model.
    pub model_hash: String,
}

impl Serialize for Stopped {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("time", &self.time.as_secs_f64())?;
        let updates = json::count_of_updates(self.reads.is_some());
        map.serialize_entry(updates, &self.version.number())?;
        map.serialize_entry("reason", &self.reason)?;
        map.serialize_entry("message", &self.message)?;
        map.serialize_entry("served", &self.served.as_secs_f64())?;
        map.serialize_entry("dropped", &self.dropped)?;
        if let Some(reads) = self.reads {
            map.serialize_entry("reads_sampled", &reads.sampled)?;
            map.serialize_entry("reads_torn", &reads.torn)?;
        }
        map.serialize_entry("model_hash", &self.model_hash)?;
        map.end()
    }
}

impl Line {
    /// The line of an event. The last line needs the model's hash; it is written after the run.
    pub fn of(event: &Event<'_>) -> Option<Self> {
        Some(match *event {
            Event::Received(received) => Self::Received(received),
            Event::Added(added) => Self::Added(added),
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
            Event::Gone {
                time,
                worker,
                job,
                started,
                reason,
            } => Self::Gone(Gone {
                time,
                worker,
                job,
                started,
                reason: reason.to_owned(),
            }),
            _ => return None,
        })
    }

    /// The word for what happened.
    #[must_use]
    pub fn event(&self) -> &'static str {
        match self {
            Self::Received(_) | Self::Added(_) => "received",
            Self::Updated(_) => "updated",
            Self::Evaluated(_) => "evaluated",
            Self::Withdrawn(_) => "withdrawn",
            Self::Lost(_) | Self::Gone(_) => "lost",
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
            Self::Added(added) => added.time,
            Self::Updated(updated) => updated.time,
            Self::Evaluated(evaluation) => evaluation.time,
            Self::Withdrawn(withdrawn) => withdrawn.time,
            Self::Lost(lost) => lost.time,
            Self::Gone(gone) => gone.time,
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
