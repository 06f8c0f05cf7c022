//! Setting up a run.

mod build;
mod engine;
mod known;
mod own;
mod start;
mod unused;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use methods::{
    Assumptions, Correction, CorrectionRule, Method, OnLoss, Optimizer, OptimizerRule, StepRule,
    StepSize,
};
use problems::Start;
use ps_core::{Objective, Observer, OnBadGradient, Oracle, Scalar};
use trace::news::{TraceListener, TraceNews};
use trace::{Algorithm, DriverSpec, End, Part, RunSpec};
use workers::{Clock, Cluster, ClusterSpec, Driver, Threads};

use crate::data_facts::DataFacts;
use crate::error::ConfigError;
use crate::grid::Grid;
use crate::guarded::Guarded;
use crate::setters::setters;
use crate::warning::Warning;

pub(crate) use engine::engine;
pub use known::{cluster, load, load_with, n_workers, read_data};
pub(crate) use own::OwnParts;
pub use start::first_model;

/// A run to be set up: a [`RunSpec`], an oracle, observers, and parts of the user's own. Everything
/// but the oracle has a default: pure asynchronous SGD, one worker for each shard of the oracle's
/// data (or as many as the cluster has, or one for each core), real threads without emulated times,
/// step size 0.1, start at zero, seed 1, 1000 updates.
pub struct Experiment<T: Scalar = f64> {
    spec: RunSpec,
    /// What could not be understood of what was given.
    refused: Option<ConfigError>,
    oracle: Option<Arc<dyn Oracle<T>>>,
    objective: Option<Arc<dyn Objective<T>>>,
    own: OwnParts<T>,
    start: Option<Vec<T>>,
    /// Instead of the one that the spec's latency model makes.
    cluster: Option<Cluster>,
    assumptions: Option<Assumptions>,
    own_driver: Option<Box<dyn Driver<T>>>,
    threads: Threads,
    observers: Vec<Guarded>,
    trace: Option<PathBuf>,
    trace_drops: bool,
    trace_listener: Option<TraceListener>,
    warnings: Vec<Warning>,
    data: DataFacts,
    /// Which versions are evaluated, if not those that the spec says.
    pub(crate) grid: Option<Grid>,
    description: serde_json::Map<String, serde_json::Value>,
}

ps_core::debug_fields!([T: Scalar] Experiment<T>: spec, own);

/// What is optimised.
impl<T: Scalar> Experiment<T> {
    /// Trains with this oracle. Nothing is evaluated.
    pub fn new(oracle: impl Oracle<T> + 'static) -> Self {
        Self::from(Some(Arc::new(oracle)), None)
    }

    /// Trains with this objective, and evaluates loss and gradient norm along the way.
    pub fn with_objective(objective: impl Objective<T> + 'static) -> Self {
        let objective: Arc<dyn Objective<T>> = Arc::new(objective);
        Self::from(Some(objective.clone()), Some(objective))
    }

    /// Only the schedule: who delivers when, how stale. No model, no gradient; needs
    /// [`Clock::Virtual`].
    pub fn schedule_only() -> Self {
        let mut experiment = Self::from(None, None);
        experiment.spec.is_schedule = true;
        experiment
    }

    fn from(oracle: Option<Arc<dyn Oracle<T>>>, objective: Option<Arc<dyn Objective<T>>>) -> Self {
        let mut spec = RunSpec::default();
        spec.precision = T::NAME.parse().expect("every number type has its name");
        Self {
            spec,
            refused: None,
            oracle,
            objective,
            own: OwnParts::default(),
            start: None,
            cluster: None,
            assumptions: None,
            own_driver: None,
            threads: Threads::default(),
            observers: Vec::new(),
            trace: None,
            trace_drops: false,
            trace_listener: None,
            warnings: Vec::new(),
            data: DataFacts::default(),
            grid: None,
            description: serde_json::Map::new(),
        }
    }

    /// What the run is, as far as it is set up.
    pub fn spec(&self) -> &RunSpec {
        &self.spec
    }

    /// Changes what the run is: settings that have no setter of their own here.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut RunSpec)) -> Self {
        change(&mut self.spec);
        self
    }
}

/// How it is optimised.
impl<T: Scalar> Experiment<T> {
    /// A named method, `NAME[:key=value…]` (see [`methods::rules::ALL`]), or `hogwild`: as text, or
    /// typed.
    #[must_use]
    pub fn method<A>(mut self, algorithm: A) -> Self
    where
        A: TryInto<Algorithm, Error: Into<ConfigError>>,
    {
        match algorithm.try_into() {
            Ok(algorithm) => self.spec.algorithm = algorithm,
            Err(error) => self.refused = Some(error.into()),
        }
        self
    }

