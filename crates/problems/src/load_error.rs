//! What may be wrong with a data file.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use ps_core::form::count;
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
    /// There is no such file, and no data of this name.
    #[error("cannot read {}: there is no such file; did you mean `{suggestion}`?", path.display())]
    NoSuchData {
        /// What was asked for.
        path: PathBuf,
        /// The data of the nearest name.
        suggestion: &'static str,
    },
    /// It is no file but a directory.
    #[error("{} is a directory; give a file", path.display())]
    Directory {
        /// Which.
        path: PathBuf,
    },
    /// It is compressed in a way that is not read.
    #[error(fmt = xz)]
    Xz {
        /// Which file.
        path: PathBuf,
    },
    /// The program has no reader or generator of it.
    #[error("{data}: {}", ps_core::not_built("it", "", .feature))]
    NotBuilt {
        /// What was asked for.
        data: String,
        /// The feature of asgrad that has it.
        feature: &'static str,
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
    /// A piece of a line that is not what it should be.
    #[error("{place}: {what} {found:?}, expected {expected}")]
    Malformed {
        /// Where.
        place: Place,
        /// What it should be: a label, an index or a value.
        what: &'static str,
        /// What is there.
        found: String,
        /// What is expected of it.
        expected: &'static str,
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
    /// A record with more or fewer fields than the first one.
    #[error(
        "{place}: {}, expected {expected} as in the first record",
        count(found, "field")
    )]
    Fields {
        /// Where.
        place: Place,
        /// How many it has.
        found: usize,
        /// How many it should have.
        expected: usize,
    },
    /// A record without features.
    #[error(
        "{place}: one field, expected features and a label with commas, semicolons or tabs between them"
    )]
    OneField {
        /// Where.
        place: Place,
    },
    /// A first record that counts the columns: a header, most likely.
    #[error(fmt = counted_columns)]
    CountedColumns {
        /// Where.
        place: Place,
    },
    /// A first record that may be a header and may be none.
    #[error(fmt = may_be_header)]
    MayBeHeader {
        /// Where its text is.
        place: Place,
        /// That text.
        text: String,
        /// A number that it has, too.
        number: String,
    },
    /// A label of a test file that no row of the data has.
    #[error("{place}: label {label:?} is none of those in the data that are learnt from")]
    UnknownLabel {
        /// Where.
        place: Place,
        /// The label.
        label: String,
    },
    /// An index 0, which there is in text that counts from 0.
    #[error(fmt = index_zero)]
    IndexZero {
        /// Where.
        place: Place,
    },
}

ps_core::messages! {
    xz(path: &Path):
        "{1} is compressed with xz, which is not read; unpack it: xz -dc {1} | asgrad … {0} -",
        ["data"], path.display();
    counted_columns(place: &Place):
        "{place}: 0, 1, 2, … look like a header that counts the columns; give {0} yes or {0} no",
        ["header"];
    may_be_header(place: &Place, text: &str, number: &str):
        "{place}: {1:?} above a number is of a header, but {2:?} beside it is none; give {0} yes or {0} no",
        ["header"], excerpt(text.as_bytes()), excerpt(number.as_bytes());
    index_zero(place: &Place):
        "{place}: index 0, and indices count from 1; where they count from 0, give {} 0",
        ["index-base"];
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

impl Place {
    /// The error that this is not what it should be.
    pub(crate) fn malformed(
        self,
        what: &'static str,
        found: &[u8],
        expected: &'static str,
    ) -> LoadError {
        LoadError::Malformed {
            place: self,
            what,
            found: excerpt(found),
            expected,
        }
    }
}

/// What an error shows of a piece of a file: not more than a line's worth, whatever the bytes are.
fn excerpt(bytes: &[u8]) -> String {
    const LONGEST: usize = 40;
    match bytes.get(..LONGEST) {
        Some(start) => format!("{}…", String::from_utf8_lossy(start)),
        None => String::from_utf8_lossy(bytes).into_owned(),
    }
}
