//! What may be wrong with a request for a problem, as opposed to its data.

mod labels;
mod reading;
mod test_data;

use std::fmt;
use std::path::PathBuf;

use ps_core::{Setting, WorkerId, write_spelled};

use ps_core::form::count;

pub use labels::LabelsError;
pub use reading::ReadingError;
pub use test_data::TestDataError;

/// A request that cannot be met: settings that are out of range, or do not fit together or do not
/// fit the data. `{}` calls settings by their names, `{:#}` as the options of the command line.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum RequestError {
    /// No workers.
    NoWorkers,
    /// There must be at least one row for each worker.
    MoreWorkersThanRows {
        /// How many workers were asked for.
        workers: usize,
        /// How many rows there are for them.
        rows: usize,
    },
    /// A mini-batch is drawn without replacement.
    BatchTooLarge {
        /// The size asked for.
        batch: usize,
        /// The worker with the fewest rows.
        worker: WorkerId,
        /// How many it has.
        rows: usize,
    },
    /// No rows.
    NoRows,
    /// More rows than there are.
    Rows {
        /// How many were asked for.
        asked: usize,
        /// How many there are.
        available: usize,
    },
    /// More generated data than fits a machine.
    TooManyRows {
        /// How many there would be.
        rows: usize,
        /// How many there may be.
        most: usize,
    },
    /// A larger model than fits a machine.
    TooManyParameters {
        /// How many there would be.
        parameters: usize,
        /// How many there may be.
        most: usize,
    },
    /// A share that is no share, or that leaves one side without a row.
    HoldOut {
        /// The share asked for.
        fraction: f64,
        /// How many rows there are.
        rows: usize,
    },
    /// A setting of data, for a problem that has none.
    NoData {
        /// The setting.
        setting: Setting,
    },
    /// A quadratic has one centre for each worker.
    Centres {
        /// How many centres were given.
        centres: usize,
        /// How many workers there are.
        workers: usize,
    },
    /// A centre that is infinite as a number of the run's type.
    TooLargeCentre {
        /// The number type.
        precision: &'static str,
        /// The centre.
        centre: f64,
    },
    /// A file cannot be read as asked.
    Reading(ReadingError),
    /// Test data do not go with the rest.
    TestData(TestDataError),
    /// The problem cannot have these labels.
    Labels(LabelsError),
    /// A feature that is infinite as a number of the run's type.
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

impl RequestError {
    /// The setting that is to be changed.
    pub fn setting(&self) -> Setting {
        match self {
            Self::NoData { setting } => *setting,
            Self::Reading(error) => error.setting(),
            Self::TestData(_) => Setting("test-data"),
            Self::NoWorkers | Self::MoreWorkersThanRows { .. } => Setting("workers"),
            Self::BatchTooLarge { .. } => Setting("batch-size"),
            Self::NoRows | Self::Rows { .. } => Setting("rows"),
            Self::TooManyRows { .. } => Setting("data"),
            Self::HoldOut { .. } => Setting("holdout"),
            Self::TooLargeFeature { .. } | Self::TooLargeCentre { .. } => Setting("precision"),
            Self::Labels(_) | Self::Centres { .. } | Self::TooManyParameters { .. } => {
                Setting("problem")
            }
        }
    }
}

impl std::error::Error for RequestError {}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.setting().fmt(f)?;
        match self {
            Self::NoWorkers | Self::NoRows => write!(f, " 0: at least one is needed"),
            Self::MoreWorkersThanRows { workers, rows } => {
                let rows = count(*rows, "row");
                write!(f, " {workers}: more than the {rows} to share out")
            }
            Self::BatchTooLarge {
                batch,
                worker,
                rows,
            } => write!(
                f,
                " {batch}: worker {worker} has {}; at most {rows} fits every worker, or full",
                count(*rows, "row")
            ),
            Self::Rows { asked, available } => write!(
                f,
                " {asked}: the data has {}; give 1 to {available}",
                count(*available, "row")
            ),
            Self::TooManyRows { rows, most } => write_spelled!(
                f,
                " synthetic: {rows} rows for all workers, at most {most}; use fewer workers or {}",
                Setting("rows")
            ),
            Self::TooManyParameters { parameters, most } => write!(
                f,
                ": {parameters} parameters, at most {most}; use data with fewer features or classes"
            ),
            Self::HoldOut { fraction, .. } if !(0.0..1.0).contains(fraction) => {
                write!(f, " {fraction}: expected a fraction above 0 and below 1")
            }
            Self::HoldOut { fraction, rows } => write!(
                f,
                " {fraction}: of {} it leaves one side without any; give a fraction nearer to 0.5",
                count(*rows, "row")
            ),
            Self::NoData { .. } => write!(f, ": a quadratic has no data; leave it out"),
            Self::Centres { centres, workers } => uneven(*centres, *workers, f),
            Self::TooLargeCentre { precision, centre } => too_large(precision, *centre, f),
            Self::Reading(error) => error.fmt(f),
            Self::TestData(error) => error.fmt(f),
            Self::Labels(error) => error.fmt(f),
            Self::TooLargeFeature {
                precision,
                path,
                line,
                feature,
                value,
            } => write!(
                f,
                " {precision}: {}:{line}: feature {feature} is {value:e}, beyond the largest number of {precision}; use f64, or scale it",
                path.display()
            ),
        }
    }
}

fn uneven(centres: usize, workers: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (centres, workers) = (count(centres, "centre"), count(workers, "worker"));
    write!(f, " quadratic: {centres} for {workers}; give one for each")
}

fn too_large(precision: &str, centre: f64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(
        f,
        " {precision}: the centre {centre:e} is infinite in it; use f64"
    )
}

impl From<ReadingError> for RequestError {
    fn from(error: ReadingError) -> Self {
        Self::Reading(error)
    }
}

impl From<TestDataError> for RequestError {
    fn from(error: TestDataError) -> Self {
        Self::TestData(error)
    }
}

impl From<LabelsError> for RequestError {
    fn from(error: LabelsError) -> Self {
        Self::Labels(error)
    }
}
