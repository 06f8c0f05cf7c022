//! What a run is: one plain value with everything that determines it and nothing else.
//!
//! A [`RunSpec`] has no oracle, closure or box. It is made of text once (a command line, a
//! configuration file, the first line of a trace) by the table of [`settings`], is typed from there
//! on, and is printed by the same table.

pub mod algorithm;
pub mod driver;
pub mod part;
pub mod settings;

mod readers;
mod table;
mod text;

use std::time::Duration;

use methods::{CorrectionRule, OnBadGradient, OnLoss, OptimizerRule, StepRule};
use problems::{ProblemSpec, Start};
use workers::ClusterSpec;

use crate::evaluation::Target;

pub use algorithm::Algorithm;
pub use driver::DriverSpec;
pub use part::Part;
pub use settings::{Entry, SettingError};
pub use table::{METHOD, SETTINGS};

/// Everything that determines a run. Parts of the user's own stand in it by name, `own:NAME`.
///
/// By default nothing is emulated, other than on the command line: virtual time, and slow-downs,
/// need a law of compute times.
///
/// # Examples
/// ```
/// use asgrad::RunSpec;
///
/// let mut spec = RunSpec::default();
/// spec.set("method", "ringmaster:threshold=8")?;
/// spec.set("clock", "virtual")?;
/// spec.set("compute", "fixed")?;
/// spec.set("updates", "500")?;
/// let json = serde_json::to_string(&spec)?;
/// assert!(json.contains(r#""updates":500"#), "{json}");
/// assert_eq!(serde_json::from_str::<RunSpec>(&json)?, spec);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RunSpec {
    /// What runs: a method on the server, or Hogwild!.
    pub algorithm: Algorithm,
    /// Number of workers; by default one for each shard of the data, or as many as the times are
    /// of.
    pub workers: Option<usize>,
    /// Number of outstanding jobs, where the method leaves that open; by default one for each
    /// worker.
    pub concurrency: Option<usize>,
    /// Step size `γ`.
    pub step_size: f64,
    /// How the step size depends on time and staleness.
    pub step_rule: Part<StepRule>,
    /// What is done to each gradient that is used, one after the other.
    pub corrections: Vec<Part<CorrectionRule>>,
    /// What makes the direction of each update, one after the other.
    pub optimizers: Vec<Part<OptimizerRule>>,
    /// The problem, where the library knows it; `None`: an oracle of the user's own.
    pub problem: Option<ProblemSpec>,
    /// Whether only the schedule is run: who delivers when, without a model.
    pub is_schedule: bool,
    /// The first model.
    pub start: Start,
    /// Number type of model and gradients.
    pub precision: Precision,
    /// The latency model.
    pub cluster: ClusterSpec,
    /// Where it runs.
    pub driver: DriverSpec,
    /// Time after which a worker that is still at one job counts as lost.
    pub job_limit: Option<Duration>,
    /// What happens when a worker is lost.
    pub on_lost_worker: OnLoss,
    /// What happens when a gradient has a component that is NaN or infinite.
    pub on_bad_gradient: OnBadGradient,
    /// Seed of every random number.
    pub seed: u64,
    /// When it ends.
    pub end: End,
    /// Updates from one evaluated version to the next; by default a hundredth of all.
    pub evaluate_every: Option<u64>,
    /// A remark of the user's.
    pub comment: Option<String>,
}

/// When a run ends: with the first of these that is reached. With none of them it makes 1000
/// updates.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct End {
    /// Number of updates.
    pub updates: Option<u64>,
    /// Time on the run's own clock.
    pub time_limit: Option<Duration>,
    /// Number of gradients received: applied, held or discarded.
    pub gradients: Option<u64>,
    /// Loss or gradient norm.
    pub target: Target,
}

/// The number type of a model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// 64-bit floats.
    #[default]
    F64,
    /// 32-bit floats.
    F32,
}

ps_core::words!(Precision, "number type": "f64" => Precision::F64, "f32" => Precision::F32);

impl Default for RunSpec {
    /// Pure asynchronous SGD on real threads without emulated times, step size 0.1, start at zero,
    /// seed 1.
    fn default() -> Self {
        Self {
            algorithm: "pure".parse().expect("there is a method of that name"),
            workers: None,
            concurrency: None,
            step_size: 0.1,
            step_rule: Part::default(),
            corrections: Vec::new(),
            optimizers: Vec::new(),
            problem: None,
            is_schedule: false,
            start: Start::default(),
            precision: Precision::default(),
            cluster: ClusterSpec::default(),
            driver: DriverSpec::default(),
            job_limit: None,
            on_lost_worker: OnLoss::default(),
            on_bad_gradient: OnBadGradient::default(),
            seed: 1,
            end: End::default(),
            evaluate_every: None,
            comment: None,
        }
    }
}

impl RunSpec {
    /// Takes the digits as its problem, unless it has one that the library knows.
    pub fn put_default_problem(&mut self) {
        self.problem.get_or_insert_default();
    }
}

impl End {
    /// Ends after this time on the run's own clock.
    pub fn after(time_limit: Duration) -> Self {
        Self {
            time_limit: Some(time_limit),
            ..Self::default()
        }
    }

    /// The same, and with a loss of at most this.
    #[must_use]
    pub fn target_loss(mut self, loss: f64) -> Self {
        self.target.loss = Some(loss);
        self
    }

    /// Whether anything ends the run.
    pub fn is_set(&self) -> bool {
        self.is_budget_set() || self.target.is_set()
    }

    /// Whether anything ends the run that is sure to come.
    pub fn is_budget_set(&self) -> bool {
        self.updates.or(self.gradients).is_some() || self.time_limit.is_some()
    }
}
