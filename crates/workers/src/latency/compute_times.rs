//! Where compute times come from.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use ps_core::form::FormError;

use crate::latency::law::Law;

/// Where compute times come from.
#[derive(Clone, Debug, PartialEq)]
pub enum ComputeTimes {
    /// Drawn anew for each job.
    Drawn(Law),
    /// Measured ones, in a file of comma-separated values or in a trace.
    Measured(PathBuf),
    /// Recorded ones, which a program gave as a [`Cluster`](crate::Cluster).
    Recorded,
}

/// What marks a file whose name does not say that it is one of measured times.
const FILE: &str = "file:";

/// What the name of such a file ends in otherwise.
const ENDINGS: [&str; 4] = [".csv", ".jsonl", ".jsonl.gz", ".jsonl.zst"];

fn is_named_as_file(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ENDINGS.iter().any(|ending| text.ends_with(ending))
}

impl Default for ComputeTimes {
    fn default() -> Self {
        Self::Drawn(Law::default())
    }
}

impl FromStr for ComputeTimes {
    type Err = FormError;

    fn from_str(text: &str) -> Result<Self, FormError> {
        if let Some(path) = text.strip_prefix(FILE) {
            return Ok(Self::Measured(PathBuf::from(path)));
        }
        match text.parse::<Law>() {
            Ok(law) => Ok(Self::Drawn(law)),
            Err(_) if is_named_as_file(text) => Ok(Self::Measured(PathBuf::from(text))),
            Err(_) if text == "recorded" => Ok(Self::Recorded),
            Err(mut error) => {
                if let FormError::Unknown { known, .. } = &mut error {
                    *known += "; or measured times in a file whose name ends in .csv, a trace (.jsonl, .jsonl.gz), or \
                               file:NAME for one of another name";
                }
                Err(error)
            }
        }
    }
}

impl fmt::Display for ComputeTimes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Drawn(law) => law.fmt(f),
            Self::Measured(path) => {
                let path = path.to_string_lossy();
                let mark = if is_named_as_file(&path) { "" } else { FILE };
                write!(f, "{mark}{path}")
            }
            Self::Recorded => f.write_str("recorded"),
        }
    }
}
