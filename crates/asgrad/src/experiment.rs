//! Setting up a run.

mod build;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use methods::{Assumptions, CorrectionRule, Method, OnLoss, OptimizerRule, StepRule};
use ps_core::{Objective, Observer, Oracle, Scalar, Seed};
use workers::{Clock, Cluster, Threads};

use trace::Target;

/// A run to be set up. Required: an oracle. Everything else has a default: pure asynchronous SGD, one worker for each
/// shard of the oracle's data (or as many as the cluster has, or one for each core), real threads without emulated times, step size 0.1, start at
/// zero, seed 1, 1000 updates.
pub struct Experiment<T: Scalar = f64> {
    oracle: Option<Arc<dyn Oracle<T>>>,
    objective: Option<Arc<dyn Objective<T>>>,
    method: Choice,
    workers: Option<usize>,
    concurrency: Option<usize>,
    step_size: f64,
    assumptions: Option<Assumptions>,
    step_rule: StepRule,
    corrections: Vec<CorrectionRule>,
    optimizers: Vec<OptimizerRule>,
    start: Option<Vec<T>>,
    seed: Seed,
    clock: Clock,
    cluster: Option<Cluster>,
    threads: Threads,
    on_loss: OnLoss,
    updates: Option<u64>,
    seconds: Option<Duration>,
    target: Target,
    evaluate_every: Option<u64>,
    observers: Vec<Box<dyn Observer>>,
    trace: Option<PathBuf>,
    trace_drops: bool,
    description: serde_json::Map<String, serde_json::Value>,
}

#[derive(Debug)]
enum Choice {
    Named(String),
    Own {
        name: String,
        method: Box<dyn Method>,
    },
}

impl<T: Scalar> std::fmt::Debug for Experiment<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Experiment")
            .field("method", &self.method)
            .field("workers", &self.workers)
            .field("step_size", &self.step_size)
            .field("seed", &self.seed)
            .field("clock", &self.clock)
            .finish_non_exhaustive()
    }
}

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

    /// Only the schedule: who delivers when, how stale. No model, no gradient; needs [`Clock::Virtual`].
    #[must_use]
    pub fn schedule_only() -> Self {
        Self::from(None, None)
    }

    fn from(oracle: Option<Arc<dyn Oracle<T>>>, objective: Option<Arc<dyn Objective<T>>>) -> Self {
        Self {
            oracle,
            objective,
            method: Choice::Named("pure".to_owned()),
            workers: None,
            concurrency: None,
            step_size: 0.1,
            assumptions: None,
            step_rule: StepRule::default(),
            corrections: Vec::new(),
            optimizers: Vec::new(),
            start: None,
            seed: Seed::new(1),
            clock: Clock::default(),
            cluster: None,
            threads: Threads::default(),
            on_loss: OnLoss::default(),
            updates: None,
            seconds: None,
            target: Target::default(),
            evaluate_every: None,
            observers: Vec::new(),
            trace: None,
            trace_drops: false,
            description: serde_json::Map::new(),
        }
    }
}

/// How it is optimised.
impl<T: Scalar> Experiment<T> {
    /// A named method, `NAME[:key=value…]`; see [`methods::rules::ALL`].
    #[must_use]
    pub fn method(mut self, spec: &str) -> Self {
        self.method = Choice::Named(spec.to_owned());
        self
    }

    /// A method of your own, under this name. What it is told by [`Server::step_size`](methods::Server::step_size) is this
    /// experiment's [`step_size`](Self::step_size), by its [`step_rule`](Self::step_rule).
    #[must_use]
    pub fn own_method(mut self, name: &str, method: Box<dyn Method>) -> Self {
        self.method = Choice::Own {
            name: name.to_owned(),
            method,
        };
        self
    }

    /// How many workers.
    #[must_use]
    pub fn workers(mut self, n_workers: usize) -> Self {
        self.workers = Some(n_workers);
        self
    }

    /// How many jobs are outstanding, where the method leaves that open. Default: one for each worker.
    #[must_use]
    pub fn concurrency(mut self, jobs: usize) -> Self {
        self.concurrency = Some(jobs);
        self
    }

    /// The step size `γ`.
    #[must_use]
    #[doc(alias = "learning_rate")]
    pub fn step_size(mut self, step_size: f64) -> Self {
        self.step_size = step_size;
        self
    }

    /// The theory steps: the step size that theory prescribes for the method, and its batch or threshold unless the method
    /// is given one. It takes the place of [`step_size`](Self::step_size).
    ///
    /// # Examples
    /// ```
    /// use asgrad::prelude::*;
    /// use asgrad::Assumptions;
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
    #[must_use]
    pub fn theory(mut self, assumptions: Assumptions) -> Self {
        self.assumptions = Some(assumptions);
        self
    }

