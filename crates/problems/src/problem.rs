//! A problem that is ready to be solved.

use std::sync::Arc;

use ps_core::Objective;

use crate::batch::Batch;
use crate::dataset::DataHash;
use crate::doubt::Doubt;
use crate::kind::ProblemKind;
use crate::partition::Partition;

/// A problem that is ready to be solved, and what is to be said of it.
#[non_exhaustive]
pub struct Problem<T> {
    /// What is minimised.
    pub objective: Arc<dyn Objective<T>>,
    /// Which kind it is, asked for or by default.
    pub kind: ProblemKind,
    /// How the rows were shared out; nothing without data.
    pub partition: Option<Partition>,
    /// The rows of one gradient, as a number where each worker has so many.
    pub batch: Batch,
    /// How many rows each worker has; 0 without data.
    pub rows_per_worker: Vec<usize>,
    /// How many rows nobody has.
    pub unused_rows: usize,
    /// How many rows only accuracy is measured on: held out, or of a file of their own.
    pub held_out_rows: usize,
    /// How many features a row has; 0 without data.
    pub n_features: usize,
    /// The largest feature of these rows, without its sign; 0 without data.
    pub largest_feature: f64,
    /// The share of the features that a gradient's rows have, at most and on average: 1 for dense
    /// rows.
    pub touched_share: f64,
    /// The fingerprint of the rows used, shared out or not; nothing without data.
    pub data_hash: Option<DataHash>,
    /// What may not be meant in the file.
    pub doubts: Vec<Doubt>,
    /// One line for people.
    pub description: String,
}

ps_core::debug_fields!([T] Problem<T>: description, rows_per_worker, unused_rows, held_out_rows, data_hash);
