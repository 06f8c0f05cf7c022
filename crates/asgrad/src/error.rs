//! What can go wrong before and during a run.

use std::path::PathBuf;

use methods::{MethodError, PrescriptionError, RuleError, StepRule};
use ps_core::Scalar;
use workers::{ClusterError, DriverError};

use crate::summary::Summary;
use trace::header::OWN_FIELDS;

/// Settings that do not fit together. Found before a run starts.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The method cannot be made as asked.
    #[error(transparent)]
    Method(#[from] MethodError),
    /// The latency model makes no sense.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// A step rule, a correction or an optimizer with a number that makes no sense.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// Theory does not prescribe this.
    #[error(transparent)]
    Prescription(#[from] PrescriptionError),
    /// Theory knows the named methods that have a server.
    #[error("theory prescribes nothing for `{name}`: give its step size as a number")]
    NoTheory {
        /// Its name.
        name: String,
    },
    /// What theory prescribes would be changed.
    #[error(
        "theory prescribes a constant step along the gradients as they are: leave out {rule}, or give the step size as a number"
    )]
    NotInTheory {
        /// What changes it.
        rule: String,
    },
    /// There is nothing that could be corrected or optimized.
    #[error("{option} {rule}: a schedule without a model has no gradients; leave it out")]
    NoModelToChange {
        /// The option.
        option: &'static str,
        /// What was asked for.
        rule: String,
    },
    /// What a step rule keeps a budget of would not be the steps that are made.
    #[error(
        "--step-rule {rule} bounds the sum of the steps that a gradient misses, but method `{method}` makes \
         them longer or shorter than it says; choose another step rule, or another method"
    )]
    BudgetOfWeightedSteps {
        /// The step rule.
        rule: StepRule,
        /// The method.
        method: &'static str,
    },
    /// More than fits a machine.
    #[error("{option} {asked}: at most {most}")]
    TooMany {
        /// The option.
        option: &'static str,
        /// What was asked for.
        asked: usize,
        /// What is possible.
        most: usize,
    },
    /// Data and workers do not go together.
    #[error("{asked} workers were asked for, but {what} is for {given}")]
    WorkersDiffer {
        /// How many workers were asked for.
        asked: usize,
        /// What is for another number.
        what: &'static str,
        /// That number.
        given: usize,
    },
    /// The first model has the wrong size.
    #[error("the start has {given} parameters, but the oracle has {dim}")]
    WrongStart {
        /// The length of the start.
        given: usize,
        /// The oracle's dimension.
        dim: usize,
    },
    /// The first model is no model.
    #[error("component {component} of the start is not finite")]
    StartNotFinite {
        /// The first such component.
        component: usize,
    },
    /// The oracle has nothing to optimise.
    #[error("the oracle has dimension 0: there is nothing to optimise")]
    NoParameters,
    /// The step size is no step size.
    #[error(
        "--step-size {0:?}: a step size is at least 0, and finite in the number type of the model"
    )]
    BadStepSize(f64),
    /// A target that can never be reached.
    #[error("{option} {value}: {bound}")]
    BadTarget {
        /// The option.
        option: &'static str,
        /// What was asked for.
        value: f64,
        /// What is possible.
        bound: &'static str,
    },
    /// A target without a way to measure it.
    #[error("{option} needs a model and an objective that can be evaluated")]
    NothingToEvaluate {
        /// The option that asks for it.
        option: &'static str,
    },
    /// `--evaluate-every 0`.
    #[error("--evaluate-every 0: evaluate every 1 or more updates")]
    EvaluateNever,
    /// Virtual time needs jobs that take some.
    #[error(
        "virtual time stands still: give the workers a law of compute times (--compute), or use the real clock"
    )]
    TimeStandsStill,
    /// Slow-downs act on emulated times.
    #[error(
        "--slowdown: with --compute none there is no emulated compute time to slow down; give a law of compute times"
    )]
    NothingToSlowDown,
    /// Its share of the workers is less than one.
    #[error(
        "--slowdown {slowdown}: its share of {n_workers} workers is nobody; give a share of at least 1/{n_workers}"
    )]
    NobodyToSlowDown {
        /// The slow-down.
        slowdown: workers::Slowdown,
        /// How many workers there are.
        n_workers: usize,
    },
    /// Whoever waits for a worker that never answers would do so for ever.
    #[error(
        "worker {worker} never answers (speed inf), so on the real clock a run may never end; add --seconds, or --job-limit"
    )]
    MayNeverEnd {
        /// Who.
        worker: ps_core::WorkerId,
    },
    /// Real threads compute real gradients.
    #[error("a schedule without a model runs in virtual time only: add --clock virtual")]
    ScheduleNeedsVirtualTime,
    /// Hogwild! has no place for this.
    #[error("{option} {asked}: hogwild {reason}; leave it out")]
    NotForHogwild {
        /// The option.
        option: &'static str,
        /// What was asked for.
        asked: String,
        /// Why not.
        reason: &'static str,
    },
    /// The run would never end.
    #[error(
        "a run must end at some time: --seconds 0 ends it before it begins; give a positive number"
    )]
    NoTime,
    /// Two fields of one name cannot be read again.
    #[error(
        "a run cannot be described by `{key}`: the first line of its trace has that field already; it has {}",
        OWN_FIELDS.join(", ")
    )]
    OwnField {
        /// The name that was given.
        key: String,
    },
    /// A thread that watches targets cannot be started.
    #[error("the thread that watches the target could not be started: {source}")]
    Thread {
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The trace file cannot be made.
    #[error("the trace {} cannot be written: {source}", path.display())]
    Trace {
        /// Where it was to be.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
}

/// A run that did not end as asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError<T: Scalar = f64> {
    /// The settings do not fit together; nothing was run.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The threads failed us.
    #[error(transparent)]
    Driver(#[from] DriverError),
    /// An oracle failed, or the model diverged: see the summary's stop reason. Its model is the last good one.
    #[error("{}", .0.stop_reason)]
    Failed(Box<Summary<T>>),
    /// The run went well or not (see the summary), but its trace could not be written to its end.
    #[error("the trace could not be written to its end: {source}")]
    Trace {
        /// What the operating system said.
        source: std::io::Error,
        /// What came out of the run.
        summary: Box<Summary<T>>,
    },
}