    /// How the step size depends on time and staleness.
    #[must_use]
    pub fn step_rule(mut self, rule: StepRule) -> Self {
        self.step_rule = rule;
        self
    }

    /// Corrects each gradient that is used, after the corrections asked for before.
    #[must_use]
    pub fn correction(mut self, rule: CorrectionRule) -> Self {
        self.corrections.push(rule);
        self
    }

    /// Takes each update along what this optimizer makes of it, after the optimizers asked for before.
    ///
    /// # Examples
    /// ```
    /// use asgrad::prelude::*;
    /// use asgrad::OptimizerRule;
    ///
    /// let pull = from_fn(1, |_, x: &[f64], out: &mut [f64]| out[0] = x[0] - 3.0);
    /// let momentum = OptimizerRule::Momentum { beta: 0.5 };
    /// let summary = Experiment::new(pull).workers(2).optimizer(momentum).run()?;
    /// assert!((summary.model.values()[0] - 3.0).abs() < 1e-9);
    /// # Ok::<(), asgrad::RunError>(())
    /// ```
    #[must_use]
    pub fn optimizer(mut self, rule: OptimizerRule) -> Self {
        self.optimizers.push(rule);
        self
    }

    /// The first model.
    #[must_use]
    pub fn start(mut self, parameters: Vec<T>) -> Self {
        self.start = Some(parameters);
        self
    }

    /// The seed of every random number.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Seed::new(seed);
        self
    }
}

/// On what it runs.
impl<T: Scalar> Experiment<T> {
    /// Real threads or virtual time.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// How fast the workers are.
    #[must_use]
    pub fn cluster(mut self, cluster: Cluster) -> Self {
        self.cluster = Some(cluster);
        self
    }

    /// How threads serve, emulate and end.
    #[must_use]
    pub fn threads(mut self, threads: Threads) -> Self {
        self.threads = threads;
        self
    }

    /// What happens when an oracle fails. Default: the run ends.
    #[must_use]
    pub fn on_loss(mut self, policy: OnLoss) -> Self {
        self.on_loss = policy;
        self
    }
}

/// When it ends, and what is recorded.
impl<T: Scalar> Experiment<T> {
    /// Ends after this many updates.
    #[must_use]
    pub fn updates(mut self, updates: u64) -> Self {
        self.updates = Some(updates);
        self
    }

    /// Ends after this long, on the run's own clock.
    #[must_use]
    pub fn seconds(mut self, seconds: Duration) -> Self {
        self.seconds = Some(seconds);
        self
    }

    /// Ends when `‖∇f‖` is this small. In virtual time every version is looked at; on the real clock evaluated versions
    /// are, on a side thread.
    #[must_use]
    pub fn target_gradient_norm(mut self, norm: f64) -> Self {
        self.target.gradient_norm = Some(norm);
        self
    }

    /// Ends when `f` is this small; looked at like [`target_gradient_norm`](Self::target_gradient_norm).
    #[must_use]
    pub fn target_loss(mut self, loss: f64) -> Self {
        self.target.loss = Some(loss);
        self
    }

    /// Evaluates versions 0, `u`, 2`u`, … and the last. Default: a hundred of
    /// them; where the time may end the run, or nothing says how many updates there will be, one to two hundred.
    #[must_use]
    pub fn evaluate_every(mut self, updates: u64) -> Self {
        self.evaluate_every = Some(updates);
        self
    }

    /// Tells this observer everything that happens.
    #[must_use]
    pub fn observer(mut self, observer: impl Observer + 'static) -> Self {
        self.observers.push(Box::new(observer));
        self
    }

    /// Writes a [trace](crate::Trace): one JSON object a line, compressed if its name ends in `.zst`. A slow disk slows
    /// the run.
    #[must_use]
    pub fn trace(mut self, path: impl Into<PathBuf>) -> Self {
        self.trace = Some(path.into());
        self
    }

    /// Whether the trace drops lines, and counts them, where the disk is too slow, instead of slowing the run. Such a
    /// trace cannot be replayed.
    #[must_use]
    pub fn trace_drops(mut self, drops: bool) -> Self {
        self.trace_drops = drops;
        self
    }

    /// Adds a field to the first line of the trace: what this experiment does not know of itself. The names of fields
    /// that the line has anyway, as `seed` and `workers`, are refused when it is built.
    #[must_use]
    pub fn describe(mut self, key: &str, value: impl Into<serde_json::Value>) -> Self {
        self.description.insert(key.to_owned(), value.into());
        self
    }
}
