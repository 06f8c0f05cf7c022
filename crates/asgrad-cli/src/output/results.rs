//! What a command has found so far, in files and on standard output.

use std::path::{Path, PathBuf};
use std::{fs, io};

use asgrad::compare::Compared;
use asgrad::{Scalar, Summary};
use report::Study;

use super::{print, refuse_file};
use crate::args::Format;
use crate::failure::Failure;
use crate::typed::typed;

/// Name of the folder of traces, within that of results.
const TRACES: &str = "traces";

/// The runs made so far, printed as they come and written again after each.
#[derive(Debug)]
pub(crate) struct Results {
    format: Format,
    folder: Option<PathBuf>,
    /// What the files of one of several comparisons have in their names.
    label: Option<String>,
    /// The comparisons, as a report reads them.
    study: Study,
    /// One JSON object a run.
    lines: String,
}

impl Results {
    pub(crate) fn new(format: Format, folder: Option<&Path>) -> Result<Self, Failure> {
        if let Some(folder) = folder {
            refuse_file("--out", folder)?;
            fs::create_dir_all(folder).map_err(|error| cannot_write(folder, &error))?;
        }
        Ok(Self {
            format,
            folder: folder.map(Path::to_owned),
            label: None,
            study: Study {
                command: typed(),
                comparisons: Vec::new(),
            },
            lines: String::new(),
        })
    }

    /// Adds a run: with `--format json` its object is printed.
    pub(crate) fn add<T: Scalar>(&mut self, summary: &Summary<T>) -> Result<(), Failure> {
        let mut object = serde_json::to_string(summary).map_err(Failure::failed)?;
        if let Some(law) = &self.label {
            // Behind the fields that every run has.
            object.pop();
            object += &format!(",\"compute\":{}}}", serde_json::Value::from(law.as_str()));
        }
        self.lines += &object;
        self.lines.push('\n');
        // First the file: it stays when nobody reads standard output.
        self.write("runs.jsonl", &self.lines)?;
        match self.format {
            Format::Json => print(&format!("{object}\n")),
            _ => Ok(()),
        }
    }

    /// Adds a run that Ctrl-C cut: it is printed as any other, and is no part of the comparison.
    pub(crate) fn add_cut<T: Scalar>(&mut self, summary: &Summary<T>) -> Result<(), Failure> {
        if let Some(comparison) = self.study.comparisons.last_mut() {
            comparison.traces.pop();
        }
        self.add(summary)
    }

    /// What follows belongs to a comparison; to the one of this name, if there are several.
    pub(crate) fn begin_comparison(&mut self, label: Option<String>) {
        let title = label.as_ref().map(|label| format!("compute {label}"));
        self.study.comparisons.push(report::ComparisonRecord {
            title: title.unwrap_or_default(),
            ..report::ComparisonRecord::default()
        });
        self.label = label;
    }

    /// Writes a comparison as far as it has come.
    pub(crate) fn write_comparison(&mut self, compared: &Compared) -> Result<(), Failure> {
        let Some(folder) = &self.folder else {
            return Ok(());
        };
        let (name, table) = (self.named("comparison"), compared.table());
        for (extension, format) in [("csv", Format::Csv), ("md", Format::Markdown)] {
            self.write(&format!("{name}.{extension}"), &table.render(format.into()))?;
        }
        if let Some(current) = self.study.comparisons.last_mut() {
            current.about.clone_from(&compared.about);
            (current.headers, current.rows) = (table.headers().to_vec(), table.rows().to_vec());
            (current.sentence, current.warning) = match compared.interrupted {
                Some(_) => (String::new(), compared.sentence()),
                None => (compared.sentence(), String::new()),
            };
        }
        Ok(self.study.write(folder)?)
    }

    /// Where the trace of the next run goes, if there is a folder.
    pub(crate) fn trace_of(&mut self, method: &str, seed: u64) -> Result<Option<PathBuf>, Failure> {
        let Some(folder) = &self.folder else {
            return Ok(None);
        };
        let traces = folder.join(TRACES);
        fs::create_dir_all(&traces).map_err(|error| cannot_write(&traces, &error))?;
        let method = self.named(method);
        let trace = Path::new(TRACES).join(format!("{method}-seed{seed}.jsonl.gz"));
        let path = folder.join(&trace);
        if let Some(comparison) = self.study.comparisons.last_mut() {
            comparison.traces.push(trace);
        }
        Ok(Some(path))
    }

    /// Writes the page about all comparisons. Returns where it is, if there is a folder.
    pub(crate) fn write_report(&self) -> Result<Option<PathBuf>, Failure> {
        let Some(folder) = &self.folder else {
            return Ok(None);
        };
        let comparisons = &self.study.comparisons;
        if comparisons.iter().all(|one| one.traces.is_empty()) {
            return Ok(None);
        }
        Ok(Some(report::write(&self.study, folder)?))
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
