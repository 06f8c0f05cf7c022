//! The lines of a trace.

use std::time::Duration;

use ps_core::{Event, Version};
use serde::Serialize;
use workers::{Leaving, Reads};

use crate::evaluation::Evaluation;
use crate::json::{flat_reads, seconds};

/// One line of a trace after the first.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// Something that happened. The end of the run is no such line but the last one.
    Event(Event),
    /// A version was evaluated. Numbers that were not finite are read as NaN.
    Evaluated(Evaluation),
    /// What a worker was doing at the end.
    Left(Leaving),
    /// The end of the run, and what is known only after it.
    Last(LastLine),
}

/// The last line of a trace: the end of the run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LastLine {
    /// When.
    #[serde(serialize_with = "seconds")]
    pub time: Duration,
    /// The last version.
    pub version: Version,
    /// Why, in one word.
    pub reason: String,
    /// Why, for people, if it failed.
    pub message: Option<String>,
    /// How long threads were serving that are no workers.
    #[serde(serialize_with = "seconds")]
    pub served: Duration,
    /// How many lines were dropped, because the disk was too slow.
    pub dropped: u64,
    /// How the model was read, where workers shared it.
    #[serde(flatten, serialize_with = "flat_reads")]
    pub reads: Option<Reads>,
    /// The hash of the last model.
    pub model_hash: String,
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

    /// A line of this kind in which nothing is said yet.
    pub(super) fn empty(word: &str) -> Option<Self> {
        Some(match word {
            "received" => Self::Event(Event::Received(Default::default())),
            "updated" => Self::Event(Event::Updated(Default::default())),
            "overrun" => Self::Event(Event::Overrun(Default::default())),
            "withdrawn" => Self::Event(Event::CancelledInQueue(Default::default())),
            "lost" => Self::Event(Event::Lost(Default::default())),
            "assigned" => Self::Event(Event::Assigned(Default::default())),
            "stopped" => Self::Last(Default::default()),
            "evaluated" => Self::Evaluated(Default::default()),
            "left" => Self::Left(Default::default()),
            _ => return None,
        })
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
