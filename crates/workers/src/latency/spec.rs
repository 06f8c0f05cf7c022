//! The latency model as a plain value, before the number of workers is known.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use ps_core::Setting;

use crate::latency::cluster::{Cluster, ClusterError};
use crate::latency::compute_times::ComputeTimes;
use crate::latency::law::Law;
use crate::latency::measured::MeasuredError;
use crate::latency::slowdown::Slowdowns;

/// What a [`Cluster`] is made of: laws, times and slow-downs. Without a law of compute times
/// nothing is emulated.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClusterSpec {
    /// Times for one gradient, in units; by default [`Times::Linear`].
    pub times: Option<Times>,
    /// Length of one unit; by default a millisecond.
    pub unit: Option<Duration>,
    /// Law of compute times.
    pub compute: ComputeTimes,
    /// Law of the time that a model takes to its worker.
    pub download: Law,
    /// Law of the time that a gradient takes to the server.
    pub upload: Law,
    /// Times of a download, in units, where they differ from those of computing.
    pub download_times: Option<Times>,
    /// Times of an upload, in units, where they differ from those of computing.
    pub upload_times: Option<Times>,
    /// What slows workers down as time passes.
    pub slowdowns: Slowdowns,
}

/// The time that each worker takes for one gradient, in units.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Times {
    /// `i + 1` for worker `i`.
    #[default]
    Linear,
    /// 1 for every worker.
    Equal,
    /// `√(i + 1)` for worker `i`.
    Sqrt,
    /// One number for each worker.
    Given(Vec<f64>),
    /// Numbers in a file, separated by white space or commas; `#` begins a comment.
    File(PathBuf),
}

/// A text that gives no times.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimesError {
    /// The text is empty.
    #[error("expected linear, equal, sqrt, numbers separated by commas, or a file")]
    Nothing,
    /// One of several numbers is none.
    #[error("`{0}` is not a number")]
    NotANumber(String),
}

/// A plain latency model that cannot be made for the workers there are. `{}` calls settings by
/// their names, `{:#}` as the options of the command line.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClusterSpecError {
    /// Its times make no sense.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// The times that were given do not fit, or cannot be read.
    #[error(fmt = of_times)]
    Times {
        /// The times.
        times: Times,
        /// What is wrong with them.
        fault: TimesFault,
    },
    /// A file of measured times cannot be read, or is of other workers.
    #[error(fmt = of_measured)]
    Measured(#[from] MeasuredError),
    /// Times that a program recorded are in no text.
    #[error(
        "recorded times are those of the program that gave them: give a law, or a file of measured times"
    )]
    OnlyRecorded,
}

/// What is wrong with times that were given.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TimesFault {
    /// The file cannot be read.
    #[error(transparent)]
    Unread(#[from] io::Error),
    /// A word of the file is no number.
    #[error("line {line}: `{word}` is not a number")]
    NotANumber {
        /// The line, from 1.
        line: u64,
        /// What is there.
        word: String,
    },
    /// They are of other workers.
    #[error("{given} numbers, and there are {n_workers} workers")]
    WrongNumber {
        /// Number of times.
        given: usize,
        /// Number of workers.
        n_workers: usize,
    },
}

impl ClusterSpecError {
    /// Whether it is the request that is wrong, and not a file.
    pub fn is_request(&self) -> bool {
        match self {
            Self::Measured(error) => matches!(error, MeasuredError::Others { .. }),
            Self::Times { fault, .. } => matches!(fault, TimesFault::WrongNumber { .. }),
            Self::Cluster(_) | Self::OnlyRecorded => true,
        }
    }
}

fn of_times(times: &Times, fault: &TimesFault, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    ps_core::write_spelled!(f, "{} {}: {}", Setting("times"), times, fault)
}

fn of_measured(error: &MeasuredError, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    ps_core::write_spelled!(f, "{}: {}", Setting("compute"), error)
}

/// Length of a unit of time if none is given.
pub(in crate::latency) const DEFAULT_UNIT: Duration = Duration::from_millis(1);

impl ClusterSpec {
    /// The latency model of this many workers.
    ///
    /// # Errors
    /// If a file cannot be read, or is of another number of workers, or the times make no sense.
    pub fn cluster(&self, n_workers: usize) -> Result<Cluster, ClusterSpecError> {
        let mut cluster = match &self.compute {
            ComputeTimes::Recorded => return Err(ClusterSpecError::OnlyRecorded),
            ComputeTimes::Measured(path) => {
                let cluster = Cluster::measured(path)?;
                let given = cluster.n_workers();
                if given != n_workers {
                    let path = path.clone();
                    let others = MeasuredError::Others {
                        path,
                        given,
                        n_workers,
                    };
                    return Err(others.into());
                }
                cluster
            }
            ComputeTimes::Drawn(law) => {
                let unit = self.unit.unwrap_or(DEFAULT_UNIT);
                let times = self.times.as_ref().unwrap_or(&Times::Linear);
                Cluster::new(times.of(n_workers)?, unit)?.compute(law.clone())
            }
        };
        cluster.spec.download = self.download.clone();
        cluster.spec.upload = self.upload.clone();
        for slowdown in &self.slowdowns.0 {
            cluster = cluster.slowdown(slowdown.clone());
        }
        if self.download_times.is_none() && self.upload_times.is_none() {
            return Ok(cluster);
        }
        let link = |given: &Option<Times>| match given {
            Some(given) => given.of(n_workers),
            None => Ok(cluster.times().to_vec()),
        };
        let (download, upload) = (link(&self.download_times)?, link(&self.upload_times)?);
        Ok(cluster.link_times(download, upload)?)
    }

