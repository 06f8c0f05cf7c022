//! Which method, step size and threshold would have been best on the machine of a recorded run, and
//! whether asynchrony is worth it there.
//!
//! All of it happens in virtual time: every candidate trains the recorded problem on workers that
//! take the recorded times, for as long as the run was recorded. The step size of each is tuned with
//! one seed and all are compared with that seed; the best and the baselines are then compared with
//! all seeds.

mod advice;
mod candidates;
mod text;

use std::any::Any;
use std::time::Duration;

use ps_core::Scalar;

use crate::compare::{
    CompareError, CompareObserver, Compared, Comparison, Run, SetupError, Stage, Tuned,
};
use crate::replay::WhatIf;
use crate::session::Session;
use crate::setters::setters;
use crate::summary::Summary;
use trace::{Algorithm, Clock, End};

pub use advice::{Advice, Candidate};

/// Number of candidates that are compared with all seeds, besides the baselines.
const BEST: usize = 10;

/// Advice to be had: on which recorded run, and which methods are candidates.
///
/// # Examples
/// ```
/// use asgrad::advise::Advisor;
/// use asgrad::prelude::*;
/// use asgrad::replay::WhatIf;
/// use asgrad::Trace;
///
/// let path = std::env::temp_dir().join("asgrad-doc-advise.jsonl");
/// let mut spec = RunSpec::default();
/// for (name, text) in [("problem", "quadratic:1,2,6"), ("compute", "fixed"), ("clock", "virtual"), ("updates", "60")] {
///     spec.set(name, text)?;
/// }
/// Experiment::<f64>::of(spec)?.trace(&path).run()?;
///
/// let what_if = WhatIf::<f64>::of(&Trace::open(&path)?, None)?;
/// let advice = Advisor::on(&what_if).methods(["iag".parse()?, "ringleader".parse()?]).repeat(1).advise()?;
/// println!("{advice}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Advisor<'a, T: Scalar = f64> {
    what_if: &'a WhatIf<T>,
    candidates: Vec<Algorithm>,
    /// Whether somebody named the candidates: then one that cannot be run is an error.
    are_named: bool,
    duration: Duration,
    seed: u64,
    repeat: u64,
}

impl<'a, T: Scalar> Advisor<'a, T> {
    /// On this machine and problem. Candidates are all named methods, each with several values of
    /// its batch, buffer or threshold.
    pub fn on(what_if: &'a WhatIf<T>) -> Self {
        let past = &what_if.past;
        Self {
            what_if,
            candidates: candidates::all(past.header.workers()),
            are_named: false,
            duration: past.known_duration,
            seed: past.header.spec.seed,
            repeat: 3,
        }
    }

    setters! {
        /// Candidates are these methods: one whose batch, buffer or threshold is not given is tried
        /// with several. Mini-batch SGD, SGD and the recorded method are always beside them.
        fn methods(self, methods: impl IntoIterator<Item = Algorithm>) {
            self.candidates = candidates::expanded(methods, self.what_if.past.header.workers());
            self.are_named = true;
        }

        /// How long each candidate runs. Default: as long as the run was recorded.
        fn duration(self, duration: Duration) { self.duration = duration }

        /// The first seed, which is also that of tuning. Default: that of the recorded run.
        fn seed(self, seed: u64) { self.seed = seed }

        /// How many seeds the best candidates run with. Default: 3.
        fn repeat(self, seeds: u64) { self.repeat = seeds }
    }

    /// Tunes, compares and ranks.
    ///
    /// # Errors
    /// If a method that was named cannot be run, or no candidate converges.
    pub fn advise(&self) -> Result<Advice, CompareError> {
        self.advise_watched(&mut ())
    }

