//! What travels between server and workers: a job out, its completion back.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::ids::{JobId, Version, WorkerId};
use crate::job_context::{DataUsedUp, OracleError};
use crate::scalar::Scalar;
use crate::snapshot::{Buffer, Snapshot};

/// One gradient to be computed: by whom, at which version, and where to write it.
#[derive(Debug)]
pub struct Job<T = f64> {
    /// Its number, counting assignments.
    pub id: JobId,
    /// Who computes it, on that worker's own data.
    pub worker: WorkerId,
    /// When the server assigned it, since the start of the run.
    pub assigned: Duration,
    /// The model to differentiate at.
    pub snapshot: Snapshot<T>,
    /// How long after its start it expires, if at all.
    pub limit: Option<Duration>,
    /// Where the gradient is written; its content before that is unspecified, and NaN in a
    /// worker's first job.
    pub gradient: Buffer<T>,
}

impl<T: Scalar> Job<T> {
    /// The version of the model to differentiate at.
    #[inline]
    pub fn read_version(&self) -> Version {
        self.snapshot.version()
    }
}

/// When a job ran, since the start of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JobTimes {
    /// When its worker took it up.
    pub started: Duration,
    /// When its gradient reached the server's door.
    pub finished: Duration,
    /// How long its model took to arrive, before the oracle began.
    pub download: Duration,
    /// How long the oracle took, without any injected wait.
    pub computed: Duration,
    /// How long its gradient took to the server's door, at the end.
    pub upload: Duration,
    /// How long its worker had been serving since its job before.
    pub served: Duration,
    /// What the oracle was asked to take at most, if it took longer: the emulated speeds are then
    /// not the ones asked for.
    pub overrun: Option<Duration>,
}

impl JobTimes {
    /// The part of these times that is over at `end`: what happens later is cut off. A job whose
    /// `finished` is 0 has not finished, and lasts until then.
    #[must_use]
    pub fn cut_at(self, end: Duration) -> Self {
        let started = self.started.min(end);
        let begun = (self.started + self.download).min(end);
        let computed = (begun + self.computed).min(end);
        let finished = match self.finished {
            Duration::ZERO => end,
            finished => finished,
        };
        let sent = finished.saturating_sub(self.upload);
        let sent = sent.max(computed).min(end);
        let finished = finished.min(end);
        Self {
            started,
            download: begun - started,
            computed: computed - begun,
            finished,
            upload: finished.saturating_sub(sent),
            ..self
        }
    }
}

/// A job on its way back: everything that was sent, and what became of it.
#[derive(Debug)]
pub struct Completion<T = f64> {
    /// The job, with the gradient in its buffer if the outcome says so.
    pub job: Job<T>,
    /// When it ran.
    pub times: JobTimes,
    /// Whether there is a gradient.
    pub outcome: Outcome,
}

/// What became of a job.
#[derive(Debug)]
pub enum Outcome {
    /// The gradient is in the job's buffer.
    Gradient,
    /// There is none: the server had cancelled the job.
    Cancelled,
    /// There is none: the job took longer than its limit.
    Expired,
    /// There is none: the oracle failed, and its worker is lost.
    Failed(Failure),
}

/// Why a worker was lost. Two are equal if they read the same.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Failure {
    /// The oracle returned an error, which is shared by whoever tells of it.
    Error(Arc<dyn Error + Send + Sync>),
    /// The oracle panicked, with this message.
    Panic(String),
    /// The oracle has not come back for this long; [`Duration::MAX`]: it never will.
    Hung(Duration),
    /// Its gradient had a component that is NaN or infinite.
    NotFinite,
}

impl From<OracleError> for Failure {
    fn from(error: OracleError) -> Self {
        Self::Error(error.into())
    }
}

impl PartialEq for Failure {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

const NEVER: &str = "it never answers, and nothing else would have happened";
const NOT_FINITE: &str = "its gradient has a component that is NaN or infinite";

impl Failure {
    /// The failure with this message, as a trace has it. The time of one that hung is to the
    /// millisecond.
    pub fn from_message(message: &str) -> Option<Self> {
        if let Some(error) = message.strip_prefix("the oracle returned an error: ") {
            return Some(OracleError::from(error).into());
        }
        if let Some(panic) = message.strip_prefix("the oracle panicked: ") {
            return Some(Self::Panic(panic.to_owned()));
        }
        match message {
            _ if message == DataUsedUp.to_string() => {
                return Some(OracleError::from(DataUsedUp).into());
            }
            NOT_FINITE => return Some(Self::NotFinite),
            NEVER => return Some(Self::Hung(Duration::MAX)),
            _ => {}
        }
        let waited = message.strip_prefix("no answer for ")?.strip_suffix(" s")?;
        let waited = Duration::try_from_secs_f64(waited.parse().ok()?).ok()?;
        Some(Self::Hung(waited))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(error) if error.is::<DataUsedUp>() => error.fmt(f),
            Self::Error(error) => write!(f, "the oracle returned an error: {error}"),
            Self::Panic(message) => write!(f, "the oracle panicked: {message}"),
            Self::Hung(Duration::MAX) => f.write_str(NEVER),
            Self::Hung(waited) => write!(f, "no answer for {:.3} s", waited.as_secs_f64()),
            Self::NotFinite => f.write_str(NOT_FINITE),
        }
    }
}
