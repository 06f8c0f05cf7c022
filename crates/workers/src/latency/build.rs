//! A latency model, made of its plain value for a number of workers.

use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

use ps_core::Setting;
use ps_core::form::{count, nearest};

use crate::latency::cluster::{Cluster, ClusterError};
use crate::latency::compute_times::ComputeTimes;
use crate::latency::measured::MeasuredError;
use crate::latency::spec::{ClusterSpec, DEFAULT_UNIT, Times, TimesError, time_of_a_worker};

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
        /// Which setting gave them.
        setting: Setting,
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
    /// A word of the file is no time of a worker.
    #[error("line {line}: {fault}")]
    Word {
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        fault: TimesError,
    },
    /// The file is of nobody.
    #[error("there is no number in it; give one for each worker")]
    Empty,
    /// They cannot be those of workers.
    #[error(transparent)]
    Unfit(ClusterError),
    /// They are of other workers.
    #[error(
        "{} for {}; give one for each",
        count(given, "number"),
        count(n_workers, "worker")
    )]
    WrongNumber {
        /// Number of times.
        given: usize,
        /// Number of workers.
        n_workers: usize,
    },
}

impl ClusterSpecError {
    /// The same, of times that this setting gave.
    fn of(self, name: Setting) -> Self {
        match self {
            Self::Times { times, fault, .. } => Self::Times {
                times,
                fault,
                setting: name,
            },
            other => other,
        }
    }

    /// Whether it is the request that is wrong, and not a file.
    pub fn is_request(&self) -> bool {
        match self {
            Self::Measured(error) => matches!(error, MeasuredError::Others { .. }),
            Self::Times { fault, .. } => {
                matches!(fault, TimesFault::WrongNumber { .. } | TimesFault::Unfit(_))
            }
            Self::Cluster(_) | Self::OnlyRecorded => true,
        }
    }
}

fn of_times(
    times: &Times,
    fault: &TimesFault,
    setting: &Setting,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    ps_core::write_spelled!(f, "{} {times}: {fault}", setting)?;
    let words = ["linear", "equal", "sqrt"].into_iter();
    match (times, fault) {
        (Times::File(path), TimesFault::Unread(_)) => {
            let meant = nearest(&path.to_string_lossy(), words);
            meant.map_or(Ok(()), |word| write!(f, "; did you mean `{word}`?"))
        }
        _ => Ok(()),
    }
}

ps_core::messages! {
    of_measured(error: &MeasuredError): "{}: {error}", ["compute"];
}

impl ClusterSpec {
    /// The latency model of this many workers.
    ///
    /// # Errors
    /// If a file cannot be read, or is of another number of workers, or the times make no sense.
    pub fn cluster(&self, n_workers: usize) -> Result<Cluster, ClusterSpecError> {
        let cluster = match &self.compute {
            ComputeTimes::Recorded => return Err(ClusterSpecError::OnlyRecorded),
            ComputeTimes::Measured(path) => {
                return self.with_times_of(Cluster::measured(path)?, n_workers);
            }
            ComputeTimes::Drawn(law) => {
                let unit = self.unit.unwrap_or(DEFAULT_UNIT);
                let times = self.times.as_ref().unwrap_or(&Times::Linear);
                let cluster = Cluster::new(times.of(n_workers)?, unit);
                cluster
                    .map_err(|error| times.unfit(error))?
                    .compute(law.clone())
            }
        };
        self.finished(cluster)
    }

    /// The latency model of this many workers, whose computations take the times of this one: those
    /// in the file of measured times, if somebody else has read it.
    ///
    /// # Errors
    /// As [`cluster`](Self::cluster).
    pub fn with_times_of(
        &self,
        measured: Cluster,
        n_workers: usize,
    ) -> Result<Cluster, ClusterSpecError> {
        let given = measured.n_workers();
        match &self.compute {
            ComputeTimes::Measured(path) if given != n_workers => Err(MeasuredError::Others {
                path: path.clone(),
                given,
                n_workers,
            }
            .into()),
            _ => self.finished(measured),
        }
    }

    /// These workers with links and slow-downs. What they are made of is this.
    fn finished(&self, mut cluster: Cluster) -> Result<Cluster, ClusterSpecError> {
        for slowdown in &self.slowdowns.0 {
            cluster = cluster.slowdown(slowdown.clone());
        }
        let n_workers = cluster.n_workers();
        let link = |given: &Option<Times>, name| match given {
            Some(given) => given.of(n_workers).map_err(|error| error.of(Setting(name))),
            None => Ok(cluster.times().to_vec()),
        };
        if self.download_times.is_some() || self.upload_times.is_some() {
            let download = link(&self.download_times, "download-times")?;
            let upload = link(&self.upload_times, "upload-times")?;
            cluster = cluster.link_times(download, upload)?;
        }
        let slowdowns = std::mem::take(&mut cluster.spec.slowdowns);
        cluster.spec = Self {
            slowdowns,
            ..self.clone()
        };
        Ok(cluster)
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
        let setting = Setting("times");
        ClusterSpecError::Times {
            times,
            fault,
            setting,
        }
    }

    /// What a latency model of these times is refused for, with them if they were given.
    fn unfit(&self, error: ClusterError) -> ClusterSpecError {
        let is_of_times = matches!(
            error,
            ClusterError::BadTime { .. } | ClusterError::NobodyAnswers
        );
        if is_of_times && matches!(self, Self::Given(_) | Self::File(_)) {
            self.refused(TimesFault::Unfit(error))
        } else {
            error.into()
        }
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
            let time = time_of_a_worker(word);
            times.push(time.map_err(|fault| TimesFault::Word { line, fault })?);
        }
    }
    if times.is_empty() {
        return Err(TimesFault::Empty);
    }
    Ok(times)
}

/// What a latency model is made of. Times that were recorded or measured are not in it.
impl From<&Cluster> for ClusterSpec {
    fn from(cluster: &Cluster) -> Self {
        cluster.spec.clone()
    }
}
