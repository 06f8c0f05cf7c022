//! The latency model as a plain value, before the number of workers is known.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use ps_core::form::{real, text_of};

use crate::latency::compute_times::ComputeTimes;
use crate::latency::law::Law;
use crate::latency::slowdown::Slowdowns;

/// What a [`Cluster`](crate::Cluster) is made of: laws, times and slow-downs. Without a law of compute times
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
    /// A number is no time.
    #[error("`{0}` is no time of a worker: above 0 and at most 1e9, or inf")]
    NoTime(String),
}

/// The time of a worker, in units.
pub(in crate::latency) fn time_of_a_worker(word: &str) -> Result<f64, TimesError> {
    let word = word.trim();
    match real(word) {
        Some(time) if 0.0 < time && (time <= 1e9 || time.is_infinite()) => Ok(time),
        Some(_) => Err(TimesError::NoTime(word.to_owned())),
        None => Err(TimesError::NotANumber(word.to_owned())),
    }
}

/// Length of a unit of time if none is given.
pub(in crate::latency) const DEFAULT_UNIT: Duration = Duration::from_millis(1);

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
        let numbers: Result<_, _> = text.split(',').map(time_of_a_worker).collect();
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
                let times: Vec<_> = times.iter().copied().map(text_of).collect();
                f.write_str(&times.join(","))
            }
            Self::File(path) => write!(f, "{}", path.display()),
        }
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
