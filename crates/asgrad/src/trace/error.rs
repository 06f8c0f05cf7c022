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
    /// More workers than are looked at one by one.
    #[error(
        "{} is of {workers} workers, and at most {most} are looked at one by one; record fewer",
        path.display()
    )]
    TooManyWorkers {
        /// Which file.
        path: PathBuf,
        /// How many workers its first line names.
        workers: usize,
        /// How many are possible.
        most: usize,
    },
    /// A line makes no sense.
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
