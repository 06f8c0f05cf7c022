//! Results on standard output and in files.

mod comparison;
mod run;
mod table;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the command that shows it comes next")
)]
mod theory;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use asgrad::{Scalar, Summary};

use crate::args::Format;
use crate::failure::Failure;

pub(crate) use comparison::{BASELINE, Comparison, Goal, Row};
pub(crate) use run::describe_run;
pub(crate) use table::Table;

/// Prints on standard output. A reader that has gone away is not an error.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::failed(format!("standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// The runs made so far, printed as they come and written again after each.
#[derive(Debug)]
pub(crate) struct Results {
    format: Format,
    folder: Option<PathBuf>,
    /// One JSON object a run.
    lines: String,
}

impl Results {
    pub(crate) fn new(format: Format, folder: Option<&Path>) -> Result<Self, Failure> {
        if let Some(folder) = folder {
            fs::create_dir_all(folder).map_err(|error| cannot_write(folder, &error))?;
        }
        Ok(Self {
            format,
            folder: folder.map(Path::to_owned),
            lines: String::new(),
        })
    }

    /// Adds a run: with `--format json` its object is printed.
    pub(crate) fn add<T: Scalar>(&mut self, summary: &Summary<T>) -> Result<(), Failure> {
        let object = serde_json::to_string(summary).map_err(Failure::failed)?;
        self.lines += &object;
        self.lines.push('\n');
        // First the file: it stays when nobody reads standard output.
        self.write("runs.jsonl", &self.lines)?;
        match self.format {
            Format::Json => print(&format!("{object}\n")),
            _ => Ok(()),
        }
    }

    /// Writes the table of a comparison.
    pub(crate) fn write_table(&self, table: &Table) -> Result<(), Failure> {
        self.write("comparison.csv", &table.render(Format::Csv))?;
        self.write("comparison.md", &table.render(Format::Markdown))
    }

    fn write(&self, name: &str, text: &str) -> Result<(), Failure> {
        let Some(folder) = &self.folder else {
            return Ok(());
        };
        // Aside and renamed, so that a crash leaves the last whole file.
        let (path, aside) = (folder.join(name), folder.join(format!("{name}.part")));
        let written = fs::write(&aside, text).and_then(|()| fs::rename(&aside, &path));
        written.map_err(|error| cannot_write(&path, &error))
    }
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::failed(format!("{} cannot be written: {error}", path.display()))
}