    /// [`advise`](Self::advise), and somebody looks on. That one is told only of the step sizes of
    /// the best candidate and of mini-batch SGD.
    ///
    /// # Errors
    /// As [`advise`](Self::advise), and if it was interrupted.
    pub fn advise_watched(
        &self,
        observer: &mut dyn CompareObserver<T>,
    ) -> Result<Advice, CompareError> {
        let methods = self.all_methods()?;
        let tuned = self.tune(&methods, observer)?;
        let runs = tuned.iter().zip(methods);
        let runs: Vec<_> = runs
            .filter_map(|(tuned, method)| Some((method, tuned.best.filter(|_| tuned.updates > 0)?)))
            .collect();
        let end = End::after(self.duration);
        let first = self.compare(&runs, end, 1, observer)?;
        let goal = first.goal.clone();
        let mut advice = Advice::of(self.what_if, first, &runs, self.duration);
        advice.shorten(BEST);
        if self.repeat > 1 {
            let runs: Vec<_> = advice.runs().collect();
            let end = End {
                target: goal.target,
                ..end
            };
            let again = self.compare(&runs, end, self.repeat, observer)?;
            advice = advice.with(Compared { goal, ..again });
        }
        let best = advice.best().map(|best| &*best.row.method);
        let told = [best, Some(candidates::MINIBATCH)];
        let is_told = |it: &&Tuned| told.contains(&Some(&*it.method));
        tuned
            .iter()
            .filter(is_told)
            .for_each(|it| observer.tuned(it));
        Ok(advice)
    }

    /// The baselines, the recorded method and the candidates, as far as they can be run.
    fn all_methods(&self) -> Result<Vec<Algorithm>, CompareError> {
        let recorded = self.what_if.past.header.spec.algorithm.clone();
        let baselines = [candidates::MINIBATCH, candidates::SGD];
        let baselines = baselines.into_iter().filter_map(|name| name.parse().ok());
        let recorded = Some(recorded).filter(|it| matches!(it, Algorithm::Method(_)));
        let methods = baselines.chain(recorded).chain(self.candidates.clone());
        let (mut all, mut refused) = (Vec::new(), None);
        for method in candidates::distinct(methods) {
            match self.what_if.experiment().method(method.clone()).build() {
                Ok(_) => all.push(method),
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        if all.is_empty() || self.are_named {
            refused.map_or(Ok(all), |error| Err(error.into()))
        } else {
            Ok(all)
        }
    }

    fn tune(
        &self,
        methods: &[Algorithm],
        observer: &mut dyn CompareObserver<T>,
    ) -> Result<Vec<Tuned>, CompareError> {
        let all = self.comparison(End::after(self.duration));
        let all = methods.iter().cloned().fold(all, Comparison::method);
        let tuned = all.tune_watched(&mut Untold(observer))?;
        match observer.is_interrupted() {
            true => Err(CompareError::Interrupted),
            false => Ok(tuned),
        }
    }

    fn compare(
        &self,
        runs: &[(Algorithm, f64)],
        end: End,
        repeat: u64,
        observer: &mut dyn CompareObserver<T>,
    ) -> Result<Compared, CompareError> {
        let all = self.comparison(end).repeat(repeat);
        let all = runs.iter().fold(all, |all, (method, step_size)| {
            all.method_with_step_size(method.clone(), *step_size)
        });
        let compared = all.run_watched(&mut Untold(observer))?;
        match compared.interrupted {
            Some(_) => Err(CompareError::Interrupted),
            None => Ok(compared),
        }
    }

    fn comparison(&self, end: End) -> Comparison<'_, T> {
        let comparison = Comparison::new(|_| Ok(self.what_if.experiment()));
        comparison.clock(Clock::Virtual).end(end).seed(self.seed)
    }
}

/// Whoever looks on is not told of the step sizes of all candidates: few of them matter.
struct Untold<'a, T: Scalar>(&'a mut dyn CompareObserver<T>);

impl<T: Scalar> CompareObserver<T> for Untold<'_, T> {
    fn stage(&mut self, stage: Stage, n_runs: u64) {
        self.0.stage(stage, n_runs);
    }

    fn begins(&self, run: &Run<'_>, session: &Session<T>) -> Box<dyn Any> {
        self.0.begins(run, session)
    }

    fn ran(&mut self, summary: &Summary<T>) -> Result<(), SetupError> {
        self.0.ran(summary)
    }

    fn is_interrupted(&self) -> bool {
        self.0.is_interrupted()
    }
}
