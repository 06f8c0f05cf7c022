//! What a command has found so far, in files and on standard output.

use std::fmt;
use std::path::{Path, PathBuf};

use asgrad::compare::{Compared, Scaling};
use asgrad::trace::Evaluation;
use asgrad::{RunSpec, Scalar, Summary};
use report::{PAGE, Report, Study};
use serde_json::Value;

use super::folder::{Folder, RUNS, TRACES};
use super::print;
use super::{EarlierRun, Table, rendered};
use crate::args::{Format, OutputOptions};
use crate::case::Case;
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
    /// The run that is asked for; of several cases the first.
    spec: RunSpec,
    /// The comparison that is being made.
    case: Case,
    /// What the comparisons came to, as far as they have come.
    compared: Vec<Value>,
    /// The same as a table.
    numbers: Vec<Table>,
    /// What more workers came to.
    scalings: Vec<Value>,
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
        spec: &RunSpec,
        progress: &Progress,
    ) -> Result<Self, Failure> {
        let open = |path: &PathBuf| Folder::open(path, request, output.force);
        Ok(Self {
            format: output.format,
            folder: output.out.as_ref().map(open).transpose()?,
            progress: progress.clone(),
            troubles: Vec::new(),
            spec: spec.clone(),
            case: Case::default(),
            compared: Vec::new(),
            numbers: Vec::new(),
            scalings: Vec::new(),
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

    /// The evaluations in the trace of a run that was compared in one of these cases, if that is
    /// whole.
    pub(crate) fn traced(&self, run: &EarlierRun, cases: &[&Case]) -> Option<Vec<Evaluation>> {
        let case = cases.iter().find(|case| run.is_of(case))?;
        let name = trace_name(&run.summary.method, run.summary.seed, case);
        let folder = &self.folder.as_ref()?.path;
        run.evaluations_in(&folder.join(TRACES).join(name))
    }

    /// The summary of this run, if it was made before.
    pub(crate) fn earlier<T: Scalar>(&mut self, method: &str, seed: u64) -> Option<Summary<T>> {
        let mut earlier = self.earlier.iter();
        let run = earlier.find(|run| run.is(method, seed, &self.case))?;
        let summary = run.summary()?;
        self.list_trace(method, seed);
        Some(summary)
    }

    /// The step size of the runs of this method that were made before in this case.
    pub(crate) fn earlier_step_size(&self, method: &str, case: &Case) -> Option<f64> {
        let summaries = self.earlier.iter().filter(|run| run.is_of(case));
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
        for (key, value) in self.case.fields() {
            // Behind the fields that every run has.
            object.pop();
            object += &format!(",\"{key}\":{value}}}");
        }
        self.lines += &object;
        self.lines.push('\n');
        let case = &self.case;
        let is_other = |run: &EarlierRun| !run.is(&summary.method, summary.seed, case);
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

    /// What follows belongs to the comparison of this case.
    pub(crate) fn begin_comparison(&mut self, case: Case) {
        self.study.comparisons.push(report::ComparisonRecord {
            title: case.title(),
            ..report::ComparisonRecord::default()
        });
        self.compared.push(Value::Null);
        self.numbers.push(Table::default());
        self.case = case;
    }

    /// The comparison that was made last, as it stands in `comparison.json`, on a line.
    pub(crate) fn last_comparison(&self) -> String {
        let last = self.compared.last().unwrap_or(&Value::Null);
        format!("{}\n", serde_json::json!({ "comparison": last }))
    }

    /// The numbers of the comparison that was made last, with a column for each setting of its case,
    /// below those before.
    pub(crate) fn last_numbers(&self) -> String {
        let numbers = self.numbers.last().cloned().unwrap_or_default();
        rendered(&numbers, Format::Csv, self.numbers.len() < 2)
    }

    /// Adds what other numbers of workers came to in what is otherwise this case. Returns it as it is
    /// printed on a line.
    pub(crate) fn add_scaling(&mut self, of: &Case, scaling: &Scaling) -> Result<Value, Failure> {
        let mut object = serde_json::to_value(scaling).map_err(Failure::failed)?;
        object["case"] = of.fields().into();
        object["sentence"] = scaling.sentence().into();
        self.scalings.push(object.clone());
        self.write_numbers()?;
        Ok(serde_json::json!({ "scaling": object }))
    }

    fn write_numbers(&mut self) -> Result<(), Failure> {
        let all = serde_json::json!({
            "command": self.study.command,
            "run": self.spec,
            "cases": self.compared,
            "scaling": self.scalings,
        });
        let all = serde_json::to_string_pretty(&all).map_err(Failure::failed)?;
        self.write("comparison.json", &(all + "\n"));
        Ok(())
    }

    /// Writes a comparison as far as it has come, and those before it.
    pub(crate) fn write_comparison(&mut self, compared: &Compared) -> Result<(), Failure> {
        let table = compared.table();
        let name = self.case.file_name("comparison");
        self.write(
            &format!("{name}.md"),
            &table.render(Format::Markdown.into()),
        );
        let mut object = serde_json::to_value(compared).map_err(Failure::failed)?;
        object["case"] = self.case.fields().into();
        let settings: Vec<_> = self.case.settings().collect();
        let numbers = settings
            .iter()
            .rev()
            .fold(compared.numbers(), |table, (setting, value)| {
                table.labelled(&setting.key(), value)
            });
        if let (Some(last), Some(last_numbers)) =
            (self.compared.last_mut(), self.numbers.last_mut())
        {
            (*last, *last_numbers) = (object, numbers);
        }
        self.write_numbers()?;
        let begun = self.numbers.iter().filter(|it| !it.headers().is_empty());
        let mut numbers = Table::default();
        begun.for_each(|it| numbers.append(it.clone()));
        self.write("comparison.csv", &numbers.render(Format::Csv.into()));
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
        Ok(())
    }

    /// Where the trace of the next run goes, if there is a folder.
    pub(crate) fn trace_of(&mut self, method: &str, seed: u64) -> Option<PathBuf> {
        let name = trace_name(method, seed, &self.case);
        let path = self.folder.as_mut()?.trace(&name);
        let path = self.keep(path)?;
        self.list_trace(method, seed);
        Some(path)
    }

    fn list_trace(&mut self, method: &str, seed: u64) {
        let name = trace_name(method, seed, &self.case);
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

fn trace_name(method: &str, seed: u64, case: &Case) -> String {
    format!("{}-seed{seed}.jsonl.gz", case.file_name(method))
}
