//! What a command has found so far, in files and on standard output.

use std::fmt;
use std::path::{Path, PathBuf};

use asgrad::compare::Compared;
use asgrad::trace::Evaluation;
use asgrad::{Scalar, Summary};
use report::{PAGE, Report, Study};

use super::EarlierRun;
use super::folder::{Folder, RUNS, TRACES};
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
    /// The runs that were in the folder and are not added yet.
    earlier: Vec<EarlierRun>,
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
            earlier: Vec::new(),
        })
    }

    /// Takes those of all runs that an earlier request for the same study has finished, and says how
    /// many there are. `evaluations` finds those of a run, if all that it left is whole.
    pub(crate) fn take_earlier(
        &mut self,
        n_runs: u64,
        is_schedule: bool,
        evaluations: impl Fn(&Self, &EarlierRun) -> Option<Vec<Evaluation>>,
    ) {
        let Some(folder) = &self.folder else {
            return;
        };
        for line in folder.begun(RUNS).lines() {
            let read = EarlierRun::read(line, is_schedule);
            let whole = read.and_then(|mut run| {
                run.summary.evaluations = evaluations(self, &run)?;
                Some(run)
            });
            self.earlier.extend(whole);
        }
        if !self.earlier.is_empty() {
            let (n_earlier, out) = (self.earlier.len(), folder.path.display());
            self.progress.note(format_args!(
                "{n_earlier} of {n_runs} runs are in {out} already, and are not made again"
            ));
        }
    }

    /// The evaluations in the trace of a run that was compared, if that is whole.
    pub(crate) fn traced(&self, run: &EarlierRun) -> Option<Vec<Evaluation>> {
        let name = trace_name(&run.summary.method, run.summary.seed, run.law.as_deref());
        let folder = &self.folder.as_ref()?.path;
        run.evaluations_in(&folder.join(TRACES).join(name))
    }

    /// The summary of this run, if it was made before.
    pub(crate) fn earlier<T: Scalar>(&mut self, method: &str, seed: u64) -> Option<Summary<T>> {
        let law = self.label.as_deref();
        let mut earlier = self.earlier.iter();
        let run = earlier.find(|run| run.is(method, seed, law))?;
        let summary = run.summary()?;
        self.list_trace(method, seed);
        Some(summary)
    }

    /// The step size of the runs of this method that were made before under this law.
    pub(crate) fn earlier_step_size(&self, method: &str, law: Option<&str>) -> Option<f64> {
        let summaries = self.earlier.iter().filter(|run| run.law.as_deref() == law);
        let mut summaries = summaries.map(|run| &run.summary);
        let of_method = summaries.find(|summary| summary.method == method)?;
        Some(of_method.step_size)
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
        let law = self.label.as_deref();
        let is_other = |run: &EarlierRun| !run.is(&summary.method, summary.seed, law);
        self.earlier.retain(is_other);
        // First the file: it stays when nobody reads standard output.
        let rest = self.earlier.iter().map(|run| run.line.clone() + "\n");
        let all = self.lines.clone() + &rest.collect::<String>();
        self.write(RUNS, &all);
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
        let name = named("comparison", self.label.as_deref());
        let table = compared.table();
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
        let name = trace_name(method, seed, self.label.as_deref());
        let path = self.folder.as_mut()?.trace(&name);
        let path = self.keep(path)?;
        self.list_trace(method, seed);
        Some(path)
    }

    fn list_trace(&mut self, method: &str, seed: u64) {
        let name = trace_name(method, seed, self.label.as_deref());
        if let Some(comparison) = self.study.comparisons.last_mut() {
            comparison.traces.push(Path::new(TRACES).join(name));
        }
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

    fn write(&mut self, name: &str, text: &str) {
        if let Some(folder) = &mut self.folder {
            let written = folder.write(name, text);
            self.keep(written);
        }
    }
}

/// The name of a file of one of several comparisons.
fn named(name: &str, law: Option<&str>) -> String {
    let law = law.map(|law| format!("-{law}")).unwrap_or_default();
    // Colons are for no file system.
    (name.to_owned() + &law).replace(':', "-")
}

fn trace_name(method: &str, seed: u64, law: Option<&str>) -> String {
    format!("{}-seed{seed}.jsonl.gz", named(method, law))
}
