//! Measuring loss and gradient norm, never on the server's path of a real run.
//!
//! On the real clock snapshots are kept (a pointer each) and evaluated after the clock has stopped;
//! a target that is to end the run is watched on a side thread. In virtual time an evaluation costs
//! no time, so it happens at once.

use std::cmp::Reverse;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender};
use ps_core::{ModelObserver, Objective, Scalar, Snapshot, StopReason, Version, guarded};
use workers::{StopHandle, Stopwatch};

use crate::grid::Grid;
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
    pub(crate) grid: Grid,
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
        let is_due = self.grid.takes(snapshot.version().number());
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

/// Versions to be evaluated later, those of a grid: of a coarser one when there are too many.
#[derive(Debug)]
pub(crate) struct Kept<T> {
    pub(crate) versions: VecDeque<(Duration, Snapshot<T>)>,
    pub(crate) grid: Grid,
    /// When the newest version was published.
    pub(crate) latest: Duration,
    /// From when on the side thread that watches a target wants a version; it does not while it
    /// evaluates one.
    pub(crate) due: Duration,
    cap: usize,
}

/// At most this much memory for versions that wait to be evaluated.
const MEMORY_FOR_KEPT: usize = 1 << 30;
/// What a version costs beside its parameters, roughly.
const BESIDE_PARAMETERS: usize = 128;

impl<T: Scalar> Kept<T> {
    /// Nothing yet, of models of this size; if a target is watched, from the first version on.
    pub(crate) fn new(grid: Grid, dim: usize, is_watched: bool) -> Self {
        let cap = MEMORY_FOR_KEPT / (dim * size_of::<T>() + BESIDE_PARAMETERS);
        Self {
            versions: VecDeque::new(),
            grid,
            latest: Duration::ZERO,
            due: if is_watched {
                Duration::ZERO
            } else {
                Duration::MAX
            },
            cap: cap.max(1),
        }
    }

    fn offer(&mut self, time: Duration, snapshot: &Snapshot<T>) {
        self.latest = time;
        if !self.grid.takes(snapshot.version().number()) {
            return;
        }
        self.versions.push_back((time, snapshot.clone()));
        if self.versions.len() > self.cap {
            let mut grid = self.grid.coarser();
            self.versions
                .retain(|(_, kept)| grid.takes(kept.version().number()));
            self.grid = grid;
        }
    }
}

/// On the real clock: keeps versions, and shows one to the side thread that watches a target
/// whenever that wants one.
pub(crate) struct VersionKeeper<T: Scalar> {
    pub(crate) kept: Shared<Kept<T>>,
    /// At its other end the side thread takes versions out.
    pub(crate) newest: Option<Sender<(Duration, Snapshot<T>)>>,
}

impl<T: Scalar> ModelObserver<T> for VersionKeeper<T> {
    fn wants(&self, version: Version) -> bool {
        self.kept
            .with(|kept| kept.due < Duration::MAX || kept.grid.has(version.number()))
    }

    fn published(&mut self, time: Duration, snapshot: &Snapshot<T>) -> Option<StopReason> {
        let is_due = self.kept.with(|kept| {
            kept.offer(time, snapshot);
            let is_due = time >= kept.due;
            if is_due {
                kept.due = Duration::MAX;
            }
            is_due
        });
        if let (true, Some(newest)) = (is_due, &self.newest) {
            let _ = newest.try_send((time, snapshot.clone()));
        }
        None
    }
}

/// Watches a target beside a run, on a thread of its own.
pub(crate) struct Watch<T: Scalar> {
    pub(crate) evaluator: Evaluator<T>,
    pub(crate) target: Target,
    pub(crate) kept: Shared<Kept<T>>,
    pub(crate) n_workers: usize,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Watched {
    /// The version that reached the target.
    pub(crate) reached: Option<Evaluation>,
    /// That the objective panicked: the run may have been over by then, or ended by somebody else.
    pub(crate) panicked: Option<StopReason>,
    /// The time that evaluations took.
    pub(crate) spent: Duration,
}

/// At most this share of the workers' time goes into evaluations, so that what is measured is hardly
/// changed.
const SHARE_OF_WORKERS: f64 = 0.02;

impl<T: Scalar> Watch<T> {
    /// Evaluates versions, each the newest when its time has come, and stops the run when one is
    /// good enough.
    pub(crate) fn run(
        mut self,
        versions: &Receiver<(Duration, Snapshot<T>)>,
        stop: &StopHandle,
    ) -> Watched {
        let clock = Stopwatch::start();
        let mut watched = Watched::default();
        for (time, snapshot) in versions {
            let begun = clock.now();
            let evaluation = self.evaluator.evaluate(time, &snapshot);
            let took = clock.now() - begun;
            watched.spent += took;
            let reason = match &evaluation {
                Ok(evaluation) => self.target.reached(evaluation),
                Err(panicked) => Some(panicked.clone()),
            };
            if let Some(reason) = reason {
                stop.stop_because(reason);
                watched.panicked = evaluation.as_ref().err().cloned();
                watched.reached = evaluation.ok();
                break;
            }
            let share = SHARE_OF_WORKERS * self.n_workers as f64;
            let due = (watched.spent + took).div_f64(share);
            self.kept.with(|kept| kept.due = due);
        }
        watched
    }
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
    use crate::grid::Step;

    /// The versions that are kept of the first hundred, if there is room for eight.
    fn kept(step: Step) -> Vec<u64> {
        let mut kept = Kept::<f64>::new(Grid::new(step), 1, false);
        kept.cap = 8;
        for version in 0..100 {
            let version = Buffer::zeros(1).freeze(Version::new(version));
            kept.offer(Duration::ZERO, &version);
        }
        let versions = kept.versions.iter();
        versions.map(|(_, kept)| kept.version().number()).collect()
    }

    #[test]
    fn kept_versions_are_thinned_evenly_when_there_are_too_many() {
        assert_eq!(kept(Step::Every(1)), [0, 16, 32, 48, 64, 80, 96]);
        assert_eq!(kept(Step::Percent(1)), [0, 1, 4, 18, 50]);
    }
}
