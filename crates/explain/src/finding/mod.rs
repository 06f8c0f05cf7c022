//! What is unusual in a trace, in plain language: the number, what it means, what to do.
//!
//! Each finding is a type that knows when it applies and how to say so; thresholds are constants
//! beside it.

mod machine;
mod model;
mod recording;
mod shares;
mod tail;
mod waiting;
mod wasted;
mod words;

use std::fmt;

use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};

pub use machine::{Overran, Oversubscribed, ServerBusy, Waking};
pub use model::{Failed, Relapsed, Worsened};
pub use recording::{Altered, Broken, Dropped, Few, ImpossibleTimes, Truncated};
pub use shares::{Biased, LostWorkers};
pub use tail::StalenessTail;
pub use waiting::{Idle, Queues, WhyIdle};
pub use wasted::Wasted;

use crate::explanation::Explanation;

/// Something unusual. Its text is for people.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "finding", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Finding {
    /// The trace was cut.
    Truncated(Truncated),
    /// A line is not as it was written.
    Altered(Altered),
    /// Lines were dropped.
    Dropped(Dropped),
    /// The conservation law does not hold.
    Broken(Broken),
    /// Times could not have been.
    ImpossibleTimes(ImpossibleTimes),
    /// There are few gradients.
    Few(Few),
    /// The run failed.
    Failed(Failed),
    /// The model ended worse than it began.
    Worsened(Worsened),
    /// The model was better before.
    Relapsed(Relapsed),
    /// Workers were lost.
    LostWorkers(LostWorkers),
    /// Workers have unequal shares of the updates.
    Biased(Biased),
    /// Nothing came of many jobs.
    Wasted(Wasted),
    /// Workers had nothing to do.
    Idle(Idle),
    /// Jobs waited for busy workers.
    Queues(Queues),
    /// A few gradients were very stale.
    StalenessTail(StalenessTail),
    /// More workers computed than there are cores.
    Oversubscribed(Oversubscribed),
    /// Computations took longer than they should have.
    Overran(Overran),
    /// The server was busy.
    ServerBusy(ServerBusy),
    /// Threads took long to wake up.
    Waking(Waking),
}

impl Finding {
    /// Everything unusual, what matters most first.
    pub(super) fn all(of: &Explanation) -> Vec<Self> {
        let findings = [
            Truncated::find(of).map(Self::Truncated),
            Altered::find(of).map(Self::Altered),
            Dropped::find(of).map(Self::Dropped),
            Broken::find(of).map(Self::Broken),
            ImpossibleTimes::find(of).map(Self::ImpossibleTimes),
            Few::find(of).map(Self::Few),
            Failed::find(of).map(Self::Failed),
            Worsened::find(of).map(Self::Worsened),
            Relapsed::find(of).map(Self::Relapsed),
            LostWorkers::find(of).map(Self::LostWorkers),
            Biased::find(of).map(Self::Biased),
            Wasted::find(of).map(Self::Wasted),
            Idle::find(of).map(Self::Idle),
            Queues::find(of).map(Self::Queues),
            StalenessTail::find(of).map(Self::StalenessTail),
            Oversubscribed::find(of).map(Self::Oversubscribed),
            Overran::find(of).map(Self::Overran),
            ServerBusy::find(of).map(Self::ServerBusy),
            Waking::find(of).map(Self::Waking),
        ];
        findings.into_iter().flatten().collect()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated(finding) => finding.fmt(f),
            Self::Altered(finding) => finding.fmt(f),
            Self::Dropped(finding) => finding.fmt(f),
            Self::Broken(finding) => finding.fmt(f),
            Self::ImpossibleTimes(finding) => finding.fmt(f),
            Self::Few(finding) => finding.fmt(f),
            Self::Failed(finding) => finding.fmt(f),
            Self::Worsened(finding) => finding.fmt(f),
            Self::Relapsed(finding) => finding.fmt(f),
            Self::LostWorkers(finding) => finding.fmt(f),
            Self::Biased(finding) => finding.fmt(f),
            Self::Wasted(finding) => finding.fmt(f),
            Self::Idle(finding) => finding.fmt(f),
            Self::Queues(finding) => finding.fmt(f),
            Self::StalenessTail(finding) => finding.fmt(f),
            Self::Oversubscribed(finding) => finding.fmt(f),
            Self::Overran(finding) => finding.fmt(f),
            Self::ServerBusy(finding) => finding.fmt(f),
            Self::Waking(finding) => finding.fmt(f),
        }
    }
}

/// Serialises findings with their texts.
pub(super) fn with_texts<S: Serializer>(findings: &[Finding], to: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct WithText<'a> {
        #[serde(flatten)]
        finding: &'a Finding,
        text: String,
    }
    let mut list = to.serialize_seq(Some(findings.len()))?;
    for finding in findings {
        list.serialize_element(&WithText {
            finding,
            text: finding.to_string(),
        })?;
    }
    list.end()
}
