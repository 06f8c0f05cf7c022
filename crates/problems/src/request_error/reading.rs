//! How a file was to be read, and cannot be.

use std::path::{Path, PathBuf};

use ps_core::Setting;
use ps_core::form::count;

/// A way to read a file that does not go with what is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadingError {
    /// A column of labels beyond the last one.
    #[error(fmt = number)]
    Number {
        /// The number asked for.
        asked: usize,
        /// How many columns there are.
        columns: usize,
    },
    /// A column of labels that the header does not name.
    #[error(fmt = no_such_name)]
    Name {
        /// The name asked for.
        name: String,
        /// The nearest one in the header.
        nearest: Option<String>,
        /// The file.
        path: PathBuf,
    },
    /// A column of labels that the header names twice.
    #[error(fmt = twice)]
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
    #[error(fmt = only_of_csv)]
    OnlyOfCsv {
        /// The setting.
        setting: Setting,
        /// The file.
        path: PathBuf,
    },
    /// A setting of files, for data that are in none.
    #[error(fmt = only_of_files)]
    OnlyOfFiles {
        /// The setting.
        setting: Setting,
        /// The data.
        data: String,
    },
    /// An index base, for CSV.
    #[error(fmt = only_of_libsvm)]
    OnlyOfLibsvm {
        /// The file.
        path: PathBuf,
    },
}

fn way_out(nearest: &Option<String>) -> String {
    match nearest {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => "give one of its names, a number from 1, first or last".to_owned(),
    }
}

ps_core::messages! {
    number(asked: &usize, columns: &usize):
        "{} {asked}: the data has {}; give 1 to {columns}, first, last or a name of the header",
        ["label"], count(columns, "column");
    no_such_name(name: &str, nearest: &Option<String>, path: &Path):
        "{} {name}: the first row of {} has no such name; {}",
        ["label"], path.display(), way_out(nearest);
    twice(name: &str): "{} {name}: the header has it twice; give the number of the column", ["label"];
    without_header(name: &str):
        "{} {name}: a name needs a header, and {} no says that there is none; give a number from 1, first or last",
        ["label", "header"];
    only_of_csv(setting: &Setting, path: &Path):
        "{}: {} is LIBSVM text, and only CSV has it; leave it out",
        [setting.0], path.display();
    only_of_files(setting: &Setting, data: &str): "{}: {data} is no file; leave it out", [setting.0];
    only_of_libsvm(path: &Path):
        "{}: {} is CSV, and only LIBSVM text has it; leave it out",
        ["index-base"], path.display();
}
