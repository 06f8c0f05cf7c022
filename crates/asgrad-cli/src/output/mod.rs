//! Results on standard output and in files.

mod comparison;
mod explanation;
mod replay;
mod run;
mod table;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use asgrad::{MethodSpec, Scalar, Summary};

use crate::args::Format;
use crate::failure::Failure;

pub(crate) use comparison::{BASELINE, Comparison, Goal, Row};
pub(crate) use explanation::{describe_explanation, side_by_side};
pub(crate) use replay::ReplayReport;
pub(crate) use run::describe_run;
pub(crate) use table::Table;

/// The folder of traces within that of results.
const TRACES: &str = "traces";

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
    /// What the files of one of several comparisons have in their names.
    label: Option<String>,
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
            label: None,
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

    /// What follows belongs to the comparison of this name, if there are several.
    pub(crate) fn name_after(&mut self, label: Option<String>) {
        self.label = label;
    }

    /// Writes the table of a comparison.
    pub(crate) fn write_table(&self, table: &Table) -> Result<(), Failure> {
        let name = self.named("comparison");
        self.write(&format!("{name}.csv"), &table.render(Format::Csv))?;
        self.write(&format!("{name}.md"), &table.render(Format::Markdown))
    }

    /// Where the trace of a run goes, if there is a folder.
    pub(crate) fn trace_of(
        &self,
        method: &MethodSpec,
        seed: u64,
    ) -> Result<Option<PathBuf>, Failure> {
        let Some(folder) = &self.folder else {
            return Ok(None);
        };
        let folder = folder.join(TRACES);
        fs::create_dir_all(&folder).map_err(|error| cannot_write(&folder, &error))?;
        let method = self.named(&method.to_string());
        Ok(Some(folder.join(format!("{method}-seed{seed}.jsonl.zst"))))
    }

    fn named(&self, name: &str) -> String {
        let label = self.label.iter().map(|label| format!("-{label}"));
        // Colons are for no file system.
        (name.to_owned() + &label.collect::<String>()).replace(':', "-")
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
