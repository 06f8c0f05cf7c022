//! Which versions of a run are evaluated, and how it is found out that a target is reached.

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::bounded;
use ps_core::{ModelObserver, Objective, Scalar, Snapshot, StopReason};
use workers::{StopHandle, Stopwatch};

use crate::error::ConfigError;
use crate::evaluation::{
    AtOnceEvaluator, Evaluator, Kept, Results, VersionKeeper, evaluate_kept, objective_of,
    watch_target,
};
use crate::one_core::OneCore;
use crate::warning::Warning;
use trace::statistics::Shared;
use trace::write::EvaluationFeeder;
use trace::{Clock, Evaluation, RunSpec};

/// Evaluated versions of a run if nothing else is asked for.
const DEFAULT_EVALUATIONS: u64 = 100;
/// For so long a run that is over may be evaluated, however short it was.
const AT_MOST: Duration = Duration::from_secs(10);

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
    pub(crate) warnings: Vec<Warning>,
    /// That the objective panicked.
    pub(crate) panicked: Option<StopReason>,
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

    /// Evaluates what was kept, and the last version first. The run is over, and its observers are
    /// gone. It takes no longer than [`AT_MOST`] or a tenth of the run's time, but for that last one, and
    /// ends when somebody asks for it.
    pub(crate) fn finish(
        self,
        spec: &RunSpec,
        last: &Snapshot<T>,
        time: Duration,
        stop: &StopHandle,
    ) -> Measured {
        let Some(objective) = self.objective else {
            return Measured::default();
        };
        let reached = self.watch.and_then(|watch| watch.join().ok()).flatten();
        // A request that came as the run ended is no wish to leave out what follows.
        let late = stop.poll();
        let mut evaluator = Evaluator::new(Arc::clone(&objective), self.hashes);
        let mut measured = Measured {
            panicked: late.filter(StopReason::is_failure),
            ..Measured::default()
        };
        let evaluated = match self.collected {
            Collected::AtOnce(results) => {
                let Results {
                    evaluations,
                    latest,
                    ..
                } = results.with(std::mem::take);
                measured.evaluations = evaluations;
                measured.add_last(&mut evaluator, latest, last)
            }
            Collected::Kept(kept) => kept.with(|kept| {
                let asked = spec.evaluate_every.filter(|&asked| asked != kept.stride);
                measured
                    .warnings
                    .extend(asked.map(|asked| Warning::Thinned {
                        asked,
                        done: kept.stride,
                    }));
                let clock = Stopwatch::start();
                let budget = AT_MOST.max(time / 10);
                let is_enough = || clock.now() > budget || stop.poll().is_some();
                measured.add_last(&mut evaluator, kept.latest, last)?;
                // The last is done, and may be among them.
                let is_last = |(_, version): &(_, Snapshot<T>)| version.version() == last.version();
                kept.versions.pop_back_if(|kept| is_last(kept));
                let before = evaluate_kept(&mut evaluator, &kept.versions, is_enough)?;
                let (done, of) = (before.len() + 1, kept.versions.len() + 1);
                let cut = (done < of).then(|| Warning::EvaluationsCut {
                    done,
                    of,
                    seconds: clock.now().as_secs_f64(),
                });
                measured.warnings.extend(cut);
                measured.evaluations.splice(..0, before);
                Ok(())
            }),
        };
        // The version that ended the run may have been thinned out since.
        reached.into_iter().for_each(|it| measured.put(it));
        let at_target = measured.evaluations.iter();
        let at_target = at_target.filter(|e| spec.end.target.reached(e).is_some());
        measured.time_to_target = at_target.map(|e| e.time).next();
        let accuracy = evaluated.and_then(|()| objective_of(|| objective.accuracy(last.values())));
        match accuracy {
            Ok(accuracy) => measured.accuracy = accuracy,
            Err(panicked) => measured.panicked = Some(panicked),
        }
        measured
    }
}

impl Measured {
    /// Adds the evaluation of a version, unless it is known.
    fn put(&mut self, evaluation: Evaluation) {
        let (known, version) = (&mut self.evaluations, evaluation.version);
        if let Err(position) = known.binary_search_by_key(&version, |it| it.version) {
            known.insert(position, evaluation);
        }
    }

    /// Evaluates the last version, unless it was.
    fn add_last<T: Scalar>(
        &mut self,
        evaluator: &mut Evaluator<T>,
        time: Duration,
        last: &Snapshot<T>,
    ) -> Result<(), StopReason> {
        let known = self.evaluations.last().map(|e| e.version);
        if known != Some(last.version()) {
            self.evaluations.push(evaluator.evaluate(time, last)?);
        }
        Ok(())
    }
}
