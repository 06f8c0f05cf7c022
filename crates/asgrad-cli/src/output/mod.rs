//! Results on standard output and in files.

mod earlier;
mod folder;
mod replay;
mod results;
mod target;

use std::io::{self, Write};
use std::path::Path;
use std::sync::OnceLock;

use asgrad::explain::tables::{self, Facts};
use asgrad::problems::Problem;
use asgrad::theory::Theory;
use asgrad::{Scalar, Summary};

use crate::args::Format;
use crate::failure::Failure;

pub(crate) use asgrad::explain::tables::Table;
pub(crate) use earlier::EarlierRun;
pub(crate) use folder::study_of;
pub(crate) use replay::ReplayReport;
pub(crate) use results::Results;
pub(crate) use target::{Target, with_seed};

impl From<Format> for tables::Format {
    /// How tables are written: JSON has a form of its own, so that what is only a table is text.
    fn from(format: Format) -> Self {
        match format {
            Format::Table | Format::Json => Self::Text,
            Format::Markdown => Self::Markdown,
            Format::Csv => Self::Csv,
            Format::Latex => Self::Latex,
        }
    }
}

/// What is printed of a run; with `--format json` its object has been printed already.
pub(crate) fn describe_run<T: Scalar>(
    summary: &Summary<T>,
    problem: Option<&Problem<T>>,
    format: Format,
    is_first: bool,
) -> String {
    match format {
        Format::Json => String::new(),
        Format::Table => {
            let mut facts = Facts::default();
            let problem = problem.filter(|_| is_first);
            facts.push_if_any("problem", problem.map(|it| it.description.clone()));
            format!("{facts}{summary}\n")
        }
        _ => rendered(&summary.table(), format, is_first),
    }
}

/// What theory says of a run, for people.
pub(crate) fn describe_theory(theory: &Theory, format: Format) -> String {
    if format == Format::Table {
        theory.to_string()
    } else {
        theory.table().render(format.into())
    }
}

/// A table in this format: with its headers, or below what was printed before.
pub(crate) fn rendered(table: &Table, format: Format, is_first: bool) -> String {
    if is_first {
        table.render(format.into())
    } else {
        table.continued(format.into())
    }
}

/// Refuses a file where a folder is needed.
pub(crate) fn refuse_file(option: &str, folder: &Path) -> Result<(), Failure> {
    if !folder.is_file() {
        return Ok(());
    }
    let folder = folder.display();
    Err(Failure::request(format!(
        "{option} {folder}: it is a file; name a folder, or one that can be made"
    )))
}

/// Whether standard output is taken.
static IS_TAKEN: OnceLock<()> = OnceLock::new();

/// Has results printed on standard error: a trace goes to standard output.
pub(crate) fn print_aside() {
    IS_TAKEN.get_or_init(|| ());
}

/// Prints on standard output, unless that is taken. A reader that has gone away is not an error.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out: Box<dyn Write> = match IS_TAKEN.get() {
        None => Box::new(io::stdout().lock()),
        Some(()) => Box::new(io::stderr().lock()),
    };
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::failed(format!("standard output: {error}")))
        }
        _ => Ok(()),
    }
}
