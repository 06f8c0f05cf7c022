//! Which versions of a run are evaluated, and how it is found out that a target is reached.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use ps_core::{ModelObserver, Objective, Scalar, Snapshot};
use workers::StopHandle;

use crate::error::ConfigError;
use crate::evaluation::{
    AtOnceEvaluator, Evaluator, Kept, Newest, Results, VersionKeeper, watch_target,
};
use crate::warning::Warning;
use trace::statistics::Shared;
use trace::{Clock, Evaluation, Target};

/// Evaluated versions of a run if nothing else is asked for.
const DEFAULT_EVALUATIONS: u64 = 100;

/// What was asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) clock: Clock,
    pub(crate) every: Option<u64>,
    pub(crate) updates: Option<u64>,
    /// Whether the time may end the run before the updates do.
    pub(crate) is_timed: bool,
    pub(crate) target: Target,
    /// Whether evaluated versions are hashed, for a trace.
    pub(crate) hashes: bool,
}

/// The evaluations of a run, from its beginning to its end.
pub(crate) struct Measurement<T: Scalar> {
    plan: Plan,
    objective: Option<Arc<dyn Objective<T>>>,
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

impl Measured {
    /// The smallest gradient norm of an evaluated version.
    pub(crate) fn smallest_norm(&self) -> Option<f64> {
        let norms = self.evaluations.iter().map(|e| e.gradient_norm);
        norms.reduce(f64::min)
    }
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
        plan: Plan,
        stop: &StopHandle,
        watching: &mut Vec<Box<dyn ModelObserver<T>>>,
    ) -> Result<Self, ConfigError> {
        let mut watch = None;
        let updates = plan.updates.filter(|_| !plan.is_timed);
        let by_default = updates.map(|updates| (updates / DEFAULT_EVALUATIONS).max(1));
        let every = plan.every.or(by_default);
        let collected = match (&objective, plan.clock, every) {
            (Some(objective), Clock::Virtual, every) if every.is_some() || plan.target.is_set() => {
                let results = Shared::new(Results::default());
                let evaluator = Evaluator::new(Arc::clone(objective), plan.hashes);
                let (every, handle) = (every.unwrap_or(1), results.handle());
                watching.push(Box::new(AtOnceEvaluator {
                    evaluator,
                    every,
                    target: plan.target,
                    results: handle,
                }));
                Collected::AtOnce(results)
            }
            (Some(objective), _, every) => {
                let at_most = if plan.every.is_some() {
                    u64::MAX
                } else {
                    2 * DEFAULT_EVALUATIONS
                };
                let kept = Shared::new(Kept::new(every.unwrap_or(1), at_most, objective.dim()));
                let mut keeper = VersionKeeper {
                    kept: kept.handle(),
                    newest: None,
                };
                if plan.target.is_set() {
                    let (newest, versions) = Newest::new();
                    let evaluator = Evaluator::new(Arc::clone(objective), plan.hashes);
                    let (target, stop) = (plan.target, stop.clone());
                    let side_thread = thread::Builder::new().name("target".to_owned());
                    let started = side_thread.spawn(move || {
                        let _rescue = StopOnPanic(stop.clone());
                        let watch = || watch_target(evaluator, target, &versions, &stop);
                        // One core at most, so that the workers keep theirs.
                        match rayon::ThreadPoolBuilder::new().num_threads(1).build() {
                            Ok(one_thread) => one_thread.install(watch),
                            Err(_) => watch(),
                        }
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
            plan,
            objective,
            collected,
            watch,
        })
    }

    /// What is evaluated, if anything is.
    pub(crate) fn objective(&self) -> Option<&Arc<dyn Objective<T>>> {
        self.objective.as_ref()
    }

    /// Evaluates what was kept, and the last version. The run is over and its observers are gone.
    pub(crate) fn finish(self, last: &Snapshot<T>) -> Measured {
        let Some(objective) = self.objective else {
            return Measured::default();
        };
        // A panic of the objective goes on here, as it does in virtual time.
        let reached = self
            .watch
            .map(|watch| watch.join().unwrap_or_else(|panic| resume_unwind(panic)));
        let reached = reached.flatten();
        let mut evaluator = Evaluator::new(Arc::clone(&objective), self.plan.hashes);
        let mut warning = None;
        let (mut evaluations, latest) = match self.collected {
            Collected::AtOnce(results) => {
                let results = results.with(std::mem::take);
                (results.evaluations, results.latest)
            }
            Collected::Kept(kept) => kept.with(|kept| {
                let asked = self.plan.every.filter(|&asked| asked != kept.stride);
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
            .find(|e| self.plan.target.reached(e).is_some());
        Measured {
            accuracy: objective.accuracy(last.values()),
            time_to_target: at_target.map(|e| e.time),
            evaluations,
            warning,
        }
    }
}
