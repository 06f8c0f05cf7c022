//! Running a recorded run again, on one thread, bit for bit.
//!
//! A trace says in which order gradients came back. Everything else follows from it: the method
//! decides the same, random numbers are drawn from the same seed, so the model takes the same
//! values to the last bit, whichever threads raced when it was recorded. Times are what cannot be
//! made again: they are taken as recorded, and must be possible.

mod divergence;
mod error;
mod evaluated;
mod recorded;
mod turns;
mod versions;
mod what_if;

use std::sync::Arc;

use methods::{Correction, Engine, Method, Optimizer, StepSize};
use problems::{Problem, Source, Start};
use ps_core::{ModelObserver, Objective, Observer, Oracle, Scalar, Service, Snapshot, guarded};

use crate::evaluation::Evaluator;
use crate::experiment::{OwnParts, engine, first_model};
use crate::guarded::Guarded;
use crate::setters::setters;

use self::turns::Turns;
use self::versions::{Evaluated, Seen, VersionChecker};
use trace::statistics::Shared;
use trace::{Algorithm, End, Ending, Header, LastLine, Line, Trace, model_hash};

pub use divergence::Divergence;
pub use error::ReplayError;
pub use evaluated::evaluated;
pub use recorded::recorded_problem;
pub use what_if::WhatIf;

/// A replay to be set up: a trace, and what it was recorded with.
///
/// # Examples
/// ```
/// use asgrad::prelude::*;
/// use asgrad::{Replay, Trace};
///
/// // A race of two threads, recorded …
/// let path = std::env::temp_dir().join("asgrad-doc-replay.jsonl");
/// let oracle = || from_fn(1, |job, x: &[f64], out: &mut [f64]| {
///     out[0] = x[0] - job.worker().index() as f64;
/// });
/// let run = Experiment::new(oracle()).workers(2).updates(100).trace(&path).run()?;
///
/// // … and run again.
/// let replayed = Replay::new(&Trace::open(&path)?).oracle(oracle()).run()?;
/// assert_eq!(replayed.divergence, None);
/// assert_eq!(replayed.model.values()[0].to_bits(), run.model.values()[0].to_bits());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Replay<T: Scalar = f64> {
    trace: Trace,
    oracle: Option<Arc<dyn Oracle<T>>>,
    objective: Option<Arc<dyn Objective<T>>>,
    start: Option<Vec<T>>,
    own: OwnParts<T>,
    until: Option<u64>,
    observers: Vec<Box<dyn Observer>>,
    model_observers: Vec<Box<dyn ModelObserver<T>>>,
}

ps_core::debug_fields!([T: Scalar] Replay<T>: trace, until);

/// What came out of a replay.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Replayed<T: Scalar = f64> {
    /// The last model that the replay agreed on with the trace, or the one that was asked for.
    pub model: Snapshot<T>,
    /// Where the two parted ways, if they did.
    pub divergence: Option<Divergence>,
    /// How many lines of the trace agree with the replay.
    pub lines: u64,
    /// How many evaluated versions were compared with the trace.
    pub versions_compared: u64,
    /// How the trace ends. `None`: the replay ended before.
    pub ending: Option<Ending>,
}

ps_core::compiled! {
    fn run<T>(replay: Replay<T>) -> Result<Replayed<T>, ReplayError> {
        replay.run_here()
    }
}

impl<T: Scalar> Replay<T> {
    /// A replay of this trace, with the method that it names.
    pub fn new(trace: &Trace) -> Self {
        Self {
            trace: trace.clone(),
            oracle: None,
            objective: None,
            start: None,
            own: OwnParts::default(),
            until: None,
            observers: Vec::new(),
            model_observers: Vec::new(),
        }
    }

    /// A replay of a trace whose problem the library knows: data and first model are made again as
    /// its first line says, from other places if the data have moved. With `verify`, loss and
    /// gradient norm of the evaluated versions are compared, too.
    ///
    /// A trace of other [kernels](Header::kernels) rounded otherwise. It is replayed all the same:
    /// its hashes are not compared, and its step sizes to 1e-4.
    ///
    /// # Errors
    /// If the trace is to be verified and is of other kernels, or if the problem is one of the user's
    /// own, or the data cannot be loaded or are others than the
    /// recorded ones.
    pub fn of_known(
        trace: &Trace,
        data: Option<Source>,
        verify: bool,
    ) -> Result<Self, ReplayError> {
        if verify {
            can_verify(trace.header())?;
        }
        let replay = Self::new(trace);
        let Some(problem) = recorded_problem::<T>(trace.header(), data)? else {
            return Ok(replay);
        };
        replay.known_problem(&problem, verify)
    }

