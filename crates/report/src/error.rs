//! What can go wrong with a report.

use std::io;
use std::path::{Path, PathBuf};

use trace::TraceError;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A trace cannot be read.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// `compare.json` makes no sense.
    #[error(
        "{}: {reason}; run `asgrad compare --out` again, or name the traces themselves",
        path.display()
    )]
    Study {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// There is nothing to report on.
    #[error(
        "{}: no compare.json and no trace (*.jsonl, *.jsonl.gz) in it or in its folder `traces`; \
         `asgrad compare --out {}` makes them",
        folder.display(), folder.display()
    )]
    Nothing {
        /// The folder.
        folder: PathBuf,
    },
    /// Folders and traces were mixed.
    #[error(
        "{} is a folder: name one folder, or traces only",
        folder.display()
    )]
    Mixed {
        /// The folder.
        folder: PathBuf,
    },
    /// The page was to be written over what it is made of.
    #[error(
        "{} is one of the files that the report is made of: the page needs another one",
        path.display()
    )]
    Overwrites {
        /// Which file.
        path: PathBuf,
    },
    /// A figure could not be drawn.
    #[error("figure {figure}: {reason}")]
    Figure {
        /// Which figure.
        figure: String,
        /// What the drawing library said.
        reason: String,
    },
}

impl ReportError {
    /// Says to which file it happened.
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}
