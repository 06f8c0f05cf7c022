//! Why theory has nothing to say.

use ps_core::{OracleError, WorkerId};

use crate::replay::{Divergence, ReplayError};
use trace::TraceError;

/// Why theory says nothing of a run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TheoryError {
    /// The trace cannot be replayed.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// The replay makes other models than those of the run.
    #[error("the replay leaves the trace at {0}")]
    Diverged(Divergence),
    /// There is nothing to measure.
    #[error("no gradient of this trace reached the model")]
    NoGradients,
    /// Every model is NaN or infinite where it was to be looked at.
    #[error("no evaluated version of this trace has a finite loss and gradient")]
    NotFinite,
    /// A squared norm is a finite number of at least 0.
    #[error("the target {0:?} is a squared gradient norm: it is finite and at least 0")]
    BadTarget(f64),
    /// The gradients of one version fill the memory.
    #[error(
        "{workers} workers times {parameters} parameters are more than {most} numbers, and so many are kept for each version"
    )]
    TooLarge {
        /// How many workers there are.
        workers: usize,
        /// How many parameters.
        parameters: usize,
        /// How many numbers fit.
        most: usize,
    },
    /// A gradient beside the run could not be computed.
    #[error("a gradient of worker {worker} beside the run: {source}")]
    Oracle {
        /// Whose gradient.
        worker: WorkerId,
        /// What the oracle said.
        source: OracleError,
    },
}

impl From<TraceError> for TheoryError {
    fn from(error: TraceError) -> Self {
        Self::Replay(error.into())
    }
}
