//! What a command has found so far, in files and on standard output.

use std::fmt;
use std::path::{Path, PathBuf};

use asgrad::compare::Compared;
use asgrad::{Scalar, Summary};
use report::{PAGE, Report, Study};

use super::folder::{Folder, TRACES};
use super::print;
use crate::args::{Format, OutputOptions};
use crate::failure::Failure;
use crate::progress::Progress;
use crate::typed::typed;

/// The runs made so far, printed as they come and written again after each. A folder that cannot be
/// written ends nothing: what is earned is printed.
#[derive(Debug)]
pub(crate) struct Results {
    format: Format,
    folder: Option<Folder>,
    progress: Progress,
    /// What could not be written. It has been said.
    troubles: Vec<Failure>,
    /// What the files of one of several comparisons have in their names.
    label: Option<String>,
    /// The comparisons, as a report reads them.
    study: Study,
    /// One JSON object a run.
    lines: String,
}

impl Results {
    /// Opens the folder that is asked for, which this request may write into.
    pub(crate) fn new(
        output: &OutputOptions,
        request: String,
        progress: &Progress,
    ) -> Result<Self, Failure> {
        let open = |path: &PathBuf| Folder::open(path, request, output.force);
        Ok(Self {
            format: output.format,
            folder: output.out.as_ref().map(open).transpose()?,
            progress: progress.clone(),
            troubles: Vec::new(),
            label: None,
            study: Study {
                command: typed(),
                comparisons: Vec::new(),
            },
            lines: String::new(),
        })
    }

    /// What could not be written first, if anything: the program is to end with it.
    pub(crate) fn trouble(&mut self) -> Option<Failure> {
        self.troubles.drain(..).next()
    }

    /// Says at once what could not be written; of a file that is written again, once.
    fn keep<V, E: Into<Failure>>(&mut self, written: Result<V, E>) -> Option<V> {
        match written {
            Ok(value) => Some(value),
            Err(error) => {
                let trouble = error.into();
                if !self.troubles.contains(&trouble) {
                    let on = "it goes on, and results are printed";
                    self.progress.warn(format_args!("{trouble}; {on}"));
                    self.troubles.push(trouble);
                }
                None
            }
        }
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
        let lines = std::mem::take(&mut self.lines);
        self.write("runs.jsonl", &lines);
        self.lines = lines;
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
    pub(crate) fn write_comparison(&mut self, compared: &Compared) {
        let (name, table) = (self.named("comparison"), compared.table());
        for (extension, format) in [("csv", Format::Csv), ("md", Format::Markdown)] {
            self.write(&format!("{name}.{extension}"), &table.render(format.into()));
        }
        if let Some(current) = self.study.comparisons.last_mut() {
            current.about.clone_from(&compared.about);
            (current.headers, current.rows) = (table.headers().to_vec(), table.rows().to_vec());
            (current.sentence, current.warning) = match compared.interrupted {
                Some(_) => (String::new(), compared.sentence()),
                None => (compared.sentence(), String::new()),
            };
        }
        if let Some(folder) = &self.folder {
            let written = self.study.write(&folder.path);
            self.keep(written);
        }
    }

    /// Where the trace of the next run goes, if there is a folder.
    pub(crate) fn trace_of(&mut self, method: &str, seed: u64) -> Option<PathBuf> {
        let name = format!("{}-seed{seed}.jsonl.gz", self.named(method));
        let path = self.folder.as_mut()?.trace(&name);
        let path = self.keep(path)?;
        if let Some(comparison) = self.study.comparisons.last_mut() {
            comparison.traces.push(Path::new(TRACES).join(name));
        }
        Some(path)
    }

    /// The run for which there was to be a trace has none.
    pub(crate) fn untraced(&mut self, because: impl fmt::Display) {
        self.keep::<(), _>(Err(Failure::failed(because)));
        if let Some(comparison) = self.study.comparisons.last_mut() {
            comparison.traces.pop();
        }
    }

    /// Writes the page about all comparisons. Returns where it is, if it was written.
    pub(crate) fn write_report(&mut self) -> Option<PathBuf> {
        let folder = self.folder.as_ref()?.path.clone();
        let comparisons = &self.study.comparisons;
        if comparisons.iter().all(|one| one.traces.is_empty()) {
            return None;
        }
        let written = self.study.write(&folder);
        self.keep(written);
        let page = folder.join(PAGE);
        let report = Report::of_study(self.study.clone(), &folder);
        let written = report.and_then(|report| report.write(&page));
        self.keep(written).map(|()| page)
    }

    fn named(&self, name: &str) -> String {
        let label = self.label.iter().map(|label| format!("-{label}"));
        // Colons are for no file system.
        (name.to_owned() + &label.collect::<String>()).replace(':', "-")
    }

    fn write(&mut self, name: &str, text: &str) {
        if let Some(folder) = &mut self.folder {
            let written = folder.write(name, text);
            self.keep(written);
        }
    }
}
