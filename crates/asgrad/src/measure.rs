//! Which versions of a run are evaluated, and how it is found out that a target is reached.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::bounded;
use ps_core::{ModelObserver, Objective, Scalar, Snapshot};
use workers::StopHandle;

use crate::error::ConfigError;
use crate::evaluation::{AtOnceEvaluator, Evaluator, Kept, Results, VersionKeeper, watch_target};
use crate::one_core::OneCore;
use crate::warning::Warning;
use trace::statistics::Shared;
use trace::write::EvaluationFeeder;
use trace::{Clock, Evaluation, RunSpec};

/// Evaluated versions of a run if nothing else is asked for.
const DEFAULT_EVALUATIONS: u64 = 100;

/// The evaluations of a run, from its beginning to its end.
pub(crate) struct Measurement<T: Scalar> {
    pub(crate) objective: Option<Arc<dyn Objective<T>>>,
    /// Whether evaluated versions are hashed, for a trace.
    hashes: bool,
    collected: Collected<T>,
    /// The side thread that watches the target, with the version that reached it.
    watch: Option<JoinHandle<Option<Evaluation>>>,
}

enum Collected<T> {
    /// Evaluated on the spot: virtual time.
    AtOnce(Shared<Results>),
    /// Kept, to be evaluated after the run.
    Kept(Shared<Kept<T>>),
}

/// What came out of it.
#[derive(Default)]
pub(crate) struct Measured {
    pub(crate) evaluations: Vec<Evaluation>,
    pub(crate) accuracy: Option<f64>,
    pub(crate) time_to_target: Option<Duration>,
    pub(crate) warning: Option<Warning>,
}

/// Ends the run if the side thread panics: nobody else would notice.
struct StopOnPanic(StopHandle);

impl Drop for StopOnPanic {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.stop();
        }
    }
}

impl<T: Scalar> Measurement<T> {
    /// Has the versions of this run watched.
    pub(crate) fn begin(
        objective: Option<Arc<dyn Objective<T>>>,
        spec: &RunSpec,
        hashes: bool,
        stop: &StopHandle,
        watching: &mut Vec<Box<dyn ModelObserver<T>>>,
    ) -> Result<Self, ConfigError> {
        let mut watch = None;
        let target = spec.end.target;
        // Time or gradients may end the run before the updates do.
        let may_end_before = spec.end.time_limit.is_some() || spec.end.gradients.is_some();
        let updates = spec.end.updates.filter(|_| !may_end_before);
        let by_default = updates.map(|updates| (updates / DEFAULT_EVALUATIONS).max(1));
        let every = spec.evaluate_every.or(by_default);
        let collected = match (&objective, spec.driver.clock(), every) {
            (Some(objective), Clock::Virtual, every) if every.is_some() || target.is_set() => {
                let results = Shared::new(Results::default());
                let evaluator = Evaluator::new(Arc::clone(objective), hashes);
                let (every, handle) = (every.unwrap_or(1), results.clone());
                watching.push(Box::new(AtOnceEvaluator {
                    evaluator,
                    every,
                    target,
                    results: handle,
                }));
                Collected::AtOnce(results)
            }
            (Some(objective), _, every) => {
                let at_most = if spec.evaluate_every.is_some() {
                    u64::MAX
                } else {
                    2 * DEFAULT_EVALUATIONS
                };
                let kept = Shared::new(Kept::new(every.unwrap_or(1), at_most, objective.dim()));
                let mut keeper = VersionKeeper {
                    kept: kept.clone(),
                    newest: None,
                };
                if target.is_set() {
                    let (newest, versions) = bounded(1);
                    let evaluator = Evaluator::new(Arc::clone(objective), hashes);
                    let stop = stop.clone();
                    let side_thread = thread::Builder::new().name("target".to_owned());
                    let started = side_thread.spawn(move || {
                        let _rescue = StopOnPanic(stop.clone());
                        let watch = || watch_target(evaluator, target, &versions, &stop);
                        OneCore::new().run(watch)
                    });
                    watch = Some(started.map_err(|source| ConfigError::Thread { source })?);
                    keeper.newest = Some(newest);
                }
                watching.push(Box::new(keeper));
                Collected::Kept(kept)
            }
            (None, ..) => Collected::AtOnce(Shared::new(Results::default())),
        };
        Ok(Self {
            objective,
            hashes,
            collected,
            watch,
        })
    }

    /// Has evaluations written to a trace as they are made, where they are made during the run.
    pub(crate) fn write_along(&self, trace: Option<EvaluationFeeder>) {
        if let Collected::AtOnce(results) = &self.collected {
            results.with(|results| results.trace = trace);
        }
    }

    /// Evaluates what was kept, and the last version. The run is over and its observers are gone.
    pub(crate) fn finish(self, spec: &RunSpec, last: &Snapshot<T>) -> Measured {
        let Some(objective) = self.objective else {
            return Measured::default();
        };
        // A panic of the objective goes on here, as it does in virtual time.
        let reached = self
            .watch
            .map(|watch| watch.join().unwrap_or_else(|panic| resume_unwind(panic)));
        let reached = reached.flatten();
        let mut evaluator = Evaluator::new(Arc::clone(&objective), self.hashes);
        let mut warning = None;
        let (mut evaluations, latest) = match self.collected {
            Collected::AtOnce(results) => {
                let results = results.with(std::mem::take);
                (results.evaluations, results.latest)
            }
            Collected::Kept(kept) => kept.with(|kept| {
                let asked = spec.evaluate_every.filter(|&asked| asked != kept.stride);
                warning = asked.map(|asked| Warning::Thinned {
                    asked,
                    done: kept.stride,
                });
                let versions = kept.versions.iter();
                let evaluate = |(time, version): &(_, _)| evaluator.evaluate(*time, version);
                (versions.map(evaluate).collect::<Vec<_>>(), kept.latest)
            }),
        };
        // The version that ended the run may have been thinned out since.
        if let Some(reached) = reached
            && let Err(position) = evaluations.binary_search_by_key(&reached.version, |e| e.version)
        {
            evaluations.insert(position, reached);
        }
        if evaluations
            .last()
            .is_none_or(|e| e.version != last.version())
        {
            evaluations.push(evaluator.evaluate(latest, last));
        }
        let at_target = evaluations
            .iter()
            .find(|e| spec.end.target.reached(e).is_some());
        Measured {
            accuracy: objective.accuracy(last.values()),
            time_to_target: at_target.map(|e| e.time),
            evaluations,
            warning,
        }
    }
}
