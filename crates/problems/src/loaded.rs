//! A data set as it was read, with what was made out on the way.

use std::path::PathBuf;

use crate::dataset::Dataset;
use crate::doubt::Doubt;
use crate::load_error::Place;
use crate::request_error::RequestError;

/// A data set as it was read, with what was made out on the way.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    pub(crate) data: Dataset,
    /// The labels that there may be, increasing: those of the whole data set, whatever part of it
    /// is used.
    pub(crate) classes: Vec<f64>,
    /// The labels as text where they are text, in the order of `classes`, which are then their
    /// positions; otherwise empty.
    pub(crate) names: Vec<String>,
    /// Where the rows are from; nothing if from no file.
    pub(crate) origin: Option<Origin>,
    /// What was made out of the file, in words.
    pub(crate) made_out: Vec<String>,
    pub(crate) doubts: Vec<Doubt>,
}

/// Where the rows of a file stand in it.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) path: PathBuf,
    /// The line of each row.
    pub(crate) lines: Vec<u64>,
    /// The column of the labels, from 1.
    pub(crate) label_column: u64,
}

impl Loaded {
    /// A data set that may have these labels; from no file.
    pub(crate) fn new(data: Dataset, classes: Vec<f64>) -> Self {
        Self {
            data,
            classes,
            names: Vec::new(),
            origin: None,
            made_out: Vec::new(),
            doubts: Vec::new(),
        }
    }

    /// A data set of a file, whose labels are all that there are.
    pub(crate) fn from_file(data: Dataset, origin: Origin) -> Self {
        let classes = data.distinct_labels();
        Self {
            origin: Some(origin),
            ..Self::new(data, classes)
        }
    }

    /// The same with its first rows only.
    pub(crate) fn first(&self, n_rows: usize) -> Result<Self, RequestError> {
        Ok(Self {
            names: self.names.clone(),
            origin: self.origin.clone(),
            made_out: self.made_out.clone(),
            doubts: self.doubts.clone(),
            ..Self::new(self.data.first(n_rows)?, self.classes.clone())
        })
    }

    /// Where the label of a row of a file stands.
    pub(crate) fn place_of_label(&self, row: usize) -> Place {
        let origin = self.origin.as_ref().expect("only a file has places");
        Place {
            path: origin.path.clone(),
            line: origin.lines[row],
            column: origin.label_column,
        }
    }

    /// What was made out, in brackets; nothing if nothing was.
    pub(crate) fn remarks(&self) -> String {
        match &self.made_out[..] {
            [] => String::new(),
            made_out => format!(" ({})", made_out.join(", ")),
        }
    }
}
