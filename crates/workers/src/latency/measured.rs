//! Compute times that were measured, from a file.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use csv::{ReaderBuilder, StringRecord, Trim};

use crate::latency::cluster::{Cluster, ClusterError, Latency};
use crate::latency::compute_times::ComputeTimes;

/// More workers than anybody runs.
const MAX_WORKERS: usize = 10_000_000;

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
    #[error("{}: it has times of {given} workers, and there are {n_workers}", path.display())]
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
fn parse(path: &Path) -> Result<BTreeMap<usize, Vec<Latency>>, MeasuredError> {
    let unread = |error: csv::Error| MeasuredError::Read {
        path: path.to_owned(),
        source: error.into(),
    };
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .from_path(path)
        .map_err(unread)?;
    let mut times = BTreeMap::<_, Vec<_>>::new();
    let mut columns = None;
    for record in reader.records() {
        let record = record.map_err(unread)?;
        if record.len() == 1 && record[0].is_empty() {
            continue;
        }
        let (worker, seconds) = match columns {
            Some(columns) => columns,
            None if is_header(&record) => {
                columns = Some(named(&record, path)?);
                continue;
            }
            None => *columns.insert((0, 1)),
        };
        let (worker, compute) = row(&record, worker, seconds, path)?;
        times.entry(worker).or_default().push(Latency {
            download: Duration::ZERO,
            compute: Some(compute),
            upload: Duration::ZERO,
        });
    }
    Ok(times)
}

/// Only a header begins with a letter: numbers that are none, such as NaN, are mistakes in a row.
fn is_header(record: &StringRecord) -> bool {
    let first = record.get(0).unwrap_or_default();
    first.starts_with(char::is_alphabetic) && first.parse::<f64>().is_err()
}

/// Where the header has the two columns.
fn named(header: &StringRecord, path: &Path) -> Result<(usize, usize), MeasuredError> {
    let find = |column: &'static str| {
        let position = header
            .iter()
            .position(|name| name.eq_ignore_ascii_case(column));
        position.ok_or_else(|| MeasuredError::NoColumn {
            path: path.to_owned(),
            column,
        })
    };
    Ok((find("worker")?, find("seconds")?))
}

/// The worker and the time in these columns of a row.
fn row(
    record: &StringRecord,
    worker: usize,
    seconds: usize,
    path: &Path,
) -> Result<(usize, Duration), MeasuredError> {
    let field = |column| record.get(column).unwrap_or_default();
    let refuse = |value: &str, column, bound| MeasuredError::Field {
        path: path.to_owned(),
        line: record.position().map_or(0, csv::Position::line),
        column,
        value: value.chars().take(40).collect(),
        bound,
    };
    let (worker, seconds) = (field(worker), field(seconds));
    let number = worker.parse().ok().filter(|&number| number < MAX_WORKERS);
    let number = number.ok_or_else(|| refuse(worker, "worker", "a whole number from 0 to 9999999"));
    let time = seconds
        .parse()
        .ok()
        .filter(|time| (1e-9..=1e9).contains(time));
    let bound = "a number of seconds from 1e-9 to 1e9";
    let time = time.ok_or_else(|| refuse(seconds, "seconds", bound));
    Ok((number?, Duration::from_secs_f64(time?)))
}
