//! Why there is no problem.

use thiserror::Error;

use crate::load_error::LoadError;
use crate::request_error::RequestError;

/// Why there is no problem.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ProblemError {
    /// The request is wrong, whatever the files say.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// A file is missing or wrong.
    #[error(transparent)]
    Data(#[from] LoadError),
}

impl ProblemError {
    /// Whether it is the request that is wrong, and not the data.
    pub fn is_request(&self) -> bool {
        matches!(self, Self::Request(_))
    }
}
