//! What is unusual in a trace, in plain language: the number, what it means, what to do.
//!
//! Each finding is a type that knows when it applies and how to say so; thresholds are constants
//! beside it.

mod machine;
mod model;
mod recording;
mod shares;
mod silent;
mod tail;
mod waiting;
mod wasted;
mod words;

use std::fmt;

use serde::{Serialize, Serializer};

pub use machine::{DenseAccess, Overran, Oversubscribed, ServerBusy, Waking};
pub use model::{Failed, Relapsed, Worsened};
pub use recording::{Altered, Broken, Dropped, Few, ImpossibleTimes, Truncated};
pub use shares::{Biased, LostWorkers};
pub use silent::{NoUpdate, Silent};
pub use tail::StalenessTail;
pub use waiting::{Idle, Queues, WhyIdle};
pub use wasted::Wasted;

use crate::run_facts::RunFacts;

/// Makes the enum of these types. Each knows when it applies (`find`) and how to say so (`text`).
macro_rules! findings {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Something unusual. Its text is for people.
        #[derive(Clone, Debug, PartialEq, Serialize)]
        #[serde(tag = "finding", rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum Finding {
            $($(#[$doc])* $name($name),)*
        }

        impl Finding {
            /// Everything unusual, what matters most first.
            pub(super) fn all(of: &RunFacts) -> Vec<Self> {
                let findings = [$($name::find(of).map(Self::$name),)*];
                findings.into_iter().flatten().collect()
            }
        }

        impl fmt::Display for Finding {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$name(finding) => finding.fmt(f),)*
                }
            }
        }

        $(impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.text())
            }
        })*
    };
}

// In the order in which they matter.
findings! {
    /// The trace was cut.
    Truncated,
    /// A line is not as it was written.
    Altered,
    /// Lines were dropped.
    Dropped,
    /// The conservation law does not hold.
    Broken,
    /// Times could not have been.
    ImpossibleTimes,
    /// A worker never answered.
    Silent,
    /// There are few gradients.
    Few,
    /// The run failed.
    Failed,
    /// The model ended worse than it began.
    Worsened,
    /// The model was better before.
    Relapsed,
    /// Workers were lost.
    LostWorkers,
    /// No step was made.
    NoUpdate,
    /// Workers have unequal shares of the updates.
    Biased,
    /// Nothing came of many jobs.
    Wasted,
    /// Workers had nothing to do.
    Idle,
    /// Jobs waited for busy workers.
    Queues,
    /// A few gradients were very stale.
    StalenessTail,
    /// Gradients are dense of which little is touched.
    DenseAccess,
    /// More workers computed than there are cores.
    Oversubscribed,
    /// Computations took longer than they should have.
    Overran,
    /// The server was busy.
    ServerBusy,
    /// Threads took long to wake up.
    Waking,
}

/// Serialises findings with their texts.
pub(super) fn with_texts<S: Serializer>(findings: &[Finding], to: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct WithText<'a> {
        #[serde(flatten)]
        finding: &'a Finding,
        text: String,
    }
    to.collect_seq(findings.iter().map(|finding| WithText {
        finding,
        text: finding.to_string(),
    }))
}
