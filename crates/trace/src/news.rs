//! What is said of a trace while it is written.

use std::fmt;
use std::io;
use std::path::Path;

/// Number of bytes of a trace that is said to be large: more than a report is read from in seconds.
pub const LARGE: u64 = 1_000_000_000;

/// What is said of a trace while it is written.
#[derive(Debug)]
#[non_exhaustive]
pub enum TraceNews<'a> {
    /// The file cannot be written any more; the run goes on without it.
    Failed {
        /// Which file.
        path: &'a Path,
        /// What the operating system said.
        source: &'a io::Error,
    },
    /// The file has become [`LARGE`]. It is said once.
    Large {
        /// Which file.
        path: &'a Path,
    },
}

impl fmt::Display for TraceNews<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed { path, source } => write!(
                f,
                "the trace {} cannot be written any more: {source}; the run goes on without it",
                path.display()
            ),
            Self::Large { path } => write!(
                f,
                "the trace {} has passed {} GB and grows on",
                path.display(),
                LARGE / 1_000_000_000
            ),
        }
    }
}

/// Who is told the news of a trace, from the thread that writes it.
pub type TraceListener = Box<dyn FnMut(&TraceNews<'_>) + Send>;
