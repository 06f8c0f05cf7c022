//! Several methods on the same problem and workers.
//!
//! The step size of each is tuned in virtual time, with the same budget for all; then each is run
//! over several seeds for the same budget on the clock that is asked for, and a table says how soon
//! each came to the same target.

mod compared;
mod entry;
mod error;
mod goal;
mod grid;
mod machine;
mod numbers;
mod observer;
mod quantity;
mod race;
mod row;
mod scaling;
mod tune;

use std::path::PathBuf;
use std::sync::Arc;

use methods::Method;
use ps_core::Scalar;

use self::entry::Entry;
use crate::error::ConfigError;
use crate::experiment::Experiment;
use crate::setters::setters;
use trace::{Algorithm, Clock, End};

pub use compared::Compared;
pub use error::{CompareError, SetupError};
pub use goal::{Goal, Origin};
pub use grid::Grid;
pub use observer::{CompareObserver, Run, Stage};
pub use quantity::Quantity;
pub(crate) use quantity::shown_interval;
pub use row::ComparedRow;
pub use scaling::{Scaling, ScalingRow};
pub use tune::Tuned;

/// The method that speed-ups are over.
const BASELINE: &str = "minibatch";

/// Makes a fresh experiment for a seed.
type Setup<'a, T> = Box<dyn Fn(u64) -> Result<Experiment<T>, SetupError> + Sync + 'a>;

/// A comparison to be set up: where experiments come from, and which methods run them.
///
/// # Examples
/// ```
/// use std::time::Duration;
///
/// use asgrad::End;
/// use asgrad::compare::Comparison;
/// use asgrad::prelude::*;
/// use asgrad::problems::Quadratic;
///
/// // Three workers; the last takes three times as long as the first.
/// let cluster = Cluster::new(vec![1.0, 2.0, 3.0], Duration::from_millis(1))?;
/// let experiment = |_seed| {
///     let problem: Quadratic<f64> = Quadratic::new(&[-1.0, 0.0, 1.0]);
///     Ok(Experiment::with_objective(problem).start(vec![5.0]).cluster(cluster.clone()))
/// };
/// let compared = Comparison::new(experiment)
///     .methods(["minibatch", "ringleader"])
///     .clock(Clock::Virtual)
///     .end(End::after(Duration::from_millis(300)).target_loss(0.4))
///     .repeat(1)
///     .run()?;
/// assert_eq!(compared.rows.len(), 2);
/// println!("{compared}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Comparison<'a, T: Scalar = f64> {
    setup: Setup<'a, T>,
    entries: Vec<Entry<'a>>,
    grid: Grid,
    /// Of the methods that were not given one of their own; of those without any it is tuned.
    step_size: Option<f64>,
    /// What could not be understood of the methods that were named.
    refused: Option<Arc<ConfigError>>,
    end: End,
    evaluate_every: Option<u64>,
    clock: Clock,
    seed: u64,
    repeat: u64,
    traces: Option<PathBuf>,
    about: Vec<(String, String)>,
}