    /// Number of workers that the times are of, where they say so.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn n_workers(&self) -> Result<Option<usize>, ClusterSpecError> {
        if let ComputeTimes::Measured(path) = &self.compute {
            return Ok(Some(Cluster::measured(path)?.n_workers()));
        }
        let given = self.times.as_ref().map(Times::given).transpose()?;
        Ok(given.flatten().map(|times| times.len()))
    }
}

impl Times {
    /// The numbers that were given, if they were.
    fn given(&self) -> Result<Option<Vec<f64>>, ClusterSpecError> {
        match self {
            Self::Given(times) => Ok(Some(times.clone())),
            Self::File(path) => read_times(path)
                .map(Some)
                .map_err(|fault| self.refused(fault)),
            Self::Linear | Self::Equal | Self::Sqrt => Ok(None),
        }
    }

    fn refused(&self, fault: TimesFault) -> ClusterSpecError {
        let times = self.clone();
        ClusterSpecError::Times { times, fault }
    }

    /// The time of each of `n` workers, in units.
    fn of(&self, n_workers: usize) -> Result<Vec<f64>, ClusterSpecError> {
        let formula = |i: f64| match self {
            Self::Equal => 1.0,
            Self::Sqrt => (i + 1.0).sqrt(),
            _ => i + 1.0,
        };
        match self.given()? {
            None => Ok((0..n_workers).map(|i| formula(i as f64)).collect()),
            Some(times) if times.len() == n_workers => Ok(times),
            Some(times) => {
                let given = times.len();
                Err(self.refused(TimesFault::WrongNumber { given, n_workers }))
            }
        }
    }
}

fn read_times(path: &Path) -> Result<Vec<f64>, TimesFault> {
    let text = fs::read_to_string(path)?;
    let mut times = Vec::new();
    for (content, line) in text.lines().zip(1..) {
        let content = content.split('#').next().unwrap_or_default();
        let words = content.split(|c: char| c.is_whitespace() || c == ',');
        for word in words.filter(|word| !word.is_empty()) {
            let no_number = |_| TimesFault::NotANumber {
                line,
                word: word.to_owned(),
            };
            times.push(word.parse().map_err(no_number)?);
        }
    }
    Ok(times)
}

impl FromStr for Times {
    type Err = TimesError;

    fn from_str(text: &str) -> Result<Self, TimesError> {
        match text {
            "" => return Err(TimesError::Nothing),
            "linear" => return Ok(Self::Linear),
            "equal" => return Ok(Self::Equal),
            "sqrt" => return Ok(Self::Sqrt),
            _ => {}
        }
        if !text.contains(',') && text.parse::<f64>().is_err() {
            return Ok(Self::File(PathBuf::from(text)));
        }
        let number = |part: &str| {
            let not_a_number = |_| TimesError::NotANumber(part.to_owned());
            part.trim().parse().map_err(not_a_number)
        };
        let numbers: Result<_, _> = text.split(',').map(number).collect();
        numbers.map(Self::Given)
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Linear => f.write_str("linear"),
            Self::Equal => f.write_str("equal"),
            Self::Sqrt => f.write_str("sqrt"),
            Self::Given(times) => {
                let times: Vec<_> = times.iter().map(f64::to_string).collect();
                f.write_str(&times.join(","))
            }
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

/// What a latency model is made of. Times that were recorded or measured are not in it.
impl From<&Cluster> for ClusterSpec {
    fn from(cluster: &Cluster) -> Self {
        cluster.spec.clone()
    }
}

/// In words: laws, unit and what slows workers down.
impl fmt::Display for ClusterSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            download,
            compute,
            upload,
            ..
        } = self;
        let unit = self.unit.unwrap_or(DEFAULT_UNIT);
        match compute {
            ComputeTimes::Drawn(law) => {
                write!(
                    f,
                    "download {download}, compute {law}, upload {upload}, unit {unit:?}"
                )?;
            }
            ComputeTimes::Measured(path) => write!(f, "compute as measured in {}", path.display())?,
            ComputeTimes::Recorded => f.write_str("times as they were recorded")?,
        }
        let has_links = !download.is_none() || !upload.is_none();
        if has_links && !matches!(compute, ComputeTimes::Drawn(_)) {
            write!(f, ", and download {download}, upload {upload}")?;
        }
        let slowdowns: Vec<_> = self.slowdowns.0.iter().map(ToString::to_string).collect();
        if !slowdowns.is_empty() {
            write!(f, ", slowed down by {}", slowdowns.join(" and "))?;
        }
        Ok(())
    }
}
