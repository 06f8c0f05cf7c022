//! Measuring loss and gradient norm, never on the server's path of a real run.
//!
//! On the real clock snapshots are kept (a pointer each) and evaluated after the clock has stopped;
//! targets are watched on a side thread. In virtual time an evaluation costs no time, so it happens
//! at once.

use std::cmp::Reverse;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender};
use ps_core::{ModelObserver, Objective, Scalar, Snapshot, StopReason, Version, guarded};
use workers::StopHandle;

use trace::statistics::Shared;
use trace::write::EvaluationFeeder;
use trace::{Evaluation, ModelHash, Target};

/// Evaluates versions, with a gradient buffer of its own.
pub(crate) struct Evaluator<T: Scalar> {
    objective: Arc<dyn Objective<T>>,
    gradient: Vec<T>,
    hashes: bool,
}

impl<T: Scalar> Evaluator<T> {
    /// With `hashes` it also takes the fingerprint of each version.
    pub(crate) fn new(objective: Arc<dyn Objective<T>>, hashes: bool) -> Self {
        let gradient = vec![T::ZERO; objective.dim()];
        Self {
            objective,
            gradient,
            hashes,
        }
    }

    /// The loss and gradient norm of this version, or why a run ends whose objective panics.
    pub(crate) fn evaluate(
        &mut self,
        time: Duration,
        snapshot: &Snapshot<T>,
    ) -> Result<Evaluation, StopReason> {
        let Self {
            objective,
            gradient,
            ..
        } = self;
        let loss = objective_of(|| objective.loss_and_gradient(snapshot.values(), gradient))?;
        let squares: f64 = self.gradient.iter().map(|g| g.to_f64() * g.to_f64()).sum();
        Ok(Evaluation {
            time,
            version: snapshot.version(),
            loss,
            gradient_norm: squares.sqrt(),
            model_hash: self.hashes.then(|| ModelHash::of(snapshot.values())),
        })
    }
}

/// What an objective says, or why a run ends in which it panics.
pub(crate) fn objective_of<R>(asked: impl FnOnce() -> R) -> Result<R, StopReason> {
    let part = "the objective";
    guarded(asked).map_err(|message| StopReason::Panicked { part, message })
}

/// In virtual time: evaluates on the spot.
pub(crate) struct AtOnceEvaluator<T: Scalar> {
    pub(crate) evaluator: Evaluator<T>,
    pub(crate) every: u64,
    pub(crate) target: Target,
    pub(crate) results: Shared<Results>,
}

/// What has been evaluated on the spot.
#[derive(Debug, Default)]
pub(crate) struct Results {
    pub(crate) evaluations: Vec<Evaluation>,
    /// When the newest version was published.
    pub(crate) latest: Duration,
    /// Where they are written as they are made.
    pub(crate) trace: Option<EvaluationFeeder>,
}

impl<T: Scalar> ModelObserver<T> for AtOnceEvaluator<T> {
    fn published(&mut self, time: Duration, snapshot: &Snapshot<T>) -> Option<StopReason> {
        self.results.with(|results| results.latest = time);
        let is_due = snapshot.version().number().is_multiple_of(self.every);
        if !is_due && !self.target.is_set() {
            return None;
        }
        let evaluation = match self.evaluator.evaluate(time, snapshot) {
            Ok(evaluation) => evaluation,
            Err(panicked) => return Some(panicked),
        };
        let reached = self.target.reached(&evaluation);
        if is_due || reached.is_some() {
            self.results.with(|results| {
                let trace = results.trace.iter();
                trace.for_each(|trace| trace.push(evaluation));
                results.evaluations.push(evaluation);
            });
        }
        reached
    }
}

/// Versions to be evaluated later: every `stride`-th, thinned two to one when there are too many.
#[derive(Debug)]
pub(crate) struct Kept<T> {
    pub(crate) versions: VecDeque<(Duration, Snapshot<T>)>,
    pub(crate) stride: u64,
    /// When the newest version was published.
    pub(crate) latest: Duration,
    cap: usize,
}

/// At most this much memory for versions that wait to be evaluated.
const MEMORY_FOR_KEPT: usize = 1 << 30;
/// What a version costs beside its parameters, roughly.
const BESIDE_PARAMETERS: usize = 128;

