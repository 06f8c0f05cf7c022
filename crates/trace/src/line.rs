//! The lines of a trace.

use std::time::Duration;

use ps_core::{Event, JobId, JobTimes, Version, WorkerId};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use workers::{Leaving, Reads};

use crate::evaluation::Evaluation;

/// One line of a trace after the first.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// Something that happened. The end of the run is no such line but the last one.
    Event(Event),
    /// A version was evaluated. Numbers that were not finite are read as NaN.
    Evaluated(Evaluation),
    /// What a worker was doing at the end.
    Left(Left),
    /// The end of the run, and what is known only after it.
    Last(LastLine),
}

/// What a worker was doing at the end.
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

/// The last line of a trace: the end of the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastLine {
    /// When.
    pub time: Duration,
    /// The last version.
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

impl Serialize for LastLine {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("time", &self.time.as_secs_f64())?;
        map.serialize_entry("version", &self.version.number())?;
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
    /// The word for what happened.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Event(Event::Received(_)) => "received",
            Self::Event(Event::Updated(_)) => "updated",
            Self::Event(Event::Overrun(_)) => "overrun",
            Self::Event(Event::CancelledInQueue(_)) => "withdrawn",
            Self::Event(Event::Lost(_)) => "lost",
            Self::Event(Event::Assigned(_)) => "assigned",
            Self::Event(Event::Stopped(_)) | Self::Last(_) => "stopped",
            Self::Evaluated(_) => "evaluated",
            Self::Left(_) => "left",
        }
    }

    /// When it happened. A job that was still out at the end: when it was assigned.
    pub fn time(&self) -> Duration {
        match self {
            Self::Event(event) => event.time(),
            Self::Evaluated(evaluation) => evaluation.time,
            Self::Left(left) => left.time,
            Self::Last(last) => last.time,
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