    /// With the recorded problem, and the first model of the recorded spec.
    fn known_problem(self, problem: &Problem<T>, verify: bool) -> Result<Self, ReplayError> {
        let spec = self.trace.header().spec.clone();
        let objective = Arc::clone(&problem.objective);
        let replay = self.start(first_model(&spec, objective.dim())?);
        Ok(if verify {
            replay.objective(objective)
        } else {
            replay.oracle(objective)
        })
    }

    setters! {
        /// The oracle of the run. A trace of the schedule alone needs none.
        fn oracle(self, oracle: impl Oracle<T> + 'static) { self.oracle = Some(Arc::new(oracle)) }

        /// The objective of the run, to compare loss and gradient norm of the evaluated versions,
        /// too.
        fn objective(self, objective: impl Objective<T> + 'static) {
            let objective: Arc<dyn Objective<T>> = Arc::new(objective);
            self.oracle = Some(objective.clone());
            self.objective = Some(objective);
        }

        /// The first model of the run, if it was not zero.
        fn start(self, parameters: Vec<T>) { self.start = Some(parameters) }

        /// The method of the run, if it is one of the user's own: a fresh one. Its step size and
        /// step rule are those of the recorded [spec](Header::spec).
        fn own_method(self, method: Box<dyn Method>) { self.own.method = Some(method) }

        /// The step size of the run, if it is one of the user's own.
        fn own_step_size(self, step_size: Box<dyn StepSize>) { self.own.step_size = Some(step_size) }

        /// The next correction of the run that is one of the user's own.
        fn own_correction(self, correction: Box<dyn Correction<T>>) { self.own.corrections.push_back(correction) }

        /// The next optimizer of the run that is one of the user's own.
        fn own_optimizer(self, optimizer: Box<dyn Optimizer<T>>) { self.own.optimizers.push_back(optimizer) }

        /// Ends with this version, and returns it.
        fn until(self, version: u64) { self.until = Some(version) }

        /// Tells this observer everything that happens; one that panics is dropped.
        fn observer(self, observer: impl Observer + 'static) { self.observers.push(Box::new(Guarded::new(observer))) }

        /// Shows this observer every version.
        fn model_observer(self, observer: impl ModelObserver<T> + 'static) { self.model_observers.push(Box::new(observer)) }
    }

    /// Replays up to the first divergence, the version asked for, or the last whole line.
    ///
    /// # Errors
    /// If the trace cannot be read or replayed, or what was given is not what it was recorded with.
    pub fn run(self) -> Result<Replayed<T>, ReplayError> {
        run(self)
    }

    fn run_here(mut self) -> Result<Replayed<T>, ReplayError> {
        if self.trace.lines()?.altered().is_some() {
            return Err(ReplayError::Altered);
        }
        if self.trace.header().is_hogwild() {
            return Err(ReplayError::Hogwild);
        }
        if self.objective.is_some() {
            can_verify(self.trace.header())?;
        }
        let (expected, stopped) = self.foreknow()?;
        let mut engine = self.engine()?;
        let seen = Shared::new(Seen {
            expected,
            ..Seen::default()
        });
        let objective = self.objective.clone();
        engine.add_model_observer(Box::new(VersionChecker {
            seen: seen.clone(),
            evaluator: objective.map(|objective| Evaluator::new(objective, true)),
            keep: self.until,
        }));
        let (versions, events) = (self.model_observers.drain(..), self.observers.drain(..));
        versions.for_each(|it| engine.add_model_observer(it));
        events.for_each(|it| engine.add_observer(it));
        let turns = Turns::begin(
            self.trace.header(),
            engine,
            self.oracle.clone(),
            seen,
            stopped,
        );
        let replayed = guarded(|| self.replay(turns));
        replayed.unwrap_or_else(|message| Err(ReplayError::Panicked { message }))
    }

    fn replay(&self, mut turns: Turns<T>) -> Result<Replayed<T>, ReplayError> {
        let mut lines = self.trace.lines()?;
        let mut agreed = 1;
        let mut divergence = turns.seen.with(|seen| seen.divergence.take());
        while divergence.is_none() && turns.seen.with(|seen| seen.kept.is_none()) {
            let Some(line) = lines.next() else {
                break;
            };
            let (number, line) = line?;
            match turns.take(number, line) {
                Ok(()) if lines.altered() == Some(number) => {
                    divergence = Some(Divergence::altered(number, turns.version()));
                }
                Ok(()) => agreed = number,
                Err(found) => divergence = Some(found),
            }
        }
        let kept = turns.seen.with(|seen| seen.kept.take());
        if let (Some(version), None, None) = (self.until, &kept, &divergence) {
            let last = turns.version();
            return Err(ReplayError::NoSuchVersion { version, last });
        }
        if lines.ending().is_some() && divergence.is_none() {
            let never = turns.seen.with(|seen| seen.expected.pop_first());
            divergence = never.map(|(version, (line, _))| {
                let last = turns.version();
                Divergence::new(line, last, "version", version, format!("{last} at most"))
            });
        }
        Ok(Replayed {
            model: kept.unwrap_or_else(|| turns.engine.model().clone()),
            divergence,
            lines: agreed,
            versions_compared: turns.seen.with(|seen| seen.compared),
            ending: lines.ending().cloned(),
        })
    }

    /// The lines at the end of a trace that are needed from the beginning: what was evaluated (by
    /// other kernels: nothing that could be compared), and the last one.
    fn foreknow(&self) -> Result<(Evaluated, Option<LastLine>), ReplayError> {
        let (mut evaluated, mut last) = (Evaluated::new(), None);
        let can_be_compared = !self.trace.header().is_of_other_kernels();
        for line in self.trace.lines()? {
            match line? {
                (number, Line::Evaluated(evaluation)) if can_be_compared => {
                    let version = evaluation.version.number();
                    evaluated.entry(version).or_insert((number, evaluation));
                }
                (_, Line::Last(stopped)) => last = Some(stopped),
                _ => {}
            }
        }
        match &last {
            Some(LastLine { dropped, .. }) if *dropped > 0 => {
                Err(ReplayError::Dropped { lines: *dropped })
            }
            None if self.trace.header().trace_drop => Err(ReplayError::MayLackLines),
            _ => Ok((evaluated, last)),
        }
    }

    /// The server as it was at the start.
    fn engine(&mut self) -> Result<Engine<T>, ReplayError> {
        let header = self.trace.header();
        let recorded = header.spec.precision;
        if recorded.to_string() != T::NAME {
            return Err(ReplayError::Precision {
                recorded,
                given: T::NAME,
            });
        }
        let start = self.first_model(header)?;
        if let (Algorithm::Own(name), None) = (&header.spec.algorithm, &self.own.method) {
            return Err(ReplayError::OwnMethod { name: name.clone() });
        }
        // What ended the run is in the trace.
        let mut spec = header.spec.clone();
        spec.end = End::default();
        if self.own.method.is_some() {
            spec.algorithm = Algorithm::Own(spec.algorithm.to_string());
        }
        let model = Snapshot::initial(&start);
        Ok(engine(&spec, std::mem::take(&mut self.own), model)?)
    }

    fn first_model(&self, header: &Header) -> Result<Vec<T>, ReplayError> {
        let dim = self.oracle.as_ref().map_or(0, |oracle| oracle.dim());
        let start = self.start.clone();
        let start = start.unwrap_or_else(|| vec![T::ZERO; dim]);
        if header.dimension != dim || start.len() != dim {
            let (recorded, given) = (header.dimension, dim);
            return Err(ReplayError::Dimension { recorded, given });
        }
        let data = self.oracle.as_ref().and_then(|oracle| oracle.n_workers());
        if let Some(given) = data.filter(|&given| given != header.workers()) {
            let recorded = header.workers();
            return Err(ReplayError::Workers { recorded, given });
        }
        match &header.start_hash {
            Some(recorded) if *recorded != model_hash(&start) && !header.is_of_other_kernels() => {
                let start = match &header.spec.start {
                    Start::File(path) => format!("the one in {}", path.display()),
                    _ => "the one given".to_owned(),
                };
                Err(ReplayError::Start { start })
            }
            _ => Ok(start),
        }
    }
}

/// Refuses a trace whose bits this program does not make again.
fn can_verify(header: &Header) -> Result<(), ReplayError> {
    match header.is_of_other_kernels() {
        true => Err(ReplayError::Kernels {
            recorded: header.kernels,
        }),
        false => Ok(()),
    }
}