ps_core::debug_fields!([T: Scalar] Comparison<'_, T>: entries, seed, repeat, clock);

/// What is compared.
impl<'a, T: Scalar> Comparison<'a, T> {
    /// Compares on these experiments: a fresh one for each run, of the run's seed. It says what is
    /// optimised and on what; method, step size, clock and seed are set by the comparison, and so
    /// is its end where the comparison has one. Tuning makes many of them, several at once: data
    /// that take long to load should be shared, in an [`Arc`].
    pub fn new(setup: impl Fn(u64) -> Result<Experiment<T>, SetupError> + Sync + 'a) -> Self {
        Self {
            setup: Box::new(setup),
            entries: Vec::new(),
            grid: Grid::default(),
            step_size: None,
            refused: None,
            end: End::default(),
            evaluate_every: None,
            clock: Clock::default(),
            seed: 1,
            repeat: 3,
            traces: None,
            about: Vec::new(),
        }
    }

    /// Adds a named method, `NAME[:key=value…]`, as text or typed. Speed-ups are over `minibatch`,
    /// if that is among them.
    #[must_use]
    pub fn method<A: TryInto<Algorithm, Error: Into<ConfigError>>>(self, algorithm: A) -> Self {
        self.entry(algorithm, None)
    }

    /// Adds a named method with this step size instead of the best one.
    #[must_use]
    pub fn method_with_step_size<A>(self, algorithm: A, step_size: f64) -> Self
    where
        A: TryInto<Algorithm, Error: Into<ConfigError>>,
    {
        self.entry(algorithm, Some(step_size))
    }

    fn entry<A>(mut self, algorithm: A, step_size: Option<f64>) -> Self
    where
        A: TryInto<Algorithm, Error: Into<ConfigError>>,
    {
        match algorithm.try_into() {
            Ok(algorithm) => self.entries.push(Entry::new(algorithm, step_size)),
            Err(error) => self.refused = Some(Arc::new(error.into())),
        }
        self
    }

    /// Adds several named methods.
    #[must_use]
    pub fn methods<'m>(self, specs: impl IntoIterator<Item = &'m str>) -> Self {
        specs.into_iter().fold(self, |all, spec| all.method(spec))
    }

    /// Adds a method of your own, under this name: `make` makes a fresh one for each run.
    #[must_use]
    pub fn own_method(
        mut self,
        name: &str,
        make: impl Fn() -> Box<dyn Method> + Sync + 'a,
    ) -> Self {
        self.entries.push(Entry::own(name, Box::new(make)));
        self
    }

    setters! {
        /// Tunes over these step sizes. Default: 2^-10 … 2^1, and on to 2^-20 and 2^10 where the best
        /// one lies at the edge.
        fn grid(self, grid: Grid) { self.grid = grid }

        /// Tunes nothing: the same step size for every method that was not given one of its own.
        fn step_size(self, step_size: f64) { self.step_size = Some(step_size) }
    }
}

/// How the runs end, and what is recorded.
impl<T: Scalar> Comparison<'_, T> {
    setters! {
        /// Ends each run, while tuning too, with this many updates or this time on its own clock;
        /// without either a run makes 1000 updates. The target is what is to be reached, and ends no
        /// run; without one it is the loss that mini-batch SGD, or else the first method, reaches in
        /// half the budget in virtual time.
        fn end(self, end: End) { self.end = end }

        /// Evaluates versions 0, `u`, 2`u`, … and the last of each run that is compared. Default: 0, 1,
        /// 2, …, each at least 1 % later than the one before. The time to a target is that of the
        /// first of these that has reached it.
        fn evaluate_every(self, updates: u64) { self.evaluate_every = Some(updates) }

        /// Which clock the runs that are compared go by. Default: the real one.
        fn clock(self, clock: Clock) { self.clock = clock }

        /// The first seed, which is also that of tuning. Default: 1.
        fn seed(self, seed: u64) { self.seed = seed }

        /// How many seeds each method runs with. Default: 3.
        fn repeat(self, seeds: u64) { self.repeat = seeds }

        /// Writes a [trace](crate::Trace) of each run that is compared into this folder: see
        /// [`Run::trace_name`].
        fn traces_to(self, folder: impl Into<PathBuf>) { self.traces = Some(folder.into()) }

        /// Adds a line to what the result says of what was compared on what.
        fn about(self, name: &str, value: impl Into<String>) { self.about.push((name.to_owned(), value.into())) }
    }

    /// Tunes and compares.
    ///
    /// # Errors
    /// If the settings do not fit together, no step size of the grid converges, or threads or files
    /// fail. A run that fails or diverges is no error: its row says so.
    pub fn run(&self) -> Result<Compared, CompareError> {
        self.run_watched(&mut ())
    }

    /// Looks for the best step size of each method, and runs none with it.
    ///
    /// # Errors
    /// If the settings do not fit together, or threads fail. That every step size diverged is no
    /// error.
    pub fn tune(&self) -> Result<Vec<Tuned>, CompareError> {
        self.tune_watched(&mut ())
    }
}