    setters! {
        /// A method of your own, under this name. What it is told by
        /// [`Server::step_size`](methods::Server::step_size) is this experiment's
        /// [`step_size`](Self::step_size), by its [`step_rule`](Self::step_rule).
        fn own_method(self, name: &str, method: Box<dyn Method>) {
            self.spec.algorithm = Algorithm::Own(name.to_owned());
            self.own.method = Some(method);
        }

        /// How many workers.
        fn workers(self, n_workers: usize) { self.spec.workers = Some(n_workers) }

        /// How many jobs are outstanding, where the method leaves that open. Default: one for each
        /// worker.
        fn concurrency(self, jobs: usize) { self.spec.concurrency = Some(jobs) }

        /// The step size `γ`.
        #[doc(alias = "learning_rate")]
        fn step_size(self, step_size: f64) { self.spec.step_size = step_size }

        /// The theory steps: the step size that theory prescribes for the method, and its batch or
        /// threshold unless the method is given one. It takes the place of
        /// [`step_size`](Self::step_size).
        ///
        /// # Examples
        /// ```
        /// use asgrad::prelude::*;
        /// use asgrad::methods::Assumptions;
        ///
        /// let exact = from_fn(1, |_, x: &[f64], out: &mut [f64]| out[0] = 2.0 * x[0]);
        /// let summary = Experiment::new(exact)
        ///     .method("ringmaster")
        ///     .workers(2)
        ///     .theory(Assumptions::new(2.0, 1.0, 0.25)?)
        ///     .run()?;
        /// assert_eq!(summary.method, "ringmaster:threshold=4");
        /// assert_eq!(summary.step_size, 1.0 / 32.0);
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        fn theory(self, assumptions: Assumptions) { self.assumptions = Some(assumptions) }

        /// How the step size depends on time and staleness.
        fn step_rule(self, rule: StepRule) { self.spec.step_rule = Part::Known(rule) }

        /// Corrects each gradient that is used, after the corrections asked for before.
        fn correction(self, rule: CorrectionRule) { self.spec.corrections.push(Part::Known(rule)) }

        /// A step size of your own, under this name: it takes the place of step size and step rule,
        /// as a later [`step_rule`](Self::step_rule) takes its.
        fn own_step_size(self, name: &str, step_size: Box<dyn StepSize>) {
            self.spec.step_rule = Part::Own(name.to_owned());
            self.own.step_size = Some(step_size);
        }

        /// Corrects each gradient that is used by a correction of your own, after the corrections
        /// asked for before.
        fn own_correction(self, name: &str, correction: Box<dyn Correction<T>>) {
            self.spec.corrections.push(Part::Own(name.to_owned()));
            self.own.corrections.push_back(correction);
        }

        /// Makes the direction of each update by an optimizer of your own, after the optimizers
        /// asked for before.
        fn own_optimizer(self, name: &str, optimizer: Box<dyn Optimizer<T>>) {
            self.spec.optimizers.push(Part::Own(name.to_owned()));
            self.own.optimizers.push_back(optimizer);
        }

        /// Takes each update along what this optimizer makes of it, after the optimizers asked for
        /// before.
        ///
        /// # Examples
        /// ```
        /// use asgrad::prelude::*;
        /// use asgrad::OptimizerRule;
        ///
        /// let pull = from_fn(1, |_, x: &[f64], out: &mut [f64]| out[0] = x[0] - 3.0);
        /// let momentum = OptimizerRule::momentum(0.5);
        /// let summary = Experiment::new(pull).workers(1).optimizer(momentum).run()?;
        /// assert!((summary.model.values()[0] - 3.0).abs() < 1e-9);
        /// # Ok::<(), asgrad::RunError>(())
        /// ```
        fn optimizer(self, rule: OptimizerRule) { self.spec.optimizers.push(Part::Known(rule)) }

        /// The first model. Versions, step rules and optimizers begin anew, as at every start.
        fn start(self, parameters: Vec<T>) {
            self.spec.start = Start::Own;
            self.start = Some(parameters);
        }

        /// The seed of every random number.
        fn seed(self, seed: u64) { self.spec.seed = seed }

    }
}