impl<T: Scalar> Kept<T> {
    pub(crate) fn new(stride: u64, at_most: u64, dim: usize) -> Self {
        let affordable = MEMORY_FOR_KEPT / (dim * size_of::<T>() + BESIDE_PARAMETERS);
        let at_most = usize::try_from(at_most).unwrap_or(usize::MAX);
        Self {
            versions: VecDeque::new(),
            stride,
            latest: Duration::ZERO,
            cap: affordable.min(at_most).max(1),
        }
    }

    fn offer(&mut self, time: Duration, snapshot: &Snapshot<T>) {
        self.latest = time;
        if !snapshot.version().number().is_multiple_of(self.stride) {
            return;
        }
        self.versions.push_back((time, snapshot.clone()));
        if self.versions.len() > self.cap {
            self.stride *= 2;
            let stride = self.stride;
            self.versions
                .retain(|(_, kept)| kept.version().number().is_multiple_of(stride));
        }
    }
}

/// On the real clock: keeps versions, and shows new ones to the side thread that watches targets,
/// as fast as it takes them.
pub(crate) struct VersionKeeper<T: Scalar> {
    pub(crate) kept: Shared<Kept<T>>,
    /// Room for one version, at whose other end a side thread takes it out.
    pub(crate) newest: Option<Sender<(Duration, Snapshot<T>)>>,
}

impl<T: Scalar> ModelObserver<T> for VersionKeeper<T> {
    fn wants(&self, version: Version) -> bool {
        let is_watched = self.newest.as_ref().is_some_and(Sender::is_empty);
        is_watched
            || self
                .kept
                .with(|kept| version.number().is_multiple_of(kept.stride))
    }

    fn published(&mut self, time: Duration, snapshot: &Snapshot<T>) -> Option<StopReason> {
        self.kept.with(|kept| kept.offer(time, snapshot));
        // The look costs two loads; a version that does not fit is passed over.
        if let Some(newest) = self.newest.as_ref().filter(|newest| newest.is_empty()) {
            let _ = newest.try_send((time, snapshot.clone()));
        }
        None
    }
}

/// What the side thread does: evaluates one version after the other, as new as they come, and stops
/// the run when one is good enough.
pub(crate) fn watch_target<T: Scalar>(
    mut evaluator: Evaluator<T>,
    target: Target,
    versions: &Receiver<(Duration, Snapshot<T>)>,
    stop: &StopHandle,
) -> Option<Evaluation> {
    for (time, snapshot) in versions {
        let evaluation = evaluator.evaluate(time, &snapshot);
        let reason = match &evaluation {
            Ok(evaluation) => target.reached(evaluation),
            Err(panicked) => Some(panicked.clone()),
        };
        if let Some(reason) = reason {
            stop.stop_because(reason);
            return evaluation.ok();
        }
    }
    None
}

/// Evaluates versions of a run that is over: each half as far from the next as those before, so
/// that what is done when the time is up, or nobody wants more, is spread evenly.
pub(crate) fn evaluate_kept<T: Scalar>(
    evaluator: &mut Evaluator<T>,
    versions: &VecDeque<(Duration, Snapshot<T>)>,
    is_enough: impl Fn() -> bool,
) -> Result<Vec<Evaluation>, StopReason> {
    let mut order: Vec<usize> = (0..versions.len()).collect();
    order.sort_by_key(|position| Reverse(position.trailing_zeros()));
    let mut evaluations = Vec::new();
    for position in order {
        if is_enough() {
            break;
        }
        let (time, version) = &versions[position];
        evaluations.push(evaluator.evaluate(*time, version)?);
    }
    evaluations.sort_by_key(|evaluation| evaluation.version);
    Ok(evaluations)
}

#[cfg(test)]
mod tests {
    use ps_core::Buffer;

    use super::*;

    #[test]
    fn kept_versions_are_thinned_evenly_when_there_are_too_many() {
        let mut kept = Kept::<f64>::new(1, 8, 1);
        for version in 0..100 {
            kept.offer(
                Duration::ZERO,
                &Buffer::zeros(1).freeze(Version::new(version)),
            );
        }
        let versions: Vec<_> = kept
            .versions
            .iter()
            .map(|(_, kept)| kept.version().number())
            .collect();
        assert_eq!(versions, [0, 16, 32, 48, 64, 80, 96]);
    }
}
