//! How a run ends that did not end as asked.

use std::error::Error;
use std::fmt::{self, Formatter};
use std::path::PathBuf;

use ps_core::{Scalar, Snapshot, StopReason, Version};
use workers::DriverError;

use crate::error::ConfigError;
use crate::summary::Summary;

/// A run that did not end as asked. Its source is the error that the user's own oracle returned,
/// or what the operating system said.
#[derive(Debug)]
#[non_exhaustive]
pub enum RunError<T: Scalar = f64> {
    /// The settings do not fit together; nothing was run.
    Config(ConfigError),
    /// The threads failed us, or a server or driver of the user's own panicked.
    Driver {
        /// What went wrong.
        error: DriverError,
        /// The last version that was published.
        model: Snapshot<T>,
    },
    /// An oracle failed, something of the user's own panicked, or the model diverged: see the
    /// summary's stop reason. Its model is the last good one.
    Failed(Box<Summary<T>>),
    /// The run went well or not (see the summary), but its trace could not be written to its end.
    Trace {
        /// Which file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
        /// What came out of the run.
        summary: Box<Summary<T>>,
    },
}

impl<T: Scalar> From<ConfigError> for RunError<T> {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

impl<T: Scalar> fmt::Display for RunError<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => error.fmt(f),
            Self::Driver { error, .. } => error.fmt(f),
            Self::Failed(summary) => {
                let reason = &summary.stop_reason;
                reason.fmt(f)?;
                let is_new = matches!(reason, StopReason::NotFinite { read_version, .. } if *read_version == Version::ZERO);
                f.write_str(if is_new { UNWRITTEN } else { "" })
            }
            Self::Trace {
                path,
                source,
                summary,
            } => {
                if let Some(failure) = summary.stop_reason.failure() {
                    write!(f, "{failure}; besides, ")?;
                }
                let path = path.display();
                write!(
                    f,
                    "the trace {path} could not be written to its end: {source}"
                )
            }
        }
    }
}

/// Why the first gradient of a worker may be NaN.
const UNWRITTEN: &str = " (an oracle must write every component: what it leaves or adds to is NaN in a worker's first job)";

impl<T: Scalar> Error for RunError<T> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Config(error) => error.source(),
            Self::Driver { error, .. } => error.source(),
            Self::Failed(summary) => summary.stop_reason.source(),
            Self::Trace {
                source, summary, ..
            } => summary.stop_reason.source().or(Some(source)),
        }
    }
}

impl<T: Scalar> RunError<T> {
    /// What came out of the run all the same, if it came so far.
    pub fn summary(&self) -> Option<&Summary<T>> {
        match self {
            Self::Failed(summary) | Self::Trace { summary, .. } => Some(summary),
            Self::Config(_) | Self::Driver { .. } => None,
        }
    }

    /// The last finite model. `None`: nothing was run.
    pub fn model(&self) -> Option<&Snapshot<T>> {
        match self {
            Self::Driver { model, .. } => Some(model),
            other => other.summary().map(|summary| &summary.model),
        }
    }

    /// The same, taken out.
    pub fn into_model(self) -> Option<Snapshot<T>> {
        self.model().cloned()
    }
}
