//! What can go wrong when a timeline is written.

use std::io;
use std::path::PathBuf;

use trace::TraceError;

/// A timeline that cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The trace cannot be read.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// The timeline cannot be written.
    #[error("the timeline cannot be written: {0}")]
    Write(#[from] io::Error),
    /// The file of the timeline cannot be created or written.
    #[error("the timeline cannot be written to {}: {source}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The timeline was to be written over its own trace.
    #[error("{} is the trace itself: the timeline needs another file", path.display())]
    Overwrites {
        /// Which file.
        path: PathBuf,
    },
}
