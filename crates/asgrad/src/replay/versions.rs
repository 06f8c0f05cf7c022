//! Looking at the versions that a replay makes.

use std::collections::BTreeMap;
use std::time::Duration;

use ps_core::{ModelObserver, Scalar, Snapshot, StopReason};

use super::divergence::{Divergence, Rounding};
use crate::evaluation::Evaluator;
use trace::statistics::Shared;
use trace::{Evaluation, Line, ModelHash};

/// Evaluated lines by their version, with their line numbers.
pub(super) type Evaluated = BTreeMap<u64, (u64, Evaluation)>;

/// What has been seen of the versions.
#[derive(Debug, Default)]
pub(super) struct Seen<T: Scalar> {
    /// The evaluated lines that no version has been compared with yet.
    pub(super) expected: Evaluated,
    /// How many versions have been compared.
    pub(super) compared: u64,
    /// The first that differs.
    pub(super) divergence: Option<Divergence>,
    /// The version that was asked for.
    pub(super) kept: Option<Snapshot<T>>,
}

/// Compares versions with the evaluated lines, and keeps one.
pub(super) struct VersionChecker<T: Scalar> {
    pub(super) seen: Shared<Seen<T>>,
    /// Evaluates versions anew, if that is asked for.
    pub(super) evaluator: Option<Evaluator<T>>,
    pub(super) keep: Option<u64>,
}

impl<T: Scalar> VersionChecker<T> {
    fn compare(
        &mut self,
        time: Duration,
        snapshot: &Snapshot<T>,
        line: u64,
        expected: Evaluation,
    ) -> Result<Option<Divergence>, StopReason> {
        let mut found = match &mut self.evaluator {
            Some(evaluator) => evaluator.evaluate(time, snapshot)?,
            None => Evaluation {
                time,
                model_hash: Some(ModelHash::of(snapshot.values())),
                ..expected
            },
        };
        found.model_hash = found.model_hash.filter(|_| expected.model_hash.is_some());
        let (expected, found) = (Line::Evaluated(expected), Line::Evaluated(found));
        let lines = [&expected, &found];
        let version = snapshot.version().number();
        Ok(Divergence::between(line, version, lines, Rounding::Same))
    }
}

impl<T: Scalar> ModelObserver<T> for VersionChecker<T> {
    fn published(&mut self, time: Duration, snapshot: &Snapshot<T>) -> Option<StopReason> {
        let version = snapshot.version().number();
        if self.keep == Some(version) {
            self.seen.with(|seen| seen.kept = Some(snapshot.clone()));
        }
        let expected = self.seen.with(|seen| seen.expected.remove(&version));
        if let Some((line, expected)) = expected {
            let divergence = match self.compare(time, snapshot, line, expected) {
                Ok(divergence) => divergence,
                Err(panicked) => return Some(panicked),
            };
            self.seen.with(|seen| {
                seen.compared += 1;
                seen.divergence = seen.divergence.take().or(divergence);
            });
        }
        None
    }
}
