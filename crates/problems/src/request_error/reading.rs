//! How a file was to be read, and cannot be.

use std::fmt;
use std::path::PathBuf;

use ps_core::{Setting, write_spelled};

/// A way to read a file that does not go with what is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadingError {
    /// A column of labels beyond the last one.
    #[error(
        " {asked}: the data has {columns} columns; give 1 to {columns}, first, last or a name of the header"
    )]
    Number {
        /// The number asked for.
        asked: usize,
        /// How many columns there are.
        columns: usize,
    },
    /// A column of labels that the header does not name.
    #[error(" {name}: the first row of {} has no such name; {}", path.display(), way_out(.nearest))]
    Name {
        /// The name asked for.
        name: String,
        /// The nearest one in the header.
        nearest: Option<String>,
        /// The file.
        path: PathBuf,
    },
    /// A column of labels that the header names twice.
    #[error(" {name}: the header has it twice; give the number of the column")]
    Twice {
        /// The name asked for.
        name: String,
    },
    /// A column of labels by its name, without a header.
    #[error(fmt = without_header)]
    WithoutHeader {
        /// The name asked for.
        name: String,
    },
    /// A setting of CSV, for LIBSVM text.
    #[error(": {} is LIBSVM text, and only CSV has it; leave it out", path.display())]
    OnlyOfCsv {
        /// The setting.
        setting: Setting,
        /// The file.
        path: PathBuf,
    },
    /// A setting of files, for data that are in none.
    #[error(": {data} is no file; leave it out")]
    OnlyOfFiles {
        /// The setting.
        setting: Setting,
        /// The data.
        data: String,
    },
    /// An index base, for CSV.
    #[error(": {} is CSV, and only LIBSVM text has it; leave it out", path.display())]
    OnlyOfLibsvm {
        /// The file.
        path: PathBuf,
    },
}

impl ReadingError {
    pub(super) fn setting(&self) -> Setting {
        match self {
            Self::OnlyOfCsv { setting, .. } | Self::OnlyOfFiles { setting, .. } => *setting,
            Self::OnlyOfLibsvm { .. } => Setting("index-base"),
            _ => Setting("label"),
        }
    }
}

fn way_out(nearest: &Option<String>) -> String {
    match nearest {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => "give one of its names, a number from 1, first or last".to_owned(),
    }
}

fn without_header(name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write_spelled!(
        f,
        " {1}: a name needs a header, and {0} no says that there is none; give a number from 1, first or last",
        Setting("header"); name
    )
}
