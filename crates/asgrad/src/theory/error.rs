//! Why theory has nothing to say.

use ps_core::{OracleError, WorkerId};

use crate::{Divergence, ReplayError, TraceError};

/// A run of which theory cannot be asked.
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
