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
        let read = |source| MeasuredError::Read {
            path: path_of(),
            source,
        };
        let bytes = std::fs::read(path).map_err(read)?;
        let times = parse(&bytes, path)?;
        let n_workers = match times.last_key_value() {
            Some((last, _)) => last + 1,
            None => return Err(MeasuredError::NoRows { path: path_of() }),
        };
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
fn parse(bytes: &[u8], path: &Path) -> Result<BTreeMap<usize, Vec<Latency>>, MeasuredError> {
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .from_reader(bytes);
    let mut times = BTreeMap::<_, Vec<_>>::new();
    let mut columns = None;
    for record in reader.records() {
        let record = record.map_err(|error| MeasuredError::Read {
            path: path.to_owned(),
            source: error.into(),
        })?;
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
        let row = Row { record, path };
        let times = times.entry(row.worker(worker)?).or_default();
        times.push(Latency {
            download: Duration::ZERO,
            compute: Some(row.time(seconds)?),
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

struct Row<'a> {
    record: StringRecord,
    path: &'a Path,
}

impl Row<'_> {
    fn worker(&self, column: usize) -> Result<usize, MeasuredError> {
        let number = self.field(column).parse().ok();
        let number = number.filter(|&worker: &usize| worker < MAX_WORKERS);
        number.ok_or_else(|| self.refuse(column, "worker", "a whole number from 0 to 9999999"))
    }

    fn time(&self, column: usize) -> Result<Duration, MeasuredError> {
        let seconds: Option<f64> = self.field(column).parse().ok();
        let seconds = seconds.filter(|seconds| (1e-9..=1e9).contains(seconds));
        let bound = "a number of seconds from 1e-9 to 1e9";
        let seconds = seconds.ok_or_else(|| self.refuse(column, "seconds", bound))?;
        Ok(Duration::from_secs_f64(seconds))
    }

    fn field(&self, column: usize) -> &str {
        self.record.get(column).unwrap_or_default()
    }

    fn refuse(&self, column: usize, name: &'static str, bound: &'static str) -> MeasuredError {
        MeasuredError::Field {
            path: self.path.to_owned(),
            line: self.record.position().map_or(0, csv::Position::line),
            column: name,
            value: self.field(column).chars().take(40).collect(),
            bound,
        }
    }
}
