//! What may be wrong with a request for a problem, as opposed to its data.

mod labels;
mod reading;
mod test_data;

use std::fmt;
use std::path::{Path, PathBuf};

use ps_core::{Setting, WorkerId};

use ps_core::form::count;

pub use labels::LabelsError;
pub use reading::ReadingError;
pub use test_data::TestDataError;

/// A request that cannot be met: settings that are out of range, or do not fit together or do not
/// fit the data. `{}` calls settings by their names, `{:#}` as the options of the command line.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// No workers.
    #[error(fmt = no_workers)]
    NoWorkers,
    /// There must be at least one row for each worker.
    #[error(fmt = more_workers_than_rows)]
    MoreWorkersThanRows {
        /// How many workers were asked for.
        workers: usize,
        /// How many rows there are for them.
        rows: usize,
    },
    /// A mini-batch is drawn without replacement.
    #[error(fmt = batch_too_large)]
    BatchTooLarge {
        /// The size asked for.
        batch: usize,
        /// The worker with the fewest rows.
        worker: WorkerId,
        /// How many it has.
        rows: usize,
    },
    /// No rows.
    #[error(fmt = no_rows)]
    NoRows,
    /// More rows than there are.
    #[error(fmt = rows)]
    Rows {
        /// How many were asked for.
        asked: usize,
        /// How many there are.
        available: usize,
    },
    /// More generated data than fits a machine.
    #[error(fmt = too_many_rows)]
    TooManyRows {
        /// How many there would be.
        rows: usize,
        /// How many there may be.
        most: usize,
    },
    /// A larger model than fits a machine.
    #[error(fmt = too_many_parameters)]
    TooManyParameters {
        /// How many there would be.
        parameters: usize,
        /// How many there may be.
        most: usize,
    },
    /// A share that is no share, or that leaves one side without a row.
    #[error(fmt = hold_out)]
    HoldOut {
        /// The share asked for.
        fraction: f64,
        /// How many rows there are.
        rows: usize,
    },
    /// A setting of data, for a problem that has none.
    #[error(fmt = no_data)]
    NoData {
        /// The setting.
        setting: Setting,
    },
    /// A quadratic has one centre for each worker.
    #[error(fmt = other_centres)]
    Centres {
        /// How many centres were given.
        centres: usize,
        /// How many workers there are.
        workers: usize,
    },
    /// A centre that is infinite as a number of the run's type.
    #[error(fmt = too_large_centre)]
    TooLargeCentre {
        /// The number type.
        precision: &'static str,
        /// The centre.
        centre: f64,
    },
    /// A file cannot be read as asked.
    #[error(transparent)]
    Reading(#[from] ReadingError),
    /// Test data do not go with the rest.
    #[error(transparent)]
    TestData(#[from] TestDataError),
    /// The problem cannot have these labels.
    #[error(transparent)]
    Labels(#[from] LabelsError),
    /// A feature that is infinite as a number of the run's type.
    #[error(fmt = too_large_feature)]
    TooLargeFeature {
        /// The number type.
        precision: &'static str,
        /// The file.
        path: PathBuf,
        /// The line of the row.
        line: u64,
        /// Which feature, from 1; the label is none.
        feature: usize,
        /// Its value.
        value: f64,
    },
}

fn hold_out(fraction: &f64, rows: &usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if (0.0..1.0).contains(fraction) {
        one_side_only(fraction, rows, f)
    } else {
        no_share(fraction, f)
    }
}

ps_core::messages! {
    no_workers(): "{} 0: at least one is needed", ["workers"];
    no_rows(): "{} 0: at least one is needed", ["rows"];
    more_workers_than_rows(workers: &usize, rows: &usize):
        "{} {workers}: more than the {} to share out",
        ["workers"], count(*rows, "row");
    batch_too_large(batch: &usize, worker: &WorkerId, rows: &usize):
        "{} {batch}: worker {worker} has {}; at most {rows} fits every worker, or full",
        ["batch-size"], count(*rows, "row");
    rows(asked: &usize, available: &usize):
        "{} {asked}: the data has {}; give 1 to {available}",
        ["rows"], count(*available, "row");
    too_many_rows(rows: &usize, most: &usize):
        "{} synthetic: {rows} rows for all workers, at most {most}; use fewer workers or {}",
        ["data", "rows"];
    too_many_parameters(parameters: &usize, most: &usize):
        "{}: {parameters} parameters, at most {most}; use data with fewer features or classes",
        ["problem"];
    no_share(fraction: &f64): "{} {fraction}: expected a fraction above 0 and below 1", ["holdout"];
    one_side_only(fraction: &f64, rows: &usize):
        "{} {fraction}: of {} it leaves one side without any; give a fraction nearer to 0.5",
        ["holdout"], count(*rows, "row");
    no_data(setting: &Setting): "{}: a quadratic has no data; leave it out", [setting.0];
    other_centres(centres: &usize, workers: &usize):
        "{} quadratic: {} for {}; give one for each",
        ["problem"], count(*centres, "centre"), count(*workers, "worker");
    too_large_centre(precision: &str, centre: &f64):
        "{} {precision}: the centre {centre:e} is infinite in it; use f64",
        ["precision"];
    too_large_feature(precision: &str, path: &Path, line: &u64, feature: &usize, value: &f64):
        "{} {precision}: {}:{line}: feature {feature} is {value:e}, beyond the largest number of {precision}; use f64, or scale it",
        ["precision"], path.display();
}