/// On what it runs.
impl<T: Scalar> Experiment<T> {
    setters! {
        /// Real threads or virtual time: the driver for this clock. It takes the place of
        /// [`own_driver`](Self::own_driver).
        fn clock(self, clock: Clock) {
            let was_own = self.own_driver.take().is_some();
            if was_own || clock != self.spec.driver.clock() {
                self.spec.driver = match clock {
                    Clock::Real => DriverSpec::Threads(self.threads),
                    Clock::Virtual => DriverSpec::Virtual,
                };
            }
        }

        /// Where it runs: a driver of your own, under this name. It takes the place of
        /// [`clock`](Self::clock).
        fn own_driver(self, name: &str, driver: impl Driver<T> + 'static) {
            self.spec.driver = DriverSpec::Other {
                name: format!("own:{name}"),
                clock: driver.clock(),
            };
            self.own_driver = Some(Box::new(driver));
        }

        /// How fast the workers are.
        fn cluster(self, cluster: Cluster) {
            self.spec.cluster = ClusterSpec::from(&cluster);
            self.cluster = Some(cluster);
        }

        /// How threads serve, emulate and end, where it runs on them.
        fn threads(self, threads: Threads) {
            if let DriverSpec::Threads(_) = self.spec.driver {
                self.spec.driver = DriverSpec::Threads(threads);
            }
            self.threads = threads;
        }

        /// A worker that has had a job for longer than this is taken for lost. Default: never.
        fn job_limit(self, limit: Duration) { self.spec.job_limit = Some(limit) }

        /// What happens when a worker is lost, because its oracle fails or it does not answer.
        /// Default: the run ends.
        fn on_lost_worker(self, policy: OnLoss) { self.spec.on_lost_worker = policy }

        /// What happens when a gradient has a component that is NaN or infinite. Default: the run
        /// ends.
        fn on_bad_gradient(self, policy: OnBadGradient) { self.spec.on_bad_gradient = policy }
    }
}

/// When it ends, and what is recorded.
impl<T: Scalar> Experiment<T> {
    setters! {
        /// Ends after this many updates; `u64::MAX`: not by itself. Default: 1000, where nothing else
        /// ends the run.
        fn updates(self, updates: u64) { self.spec.end.updates = Some(updates) }

        /// Ends after this long, on the run's own clock.
        fn time_limit(self, time_limit: Duration) { self.spec.end.time_limit = Some(time_limit) }

        /// Ends when this many gradients were received: applied, held or discarded.
        fn gradients(self, gradients: u64) { self.spec.end.gradients = Some(gradients) }

        /// Ends when `‖∇f‖` is this small. In virtual time every version is looked at; on the real
        /// clock evaluated versions are, on a side thread.
        fn target_gradient_norm(self, norm: f64) { self.spec.end.target.gradient_norm = Some(norm) }

        /// Ends when `f` is this small; looked at like
        /// [`target_gradient_norm`](Self::target_gradient_norm).
        fn target_loss(self, loss: f64) { self.spec.end.target.loss = Some(loss) }

        /// Evaluates versions 0, `u`, 2`u`, … and the last. Default: a hundred of them; where the
        /// time may end the run, or nothing says how many updates there will be, one to two
        /// hundred.
        fn evaluate_every(self, updates: u64) { self.spec.evaluate_every = Some(updates) }

        /// Ends as this says, instead of what was set before.
        fn end(self, end: End) { self.spec.end = end }

        /// A remark, kept in the trace.
        fn comment(self, text: &str) { self.spec.comment = Some(text.to_owned()) }

        /// Tells this observer everything that happens. One that panics is dropped, and named in the
        /// summary's warnings.
        fn observer(self, observer: impl Observer + 'static) { self.observers.push(Guarded::new(observer)) }

        /// Writes a [trace](crate::Trace): one JSON object a line, compressed if its name ends in
        /// `.gz`. A slow disk slows the run. A file that is there is written over, unless another
        /// run is writing it; `-` is standard output.
        fn trace(self, path: impl Into<PathBuf>) { self.trace = Some(path.into()) }

        /// Whether the trace drops lines, and counts them, where the disk is too slow, instead of
        /// slowing the run. Such a trace cannot be replayed.
        fn trace_drops(self, drops: bool) { self.trace_drops = drops }

        /// Tells of the trace while it is written: that it cannot be any more, that it has become
        /// large. It is called on the thread that writes.
        fn trace_news(self, tell: impl FnMut(&TraceNews<'_>) + Send + 'static) { self.trace_listener = Some(Box::new(tell)) }

        /// Adds a field to the first line of the trace: what this experiment does not know of
        /// itself. The names of fields that the line has anyway, as `seed` and `workers`, are
        /// refused when it is built.
        fn describe(self, key: &str, value: impl Into<serde_json::Value>) { self.description.insert(key.to_owned(), value.into()) }
    }
}
