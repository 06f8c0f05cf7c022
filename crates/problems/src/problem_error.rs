//! Why there is no problem.

use std::fmt::{self, Display as _, Formatter};

use ps_core::Setting;
use thiserror::Error;

use crate::load_error::LoadError;
use crate::request_error::RequestError;

/// Why there is no problem.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ProblemError {
    /// The request is wrong, whatever the files say.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// A file is missing or wrong.
    #[error(fmt = in_data)]
    Data {
        /// The setting that names it.
        setting: Setting,
        /// What is wrong.
        source: Box<LoadError>,
    },
}

fn in_data(setting: &Setting, source: &LoadError, f: &mut Formatter<'_>) -> fmt::Result {
    setting.fmt(f)?;
    f.write_str(": ")?;
    source.fmt(f)
}

/// That of the data, unless it is said to be another's.
impl From<LoadError> for ProblemError {
    fn from(source: LoadError) -> Self {
        let setting = Setting("data");
        let source = Box::new(source);
        Self::Data { setting, source }
    }
}

impl ProblemError {
    /// The same of the file that another setting names.
    pub(crate) fn of(self, setting: Setting) -> Self {
        match self {
            Self::Data { source, .. } => Self::Data { setting, source },
            request @ Self::Request(_) => request,
        }
    }

    /// Whether it is the request that is wrong, and not the data.
    pub fn is_request(&self) -> bool {
        matches!(self, Self::Request(_))
    }
}
