//! The runs of a study that an earlier request for it has finished.

use std::path::Path;

use asgrad::trace::{Evaluation, Line};
use asgrad::{Scalar, StopReason, Summary, Trace};
use serde_json::Value;

use crate::case::Case;

/// A run that came to its end, and whose results are in the folder.
#[derive(Debug)]
pub(crate) struct EarlierRun {
    /// Its object, as it stands there.
    pub(super) line: String,
    /// The same, read.
    object: Value,
    /// What came out, with its evaluations.
    pub(crate) summary: Summary,
}

impl EarlierRun {
    /// The run of a line, if it ended as asked. One that was interrupted or failed is made again.
    pub(super) fn read(line: &str, is_schedule: bool) -> Option<Self> {
        let object: Value = serde_json::from_str(line).ok()?;
        let summary: Summary = serde_json::from_str(line).ok()?;
        let is_cut = summary.stop_reason == StopReason::Interrupted;
        // A loss that is null was not finite.
        (!is_cut && (is_schedule || summary.loss.is_some())).then(|| Self {
            line: line.to_owned(),
            object,
            summary,
        })
    }

    /// Whether it is the run of this method and seed in this case.
    pub(super) fn is(&self, method: &str, seed: u64, case: &Case) -> bool {
        let is_it = self.summary.method == method && self.summary.seed == seed;
        is_it && self.is_of(case)
    }

    /// Whether it is of this case.
    pub(super) fn is_of(&self, case: &Case) -> bool {
        case.is_of(&self.object)
    }

    /// Its summary in the number type of the study.
    pub(super) fn summary<T: Scalar>(&self) -> Option<Summary<T>> {
        let mut summary: Summary<T> = serde_json::from_str(&self.line).ok()?;
        summary.evaluations.clone_from(&self.summary.evaluations);
        Some(summary)
    }

    /// The evaluations in its trace, if that is whole.
    pub(crate) fn evaluations_in(&self, trace: &Path) -> Option<Vec<Evaluation>> {
        let trace = Trace::open(trace).ok()?;
        let (mut evaluations, mut model_hash) = (Vec::new(), None);
        let mut lines = trace.lines().ok()?;
        for line in lines.by_ref() {
            match line.ok()?.1 {
                Line::Evaluated(evaluation) => evaluations.push(evaluation),
                Line::Last(last) => model_hash = Some(last.model_hash),
                _ => {}
            }
        }
        let is_whole = lines.altered().is_none() && model_hash? == self.summary.model_hash;
        is_whole.then_some(evaluations)
    }
}
