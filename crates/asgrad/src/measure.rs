//! Which versions of a run are evaluated, and how it is found out that a target is reached.

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::bounded;
use ps_core::{ModelObserver, Objective, Scalar, Snapshot, StopReason};
use workers::{StopHandle, Stopwatch};

use crate::error::ConfigError;
use crate::evaluation::{
    AtOnceEvaluator, Evaluator, Kept, Results, VersionKeeper, Watch, Watched, evaluate_kept,
    objective_of,
};
use crate::grid::{Grid, Step};
use crate::one_core::OneCore;
use crate::warning::Warning;
use trace::statistics::Shared;
use trace::write::EvaluationFeeder;
use trace::{Clock, Evaluation, RunSpec};

/// For so long a run that is over may be evaluated, however short it was.
const AT_MOST: Duration = Duration::from_secs(10);
/// A run that went on for this share of its time after it had reached its target was stopped late.
const LATE: f64 = 0.05;

/// The evaluations of a run, from its beginning to its end.
pub(crate) struct Measurement<T: Scalar> {
    pub(crate) objective: Option<Arc<dyn Objective<T>>>,
    /// Whether evaluated versions are hashed, for a trace.
    hashes: bool,
    collected: Collected<T>,
    /// The side thread that watches the target.
    watch: Option<JoinHandle<Watched>>,
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
    /// How long versions were evaluated while the run went on.
    pub(crate) evaluating: Duration,
    pub(crate) warnings: Vec<Warning>,
    /// That the objective panicked.
    pub(crate) panicked: Option<StopReason>,
}

impl<T: Scalar> Measurement<T> {
    /// Has the versions of this run watched, those of the grid to be evaluated.
    pub(crate) fn begin(
        objective: Option<Arc<dyn Objective<T>>>,
        spec: &RunSpec,
        grid: Grid,
        hashes: bool,
        stop: &StopHandle,
        watching: &mut Vec<Box<dyn ModelObserver<T>>>,
    ) -> Result<Self, ConfigError> {
        let mut watch = None;
        let target = spec.end.target;
        let collected = match (&objective, spec.driver.clock()) {
            (Some(objective), Clock::Virtual) => {
                let results = Shared::new(Results::default());
                watching.push(Box::new(AtOnceEvaluator {
                    evaluator: Evaluator::new(Arc::clone(objective), hashes),
                    grid,
                    target,
                    results: results.clone(),
                }));
                Collected::AtOnce(results)
            }
            (Some(objective), Clock::Real) => {
                let kept = Shared::new(Kept::new(grid, objective.dim(), target.is_set()));
                let mut keeper = VersionKeeper {
                    kept: kept.clone(),
                    newest: None,
                };
                if target.is_set() {
                    let (newest, versions) = bounded(1);
                    let of_run = Watch {
                        evaluator: Evaluator::new(Arc::clone(objective), hashes),
                        target,
                        kept: kept.clone(),
                        n_workers: spec.workers.unwrap_or(1),
                    };
                    let stop = stop.clone();
                    let side_thread = thread::Builder::new().name("target".to_owned());
                    let watching = move || OneCore::new().run(|| of_run.run(&versions, &stop));
                    let started = side_thread.spawn(watching);
                    watch = Some(started.map_err(|source| ConfigError::Thread { source })?);
                    keeper.newest = Some(newest);
                }
                watching.push(Box::new(keeper));
                Collected::Kept(kept)
            }
            (None, _) => Collected::AtOnce(Shared::new(Results::default())),
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
        let watched = self.watch.and_then(|watch| watch.join().ok());
        let watched = watched.unwrap_or_default();
        // A request that came as the run ended is no wish to leave out what follows.
        stop.poll();
        let mut evaluator = Evaluator::new(Arc::clone(&objective), self.hashes);
        let mut measured = Measured {
            panicked: watched.panicked,
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
                let thinned = thinned(spec.evaluate_every, kept.grid.step);
                measured.warnings.extend(thinned);
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
        watched.reached.into_iter().for_each(|it| measured.put(it));
        measured.time_to_target = spec.end.target.time(&measured.evaluations);
        measured.evaluating = watched.spent;
        measured.warn_of_a_late_stop(watched.reached.is_some(), time);
        let accuracy = evaluated.and_then(|()| objective_of(|| objective.accuracy(last.values())));
        match accuracy {
            Ok(accuracy) => measured.accuracy = accuracy,
            Err(panicked) => measured.panicked = Some(panicked),
        }
        measured
    }
}

/// That fewer versions were kept than were to be.
fn thinned(asked: Option<u64>, step: Step) -> Option<Warning> {
    match (asked, step) {
        (Some(asked), Step::Every(done)) if done > asked => Some(Warning::Thinned { asked, done }),
        (_, Step::Percent(percent @ 2..)) => Some(Warning::Coarse { percent }),
        _ => None,
    }
}

impl Measured {
    /// Says so where a run that its target ended went on after that for a while.
    fn warn_of_a_late_stop(&mut self, is_stopped_by_target: bool, end: Duration) {
        let reached = self.time_to_target.filter(|_| is_stopped_by_target);
        let late = reached.filter(|reached| *reached < end.mul_f64(1.0 - LATE));
        let warning = late.map(|reached| Warning::LateStop {
            reached: reached.as_secs_f64(),
            stopped: end.as_secs_f64(),
        });
        self.warnings.extend(warning);
    }

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
