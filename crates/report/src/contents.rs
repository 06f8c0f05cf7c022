//! The comparisons and runs that a report is about.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::ReportError;
use crate::files::is_same;
use crate::group::Group;
use crate::mend::Mend;
use crate::run::Run;
use crate::study::{ComparisonRecord, Study};
use crate::text::slug;
use trace::Trace;

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
    unread: Vec<Arc<ReportError>>,
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
    /// `traces`. A trace that cannot be read is left out, if another can; see
    /// [`unread`](Self::unread).
    ///
    /// # Errors
    /// If there is nothing, or none of it can be read.
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
            Some(study) => Self::read(study, folder, true, mend),
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
                Self::read(Study::of_traces(&traces), Path::new(""), true, mend)
            }
        }
    }

    /// What is wrong with the traces of a folder that were left out.
    pub fn unread(&self) -> impl Iterator<Item = &ReportError> {
        self.unread.iter().map(AsRef::as_ref)
    }

    /// Reads these traces; `-` is standard input. They are shown side by side, those of one method as
    /// repetitions.
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
        Self::read(Study::of_traces(traces), Path::new(""), false, mend)
    }

    /// Reads the traces of a study, which are in this folder.
    ///
    /// # Errors
    /// If one of them cannot be read.
    pub fn of_study(study: Study, folder: &Path) -> Result<Self, ReportError> {
        Self::read(study, folder, false, &unmended)
    }

    /// The same; `is_lenient` leaves out what cannot be read.
    fn read(
        study: Study,
        folder: &Path,
        is_lenient: bool,
        mend: Mend<'_>,
    ) -> Result<Self, ReportError> {
        let several = study.comparisons.len() > 1;
        let traces = study.comparisons.iter().flat_map(|one| &one.traces);
        let mut sources: Vec<_> = traces.map(|trace| folder.join(trace)).collect();
        sources.push(folder.join(Study::FILE));
        let (mut sections, mut unread) = (Vec::new(), Vec::new());
        for (comparison, number) in study.comparisons.into_iter().zip(1..) {
            let mut runs = Vec::new();
            for trace in once(&comparison.traces, folder) {
                match Run::read(folder, trace, mend) {
                    Ok(run) => runs.push(run),
                    Err(error) if is_lenient => unread.push(error),
                    Err(error) => return Err(error),
                }
            }
            if runs.is_empty() && !comparison.traces.is_empty() {
                continue;
            }
            let prefix = if several {
                format!("{number}-{}", slug(&comparison.title))
            } else {
                String::new()
            };
            sections.push(Section {
                comparison,
                groups: Group::all(runs),
                prefix: prefix.trim_end_matches('-').to_owned(),
            });
        }
        if sections.is_empty() && !unread.is_empty() {
            return Err(unread.swap_remove(0));
        }
        Ok(Self {
            command: study.command,
            sections,
            sources,
            unread: unread.into_iter().map(Arc::new).collect(),
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
