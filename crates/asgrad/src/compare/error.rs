//! What can go wrong with a comparison.

use std::error::Error;
use std::sync::Arc;

use ps_core::{StopReason, WorkerId};
use workers::DriverError;

use super::Grid;
use crate::error::ConfigError;

/// What an own function could not do.
pub type SetupError = Box<dyn Error + Send + Sync>;

/// A comparison that cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompareError {
    /// A method that was named cannot be understood.
    #[error(transparent)]
    Refused(Arc<ConfigError>),
    /// There is nothing to compare.
    #[error("no method was named; name at least one")]
    NoMethods,
    /// One would be written over the other.
    #[error("method `{name}` is there twice; leave one out, or name it differently")]
    Twice {
        /// Which.
        name: String,
    },
    /// No run, or more seeds than there are.
    #[error(fmt = seeds)]
    Seeds {
        /// The first.
        seed: u64,
        /// How many.
        repeat: u64,
    },
    /// Nobody can say which method does better.
    #[error(
        "methods are compared by their losses; give the experiment an objective (Experiment::with_objective)"
    )]
    NoObjective,
    /// The settings of an experiment do not fit together.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// There is no virtual time to tune in.
    #[error(fmt = no_virtual_time)]
    NoVirtualTime,
    /// Nothing is emulated, and it could not be measured how long the workers take.
    #[error(fmt = unmeasured)]
    Unmeasured {
        /// The first worker that made no gradient.
        worker: WorkerId,
        /// For how many seconds it was waited for.
        seconds: u64,
    },
    /// What makes experiments, or looks on, failed.
    #[error(transparent)]
    Setup(SetupError),
    /// No step size helps a method that waits for a worker that never answers.
    #[error(fmt = hung)]
    Hung {
        /// Which method.
        method: String,
        /// For whom it waits.
        reason: StopReason,
    },
    /// No step size can be told from another.
    #[error(fmt = no_update)]
    NoUpdate {
        /// Which method.
        method: String,
    },
    /// There is no step size to go on with.
    #[error(fmt = all_diverged)]
    AllDiverged {
        /// Which method.
        method: String,
        /// What was tried.
        grid: Grid,
    },
    /// The threads failed us.
    #[error(transparent)]
    Driver(#[from] DriverError),
    /// An [`CompareObserver`](super::CompareObserver) ended it before there was anything to
    /// compare.
    #[error("interrupted")]
    Interrupted,
}

ps_core::messages! {
    seeds(seed: &u64, repeat: &u64):
        "{} {repeat} from {} {seed}: at least one seed, and at most {}",
        ["repeat", "seed"], u64::MAX;
    no_virtual_time():
        "a step size is looked for in virtual time, which {} none makes stand still; give {}, or a law of compute times",
        ["compute", "step-size"];
    unmeasured(worker: &WorkerId, seconds: &u64):
        "worker {worker} made no gradient in {seconds} s, so it is not known how long it takes; give {0} and {1}, or a law of compute times ({2})",
        ["step-size", "target-loss", "compute"];
    hung(method: &str, reason: &StopReason):
        "{method}: {reason}; give {} that ends the run before, a longer {}, or {} continue",
        ["seconds", "job-limit", "on-lost-worker"];
    no_update(method: &str):
        "{method}: no update was made in the time that there was, so no step size is better than another; give longer {}, or leave out workers that do not answer",
        ["seconds"];
    all_diverged(method: &str, grid: &Grid):
        "{method}: every step size of the grid {grid} diverged; give one with {}",
        ["step-size"];
}
