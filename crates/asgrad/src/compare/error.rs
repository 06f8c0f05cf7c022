//! What can go wrong with a comparison.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use std::sync::Arc;

use ps_core::StopReason;
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
    #[error(
        "--repeat {repeat} from --seed {seed}: at least one seed, and at most {}",
        u64::MAX
    )]
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
    #[error(
        "a step size is looked for in virtual time, which --compute none makes stand still; \
         give --step-size, or a law of compute times"
    )]
    NoVirtualTime,
    /// What makes experiments, or looks on, failed.
    #[error(transparent)]
    Setup(SetupError),
    /// No step size helps a method that waits for a worker that never answers.
    #[error("{method}: {reason}; give --seconds")]
    Hung {
        /// Which method.
        method: String,
        /// For whom it waits.
        reason: StopReason,
    },
    /// There is no step size to go on with.
    #[error("{method}: every step size of the grid {grid} diverged; give one with --step-size")]
    AllDiverged {
        /// Which method.
        method: String,
        /// What was tried.
        grid: Grid,
    },
    /// The threads failed us.
    #[error(transparent)]
    Driver(#[from] DriverError),
    /// There is no folder for the traces.
    #[error("{} cannot be made: {source}", folder.display())]
    Folder {
        /// Where it was to be.
        folder: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// An [`CompareObserver`](super::CompareObserver) ended it before there was anything to compare.
    #[error("interrupted")]
    Interrupted,
}
