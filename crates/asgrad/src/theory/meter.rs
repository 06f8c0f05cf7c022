//! Measures the constants of theory along a recorded run.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use methods::Method;
use ps_core::{ModelObserver, Objective, Scalar, Seed, Snapshot, StopReason};

use super::bound::{Path, bound, step_sizes};
use super::gradients::{Gradients, Survey};
use super::report::{Ages, Deviations, Theory};
use super::schedule::Schedule;
use super::sequence::{delay_variance, sequence_correlation};
use super::smoothness::smoothness;
use super::times::{times, whole};
use super::vectors::{largest, mean};
use super::{TheoryError, evenly};
use crate::replay::Replay;
use crate::replay::ReplayError;
use crate::setters::setters;
use trace::Trace;
use trace::statistics::Shared;

/// Number of versions at which gradients are computed: enough for a mean, at the price of twenty
/// passes over the data and twenty times the draws.
const MAX_VERSIONS: usize = 20;
/// Number of numbers that are kept, half a gibibyte: the gradient of each worker at each version.
const MAX_NUMBERS: usize = 1 << 26;
/// Number of stochastic gradients that are drawn of each worker at each version.
const DEFAULT_DRAWS: u32 = 16;

/// Measures what theory says of a recorded run, by replaying it.
///
/// # Examples
/// ```
/// use asgrad::prelude::*;
/// use asgrad::Trace;
/// use asgrad::problems::Quadratic;
/// use asgrad::theory::TheoryMeter;
///
/// let path = std::env::temp_dir().join("asgrad-doc-theory.jsonl");
/// let problem = || Quadratic::<f64>::new(&[3.0, -3.0]);
/// Experiment::with_objective(problem()).trace(&path).run()?;
///
/// let theory = TheoryMeter::new(&Trace::open(&path)?, problem()).measure()?;
/// assert!((theory.smoothness.largest - 1.0).abs() < 1e-6);
/// assert!((theory.heterogeneity.mean - 9.0).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct TheoryMeter<T: Scalar = f64> {
    trace: Trace,
    objective: Arc<dyn Objective<T>>,
    start: Option<Vec<T>>,
    draws: u32,
    target: Option<f64>,
    method: Option<Box<dyn Method>>,
}

ps_core::debug_fields!([T: Scalar] TheoryMeter<T>: trace, draws, target);

ps_core::compiled! {
    fn measure<T>(meter: TheoryMeter<T>) -> Result<Theory, TheoryError> {
        meter.measure_here()
    }
}

impl<T: Scalar> TheoryMeter<T> {
    /// A meter for this trace, with the objective that it was recorded with.
    pub fn new(trace: &Trace, objective: impl Objective<T> + 'static) -> Self {
        Self {
            trace: trace.clone(),
            objective: Arc::new(objective),
            start: None,
            draws: DEFAULT_DRAWS,
            target: None,
            method: None,
        }
    }

    setters! {
        /// The first model of the run, if it was not zero.
        fn start(self, parameters: Vec<T>) { self.start = Some(parameters) }

        /// The method of the run, if it has none of the names that there are.
        fn own_method(self, method: Box<dyn Method>) { self.method = Some(method) }

        /// Draws this many stochastic gradients of each worker at each version, instead of 16; at
        /// least
        /// 2.
        fn draws(self, draws: u32) { self.draws = draws.max(2) }

        /// Says how long it takes to come to `‖∇f‖² ≤ target`, instead of to the smallest of the
        /// run.
        fn target(self, target: f64) { self.target = Some(target) }
    }

    /// Replays the run and measures.
    ///
    /// It looks at up to 20 of the evaluated versions (of all versions, if none were evaluated),
    /// fewer where models and workers are so many that the gradients would not fit half a gibibyte.
    ///
    /// # Errors
    /// If the trace cannot be replayed to its end with this objective, no gradient reached the
    /// model, or gradients cannot be computed or those of one version do not fit; or if the target
    /// is no squared norm.
    pub fn measure(self) -> Result<Theory, TheoryError> {
        measure(self)
    }

