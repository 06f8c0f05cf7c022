//! The comparisons and runs that a report is about.

use std::fs;
use std::path::{Path, PathBuf};

use crate::ReportError;
use crate::files::is_same;
use crate::group::Group;
use crate::run::Run;
use crate::study::{ComparisonRecord, Study};
use crate::text::slug;
use trace::Trace;

/// Gives a trace evaluations that its run was killed before it made, if it can.
pub type Mend<'a> = &'a dyn Fn(&Trace) -> Option<Trace>;

fn unmended(_: &Trace) -> Option<Trace> {
    None
}

/// Comparisons with their runs, read and ready to be shown.
#[derive(Clone, Debug)]
pub struct Report {
    pub(crate) command: String,
    pub(crate) sections: Vec<Section>,
    /// The files that it was read from, which are not written over.
    pub(crate) sources: Vec<PathBuf>,
}

/// A comparison with its runs.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    pub(crate) comparison: ComparisonRecord,
    pub(crate) groups: Vec<Group>,
    /// What the names of its figures begin with; empty if there is only one section.
    pub(crate) prefix: String,
}

impl Report {
    /// Reads what `asgrad compare --out` wrote into a folder, or all traces in it and in its folder
    /// `traces`.
    ///
    /// # Errors
    /// If there is nothing, or it cannot be read.
    pub fn of_folder(folder: &Path) -> Result<Self, ReportError> {
        Self::of_folder_mended(folder, &unmended)
    }

    /// The same, and traces of runs that were killed before their versions were evaluated are
    /// mended.
    ///
    /// # Errors
    /// As [`of_folder`](Self::of_folder).
    pub fn of_folder_mended(folder: &Path, mend: Mend<'_>) -> Result<Self, ReportError> {
        match Study::read(folder)? {
            Some(study) => Self::of_study_mended(study, folder, mend),
            None => {
                let mut traces = traces_in(folder)?;
                let inside = folder.join("traces");
                if inside.is_dir() {
                    traces.extend(traces_in(&inside)?);
                }
                if traces.is_empty() {
                    let folder = folder.to_owned();
                    return Err(ReportError::Nothing { folder });
                }
                Self::of_traces_mended(&traces, mend)
            }
        }
    }

    /// Reads these traces. They are shown side by side, those of one method as repetitions.
    ///
    /// # Errors
    /// If one of them is a folder or cannot be read.
    pub fn of_traces(traces: &[PathBuf]) -> Result<Self, ReportError> {
        Self::of_traces_mended(traces, &unmended)
    }

    /// The same, and traces of runs that were killed before their versions were evaluated are
    /// mended.
    ///
    /// # Errors
    /// As [`of_traces`](Self::of_traces).
    pub fn of_traces_mended(traces: &[PathBuf], mend: Mend<'_>) -> Result<Self, ReportError> {
        if let Some(folder) = traces.iter().find(|path| path.is_dir()) {
            let folder = folder.clone();
            return Err(ReportError::Mixed { folder });
        }
        let comparison = ComparisonRecord {
            traces: traces.to_vec(),
            ..ComparisonRecord::default()
        };
        let study = Study {
            command: String::new(),
            comparisons: vec![comparison],
        };
        Self::of_study_mended(study, Path::new(""), mend)
    }

    /// Reads the traces of a study, which are in this folder.
    ///
    /// # Errors
    /// If one of them cannot be read.
    pub fn of_study(study: Study, folder: &Path) -> Result<Self, ReportError> {
        Self::of_study_mended(study, folder, &unmended)
    }

    fn of_study_mended(study: Study, folder: &Path, mend: Mend<'_>) -> Result<Self, ReportError> {
        let several = study.comparisons.len() > 1;
        let traces = study.comparisons.iter().flat_map(|one| &one.traces);
        let mut sources: Vec<_> = traces.map(|trace| folder.join(trace)).collect();
        sources.push(folder.join(Study::FILE));
        let section = |(index, comparison): (usize, ComparisonRecord)| {
            let runs = once(&comparison.traces, folder);
            let runs = runs.into_iter().map(|trace| Run::read(folder, trace, mend));
            let groups = Group::all(runs.collect::<Result<_, _>>()?);
            let prefix = if several {
                format!("{}-{}", index + 1, slug(&comparison.title))
            } else {
                String::new()
            };
            let prefix = prefix.trim_end_matches('-').to_owned();
            Ok(Section {
                comparison,
                groups,
                prefix,
            })
        };
        let sections = study.comparisons.into_iter().enumerate().map(section);
        Ok(Self {
            command: study.command,
            sections: sections.collect::<Result<_, ReportError>>()?,
            sources,
        })
    }
}

/// These traces; one that is named twice is one run.
fn once<'a>(traces: &'a [PathBuf], folder: &Path) -> Vec<&'a PathBuf> {
    let mut once: Vec<&PathBuf> = Vec::new();
    for trace in traces {
        let again = |known: &&PathBuf| is_same(&folder.join(known), &folder.join(trace));
        if !once.iter().any(again) {
            once.push(trace);
        }
    }
    once
}

/// The traces in a folder, by name.
fn traces_in(folder: &Path) -> Result<Vec<PathBuf>, ReportError> {
    let mut traces = Vec::new();
    for entry in fs::read_dir(folder).map_err(ReportError::io(folder))? {
        let path = entry.map_err(ReportError::io(folder))?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let is_trace = |name: &str| {
            // `compare` writes its summaries there.
            let endings = [".jsonl", ".jsonl.gz", ".jsonl.zst"];
            name != "runs.jsonl" && endings.iter().any(|ending| name.ends_with(ending))
        };
        if name.is_some_and(is_trace) {
            traces.push(path);
        }
    }
    traces.sort();
    Ok(traces)
}
