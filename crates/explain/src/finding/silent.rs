//! Findings about workers that were waited for, and runs that made no step.

use ps_core::WorkerId;
use ps_core::form::count;
use serde::Serialize;
use trace::WaitedFor;

use crate::run_facts::RunFacts;

/// A worker had not answered for very long when the run ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Silent {
    /// The worker that was waited for longest.
    #[serde(flatten)]
    pub longest: WaitedFor,
    /// The workers that were waited for next longest.
    pub others: Vec<WorkerId>,
    /// Whether there is a server that could take them for lost.
    pub has_server: bool,
}

impl Silent {
    pub(super) fn find(of: &RunFacts) -> Option<Self> {
        let (&longest, others) = of.waited_for.split_first()?;
        let others = others.iter().map(|other| other.worker).collect();
        Some(Self {
            longest,
            others,
            has_server: !of.header.is_hogwild(),
        })
    }

    pub(super) fn text(&self) -> String {
        let others: Vec<String> = self.others.iter().map(ToString::to_string).collect();
        let others = match &others[..] {
            [] => String::new(),
            others => format!(" (workers {} neither)", others.join(", ")),
        };
        let advice = if self.has_server {
            "; whoever waits for it waits in vain: give jobs a --job-limit, or leave it out"
        } else {
            ""
        };
        format!("{}{others}{advice}", self.longest)
    }
}

/// Gradients came, and no step was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NoUpdate {
    /// How many came.
    pub gradients: u64,
}

impl NoUpdate {
    pub(super) fn find(of: &RunFacts) -> Option<Self> {
        let gradients = of.gradients;
        (of.updates == 0 && gradients > 0).then_some(Self { gradients })
    }

    pub(super) fn text(&self) -> String {
        format!(
            "no update was made, although {} came: the method waited for more of them, or for others",
            count(self.gradients, "gradient")
        )
    }
}
