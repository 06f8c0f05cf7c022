//! What may be wrong with a data file.

use std::fmt;
use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// A data file that cannot be read or does not say what a data file says.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// There is no row in it.
    #[error("{}: no rows", path.display())]
    NoRows {
        /// Which file.
        path: PathBuf,
    },
    /// There are rows, but no features in any of them.
    #[error("{}: no row has a feature", path.display())]
    NoFeatures {
        /// Which file.
        path: PathBuf,
    },
    /// A label that is not a number.
    #[error("{place}: label {found:?}, expected a finite number")]
    Label {
        /// Where.
        place: Place,
        /// What is there.
        found: String,
    },
    /// A feature without a colon.
    #[error("{place}: feature {found:?}, expected index:value")]
    Feature {
        /// Where.
        place: Place,
        /// What is there.
        found: String,
    },
    /// An index that is none.
    #[error("{place}: index {found:?}, expected a whole number from 1 to 100000000")]
    Index {
        /// Where.
        place: Place,
        /// What is there.
        found: String,
    },
    /// An index that is not above the one before it.
    #[error("{place}: index {index} after {previous}, expected increasing indices")]
    Order {
        /// Where.
        place: Place,
        /// The index.
        index: u32,
        /// The one before it.
        previous: u32,
    },
    /// A value that is not a number.
    #[error("{place}: value {found:?}, expected a finite number")]
    Value {
        /// Where.
        place: Place,
        /// What is there.
        found: String,
    },
    /// A record with more or fewer fields than the first one.
    #[error("{place}: {found} fields, expected {expected} as in the first record")]
    Fields {
        /// Where.
        place: Place,
        /// How many it has.
        found: usize,
        /// How many it should have.
        expected: usize,
    },
    /// A record without features.
    #[error("{place}: one field, expected features and a label")]
    OneField {
        /// Where.
        place: Place,
    },
}

/// A place in a file: `FILE:line:column`, both counted from 1. The column counts bytes in LIBSVM
/// text and fields in CSV.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: PathBuf,
    /// The line.
    pub line: u64,
    /// The column in it.
    pub column: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.path.display(), self.line, self.column)
    }
}

/// What an error shows of a piece of a file: not more than a line's worth, whatever the bytes are.
pub(crate) fn excerpt(bytes: &[u8]) -> String {
    const LONGEST: usize = 40;
    match bytes.get(..LONGEST) {
        Some(start) => format!("{}…", String::from_utf8_lossy(start)),
        None => String::from_utf8_lossy(bytes).into_owned(),
    }
}
