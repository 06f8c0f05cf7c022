//! Findings about workers that were waited for, and runs that made no step.

use ps_core::{JobId, WorkerId};
use serde::Serialize;

use super::words::two_digits;
use crate::run_facts::RunFacts;

/// A worker had not answered for very long when the run ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Silent {
    /// The worker that was waited for longest.
    pub worker: WorkerId,
    /// The job that it did not answer.
    pub job: JobId,
    /// When it was given that job, in seconds.
    pub since: f64,
    /// For how long it was waited for, in seconds.
    pub seconds: f64,
    /// How many times the median of a job that is; none if no job came back.
    pub medians: Option<f64>,
    /// The workers that were waited for next longest.
    pub others: Vec<WorkerId>,
}

impl Silent {
    pub(super) fn find(of: &RunFacts) -> Option<Self> {
        let (longest, others) = of.waited_for.split_first()?;
        Some(Self {
            worker: longest.job.worker,
            job: longest.job.job,
            since: longest.job.time.as_secs_f64(),
            seconds: longest.time.as_secs_f64(),
            medians: longest.medians,
            others: others.iter().map(|other| other.job.worker).collect(),
        })
    }

    pub(super) fn text(&self) -> String {
        let Self {
            worker,
            job,
            since,
            seconds,
            ..
        } = self;
        let medians = match self.medians {
            Some(medians) => format!("{} times the median of a job", two_digits(medians)),
            None => "and no job came back".to_owned(),
        };
        let others: Vec<String> = self.others.iter().map(ToString::to_string).collect();
        let others = match &others[..] {
            [] => String::new(),
            others => format!(" (and so had workers {})", others.join(", ")),
        };
        format!(
            "worker {worker} had not answered job {job} since {since:.3} s{others}: {seconds:.3} s, {medians}; whoever waits for \
             it waits in vain: give jobs a --job-limit, or leave it out"
        )
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
            "no update was made, although {} gradients came: the method waited for more of them, or for others",
            self.gradients
        )
    }
}
