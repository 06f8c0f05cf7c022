//! What can be wrong with a trace.

use std::io;
use std::path::PathBuf;

/// A trace that cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TraceError {
    /// The file cannot be opened or read.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The first line is not that of a trace.
    #[error("{} is not a trace of asgrad: {reason}", path.display())]
    NotATrace {
        /// Which file.
        path: PathBuf,
        /// What is wrong with its first line.
        reason: String,
    },
    /// A line makes no sense, and it is not the last one.
    #[error("{}, line {line}: {reason}", path.display())]
    Line {
        /// Which file.
        path: PathBuf,
        /// Which line, counted from 1.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
}
