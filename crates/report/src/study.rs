//! What was compared: written by `asgrad compare --out`, read by `asgrad report`.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::ReportError;
use crate::files::write_whole;

/// One or several comparisons that belong together, such as one for each law of compute times.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Study {
    /// The command that makes it again.
    pub command: String,
    /// In the order in which they are shown.
    pub comparisons: Vec<ComparisonRecord>,
}

/// Several methods on the same problem and workers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComparisonRecord {
    /// What sets it apart from the others, such as `compute fixed`; may be empty if there is only
    /// one.
    pub title: String,
    /// What was compared on what: names and values.
    pub about: Vec<(String, String)>,
    /// The table's columns.
    pub headers: Vec<String>,
    /// The table's rows, one a method.
    pub rows: Vec<Vec<String>>,
    /// What came out, in one sentence.
    pub sentence: String,
    /// What is to be known before anything is believed; empty if there is nothing.
    #[serde(default)]
    pub warning: String,
    /// The runs, one a method and seed, relative to the folder.
    pub traces: Vec<PathBuf>,
}

impl Study {
    /// The name of its file in the folder.
    pub(crate) const FILE: &'static str = "compare.json";

    /// These traces side by side, without a table.
    pub(crate) fn of_traces(traces: &[PathBuf]) -> Self {
        let comparison = ComparisonRecord {
            traces: traces.to_vec(),
            ..ComparisonRecord::default()
        };
        Self {
            command: String::new(),
            comparisons: vec![comparison],
        }
    }

    /// Reads the study in a folder; there may be none.
    ///
    /// # Errors
    /// If its file cannot be read or makes no sense.
    pub fn read(folder: &Path) -> Result<Option<Self>, ReportError> {
        let path = folder.join(Self::FILE);
        if !path.exists() {
            return Ok(None);
        }
        let text = fs::read_to_string(&path).map_err(ReportError::io(&path))?;
        let study: Self = serde_json::from_str(&text).map_err(|_| ReportError::Study {
            path: path.clone(),
            reason: "it is not what `asgrad compare` writes".to_owned(),
        })?;
        if study.comparisons.iter().all(|one| one.traces.is_empty()) {
            Err(ReportError::Study {
                path,
                reason: "it names no trace".to_owned(),
            })
        } else {
            Ok(Some(study))
        }
    }

    /// Writes it into a folder, aside and renamed, so that a crash leaves the last whole one.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<(), ReportError> {
        let path = folder.join(Self::FILE);
        let mut text = serde_json::to_string_pretty(self).map_err(|error| ReportError::Study {
            path: path.clone(),
            reason: error.to_string(),
        })?;
        text.push('\n');
        write_whole(&path, text.as_bytes())
    }
}
