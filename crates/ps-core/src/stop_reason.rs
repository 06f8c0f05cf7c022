//! Why a run ended.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use crate::form::count;
use crate::ids::{JobId, Version, WorkerId};
use crate::job::Failure;

/// Why a run ended. Every run has exactly one reason: the first.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum StopReason {
    /// The number of updates asked for was reached.
    Updates,
    /// The time asked for was over.
    Seconds,
    /// The number of gradients asked for was received.
    Gradients,
    /// An evaluated version's gradient norm reached the target.
    TargetGradientNorm,
    /// An evaluated version's loss reached the target.
    TargetLoss,
    /// Somebody asked for it, from another thread.
    Requested,
    /// Ctrl-C.
    Interrupted,
    /// An oracle failed.
    WorkerLost {
        /// Whose.
        worker: WorkerId,
        /// On which job.
        job: JobId,
        /// How.
        failure: Failure,
    },
    /// No worker is left: they were lost one after the other.
    AllLost {
        /// How many there were.
        workers: usize,
        /// Who went last.
        worker: WorkerId,
        /// On which job.
        job: JobId,
        /// Why.
        failure: Failure,
    },
    /// What the server or an evaluation calls panicked.
    Panicked {
        /// What it was.
        part: &'static str,
        /// What the panic said.
        message: String,
    },
    /// A gradient had a component that is NaN or infinite.
    NotFinite {
        /// Whose gradient.
        worker: WorkerId,
        /// Of which job.
        job: JobId,
        /// Computed at which version.
        read_version: Version,
    },
    /// The model ran away until a step left the range of the number type. The last finite version
    /// is kept.
    Diverged {
        /// The last finite version.
        version: Version,
        /// Whose gradient led out of range.
        worker: WorkerId,
        /// Of which job.
        job: JobId,
    },
    /// No job is out and the method assigned none: nothing will ever happen again.
    Starved {
        /// How many workers are left.
        alive: usize,
    },
    /// A worker did not answer in time, and nobody else kept the run going.
    Hung {
        /// Who.
        worker: WorkerId,
        /// On which job.
        job: JobId,
        /// How long the answer has been missing; [`Duration::MAX`]: it will never come.
        waited: Duration,
    },
}

impl StopReason {
    /// The word that the trace and the exports use.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Updates => "updates",
            Self::Seconds => "seconds",
            Self::Gradients => "gradients",
            Self::TargetGradientNorm => "target-gradient-norm",
            Self::TargetLoss => "target-loss",
            Self::Requested => "requested",
            Self::Interrupted => "interrupted",
            Self::WorkerLost { .. } => "worker-lost",
            Self::AllLost { .. } => "all-lost",
            Self::Panicked { .. } => "panicked",
            Self::NotFinite { .. } => "not-finite",
            Self::Diverged { .. } => "diverged",
            Self::Starved { .. } => "starved",
            Self::Hung { .. } => "hung",
        }
    }

    /// Why, for people, if the run ended otherwise than as asked.
    pub fn failure(&self) -> Option<String> {
        self.is_failure().then(|| self.to_string())
    }

    /// The reasons of runs that ended as asked.
    const AS_ASKED: [Self; 7] = [
        Self::Updates,
        Self::Seconds,
        Self::Gradients,
        Self::TargetGradientNorm,
        Self::TargetLoss,
        Self::Requested,
        Self::Interrupted,
    ];

    /// Whether the run ended otherwise than as asked.
    pub fn is_failure(&self) -> bool {
        !Self::AS_ASKED.contains(self)
    }

    /// The reason of this [word](Self::word), if it is no failure: of a failure the word is not all.
    pub fn as_asked(word: &str) -> Option<Self> {
        Self::AS_ASKED
            .into_iter()
            .find(|reason| reason.word() == word)
    }
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Updates => write!(f, "all updates done"),
            Self::Seconds => write!(f, "time is up"),
            Self::Gradients => write!(f, "all gradients done"),
            Self::TargetGradientNorm => write!(f, "target gradient norm reached"),
            Self::TargetLoss => write!(f, "target loss reached"),
            Self::Requested => write!(f, "stopped on request"),
            Self::Interrupted => write!(f, "interrupted"),
            Self::WorkerLost {
                worker,
                job,
                failure,
            } => write!(f, "worker {worker} was lost on job {job}: {failure}"),
            Self::AllLost {
                workers,
                worker,
                job,
                failure,
            } => write!(
                f,
                "no worker is left of {workers}; the last one, worker {worker}, was lost on job {job}: {failure}"
            ),
            Self::Panicked { part, message } => write!(f, "{part} panicked: {message}"),
            Self::NotFinite {
                worker,
                job,
                read_version,
            } => write!(
                f,
                "worker {worker}'s gradient of job {job}, computed at version {read_version}, has a \
                 component that is NaN or infinite"
            ),
            Self::Diverged {
                version,
                worker,
                job,
            } => write!(
                f,
                "the model diverged: the step from version {version} with worker {worker}'s gradient \
                 of job {job} is not finite; a smaller step size may help"
            ),
            Self::Starved { alive } => write!(
                f,
                "no job is outstanding and the method assigned none ({} left)",
                count(alive, "worker")
            ),
            Self::Hung {
                worker,
                job,
                waited,
            } => hung(*worker, *job, *waited, f),
        }
    }
}

fn hung(worker: WorkerId, job: JobId, waited: Duration, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if waited == Duration::MAX {
        let never = "and nothing else would have happened";
        return write!(f, "worker {worker} never answers job {job}, {never}");
    }
    let waited = waited.as_secs_f64();
    write!(
        f,
        "worker {worker} has not answered job {job} for {waited:.3} s"
    )
}

/// The source of a lost worker's is what its oracle returned.
impl Error for StopReason {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::WorkerLost { failure, .. } | Self::AllLost { failure, .. } => match failure {
                Failure::Error(error) => Some(&**error),
                _ => None,
            },
            _ => None,
        }
    }
}