    fn measure_here(mut self) -> Result<Theory, TheoryError> {
        let is_bad = |target: &f64| !(0.0..f64::INFINITY).contains(target);
        if let Some(target) = self.target.filter(is_bad) {
            return Err(TheoryError::BadTarget(target));
        }
        if self.trace.header().is_hogwild() {
            return Err(ReplayError::Hogwild.into());
        }
        let schedule = Schedule::read(&self.trace)?;
        let points = self.replay(&schedule)?;
        if schedule.gradients() == 0 {
            return Err(TheoryError::NoGradients);
        }
        let header = self.trace.header();
        let seed = Seed::new(header.spec.seed);
        let objective = &*self.objective;
        let mut gradients = Gradients::new(objective, header.workers(), self.draws, seed);
        let (points, surveys) = survey(&mut gradients, points)?;
        let smoothness = smoothness(&mut gradients, &points, &surveys);
        let noise = deviations(&surveys, |survey| survey.noise.clone());
        let heterogeneity = deviations(&surveys, Survey::heterogeneity);

        let used = schedule.step_size();
        let period = whole((1.0 / (smoothness.largest * used)).round());
        let period = usize::try_from(period).unwrap_or(usize::MAX);
        let sequence = sequence_correlation(&schedule.jobs, &surveys, period);
        let variance = delay_variance(&schedule, &surveys);
        let ages = Ages {
            oldest: schedule.oldest,
            concurrency: schedule.concurrency,
        };
        let (path, n) = (Path::new(&schedule, &surveys), schedule.gradients());
        let has_plain_steps =
            header.spec.corrections.is_empty() && header.spec.optimizers.is_empty();
        Ok(Theory {
            method: header.method(),
            workers: header.workers(),
            dimension: objective.dim(),
            versions: surveys.iter().map(|survey| survey.version).collect(),
            draws: self.draws,
            worker_gradients_are_exact: surveys.iter().all(|survey| survey.is_exact),
            step_sizes: step_sizes(smoothness.largest, ages, used),
            bound: has_plain_steps
                .then(|| bound(&path, n, used, &smoothness, &noise, &sequence, &variance)),
            times: times(&schedule, &path, &smoothness, &noise, self.target),
            smoothness,
            noise,
            heterogeneity,
            sequence_correlation: sequence,
            delay_variance: variance,
            ages,
        })
    }

    /// The models of some versions, by running the whole run again.
    fn replay(&mut self, schedule: &Schedule) -> Result<Vec<Snapshot<T>>, TheoryError> {
        let wanted = self.versions(schedule)?;
        let kept = Shared::new(Vec::with_capacity(wanted.len()));
        let mut replay = Replay::new(&self.trace)
            .oracle(Arc::clone(&self.objective))
            .model_observer(Keeper {
                wanted,
                kept: kept.clone(),
            });
        if let Some(start) = &self.start {
            replay = replay.start(start.clone());
        }
        if let Some(method) = self.method.take() {
            replay = replay.own_method(method);
        }
        match replay.run()?.divergence {
            Some(divergence) => Err(TheoryError::Diverged(divergence)),
            None => Ok(kept.with(std::mem::take)),
        }
    }

    fn versions(&self, schedule: &Schedule) -> Result<BTreeSet<u64>, TheoryError> {
        let (workers, parameters) = (self.trace.header().workers(), self.objective.dim());
        let numbers = workers.saturating_mul(parameters);
        if numbers > MAX_NUMBERS {
            return Err(TheoryError::TooLarge {
                workers,
                parameters,
                most: MAX_NUMBERS,
            });
        }
        let most = (MAX_NUMBERS / numbers.max(1)).min(MAX_VERSIONS);
        let evaluations = schedule.evaluations.iter();
        let finite = evaluations.filter(|evaluation| evaluation.loss.is_finite());
        let evaluated: BTreeSet<u64> = finite.map(|it| it.version.number()).collect();
        let versions: Vec<u64> = if evaluated.is_empty() {
            (0..=schedule.last_version()).collect()
        } else {
            evaluated.into_iter().collect()
        };
        let picked = evenly(versions.len(), most);
        Ok(picked.into_iter().map(|index| versions[index]).collect())
    }
}

/// Keeps the models of the versions that are wanted.
struct Keeper<T: Scalar> {
    wanted: BTreeSet<u64>,
    kept: Shared<Vec<Snapshot<T>>>,
}

impl<T: Scalar> ModelObserver<T> for Keeper<T> {
    fn published(&mut self, _time: Duration, snapshot: &Snapshot<T>) -> Option<StopReason> {
        if self.wanted.contains(&snapshot.version().number()) {
            self.kept.with(|kept| kept.push(snapshot.clone()));
        }
        None
    }
}

type Surveyed<T> = (Vec<Snapshot<T>>, Vec<Survey>);

/// Looks at each version, and lets go of those where a number is not finite.
fn survey<T: Scalar>(
    gradients: &mut Gradients<'_, T>,
    points: Vec<Snapshot<T>>,
) -> Result<Surveyed<T>, TheoryError> {
    let (mut finite, mut surveys) = (Vec::new(), Vec::new());
    for point in points {
        let found = gradients.survey(&point);
        let found = found.map_err(|(worker, source)| TheoryError::Oracle { worker, source })?;
        if let Some(survey) = found {
            finite.push(point);
            surveys.push(survey);
        }
    }
    if surveys.is_empty() {
        Err(TheoryError::NotFinite)
    } else {
        Ok((finite, surveys))
    }
}

fn deviations(surveys: &[Survey], of: impl Fn(&Survey) -> Vec<f64>) -> Deviations {
    let all: Vec<Vec<f64>> = surveys.iter().map(of).collect();
    let n_workers = all.first().map_or(0, Vec::len);
    let per_worker: Vec<f64> = (0..n_workers)
        .map(|worker| mean(all.iter().map(|values| values[worker])))
        .collect();
    // Estimates of a square, some of which come out below 0: their mean is not biased until it is
    // cut.
    Deviations {
        mean: mean(per_worker.iter().copied()).max(0.0),
        largest: largest(all.into_iter().flatten()),
        per_worker: per_worker.into_iter().map(|value| value.max(0.0)).collect(),
    }
}
