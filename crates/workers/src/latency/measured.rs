//! Compute times that were measured, from a file.

use std::io;
use std::path::{Path, PathBuf};

use ps_core::form::count;

use crate::latency::cluster::{Cluster, ClusterError};
use crate::latency::compute_times::ComputeTimes;

/// A file of compute times that cannot be read, or that does not say what it should.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MeasuredError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The program has no reader of it.
    #[error("{}: {}", path.display(), ps_core::not_built("measured times", "", "problems"))]
    NotBuilt {
        /// Which file.
        path: PathBuf,
    },
    /// A header without one of the two columns.
    #[error("{}: no column `{column}` in the header; there must be `worker` and `seconds`", path.display())]
    NoColumn {
        /// Which file.
        path: PathBuf,
        /// What is missing.
        column: &'static str,
    },
    /// A field that is not what belongs there.
    #[error("{}:{line}: {column} `{value}`: expected {bound}", path.display())]
    Field {
        /// Which file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// The column.
        column: &'static str,
        /// What is there.
        value: String,
        /// What belongs there.
        bound: &'static str,
    },
    /// Nothing is known of how long a worker takes.
    #[error("{}: worker {worker} of {n_workers} has no time; workers are counted from 0", path.display())]
    NoTime {
        /// Which file.
        path: PathBuf,
        /// The first such worker.
        worker: usize,
        /// How many workers there are by the largest number.
        n_workers: usize,
    },
    /// It is of other workers.
    #[error("{}: it has times of {}, and the run is of {n_workers}", path.display(), count(given, "worker"))]
    Others {
        /// Which file.
        path: PathBuf,
        /// Number of workers in it.
        given: usize,
        /// Number of workers there are.
        n_workers: usize,
    },
    /// There is no row in it.
    #[error("{}: no rows; each has a worker and its seconds", path.display())]
    NoRows {
        /// Which file.
        path: PathBuf,
    },
    /// The times make no cluster.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
}

impl Cluster {
    /// Workers whose computations take the times in a file of comma-separated values: in each row
    /// the number of a worker, from 0, and the seconds of one of its jobs, in the order in which
    /// they happened. A header names the columns `worker` and `seconds`, among others; without one
    /// there are these two. A worker takes its times one after the other, and from the first again
    /// at the end.
    ///
    /// # Errors
    /// If the file cannot be read, a field is not a worker or a positive time, or a worker has
    /// none.
    ///
    /// # Examples
    /// ```
    /// use workers::Cluster;
    ///
    /// let path = std::env::temp_dir().join("asgrad-doc-measured.csv");
    /// std::fs::write(&path, "worker,seconds\n0,0.25\n1,1.5\n0,0.5\n")?;
    /// let cluster = Cluster::measured(&path)?;
    /// assert_eq!(cluster.n_workers(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn measured(path: &Path) -> Result<Self, MeasuredError> {
        let path_of = || path.to_owned();
        let times = parse(path)?;
        let Some((last, _)) = times.last_key_value() else {
            return Err(MeasuredError::NoRows { path: path_of() });
        };
        let n_workers = last + 1;
        if let Some(worker) = (0..n_workers).find(|worker| !times.contains_key(worker)) {
            return Err(MeasuredError::NoTime {
                path: path_of(),
                worker,
                n_workers,
            });
        }
        let mut cluster = Self::recorded(times.into_values().collect())?;
        cluster.spec.compute = ComputeTimes::Measured(path_of());
        Ok(cluster)
    }
}

/// The times of each worker, in order.
#[cfg(not(feature = "csv"))]
fn parse(
    path: &Path,
) -> Result<std::collections::BTreeMap<usize, Vec<super::cluster::Latency>>, MeasuredError> {
    Err(MeasuredError::NotBuilt {
        path: path.to_owned(),
    })
}

#[cfg(feature = "csv")]
use file::parse;

#[cfg(feature = "csv")]
mod file;
