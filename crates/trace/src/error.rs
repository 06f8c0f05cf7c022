//! What can be wrong with a trace.

use std::io;
use std::path::PathBuf;

use workers::ClusterError;

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
    /// The first line is that of a run of Hogwild! whose other lines have no versions.
    #[error(
        "{} is a trace of hogwild in format 1, whose lines have no versions; they have since: record it again",
        path.display()
    )]
    HogwildWithoutVersions {
        /// Which file.
        path: PathBuf,
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
    /// The times of the jobs may not be those that were recorded.
    #[error(
        "line {line} of the trace is not as it was written, or one before it is missing: its machine is not one that was \
         recorded"
    )]
    AlteredMachine {
        /// The first such line, counted from 1.
        line: u64,
    },
    /// What the trace says of its workers is not enough to run others like them.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// How fast a worker is was never seen.
    #[error(
        "worker {worker} finished none of the {jobs} jobs that came back from it in the recording: they were cancelled or expired; \
         so how long it takes is not known: record a method that lets it finish"
    )]
    NothingFinished {
        /// Which worker.
        worker: usize,
        /// How many jobs came back.
        jobs: usize,
    },
}
