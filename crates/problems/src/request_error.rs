//! What may be wrong with a request for a problem, as opposed to its data.

use std::fmt;
use std::path::PathBuf;

use ps_core::{Setting, WorkerId, write_spelled};

use crate::number::counted;

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
    /// A column of labels beyond the last one.
    LabelNumber {
        /// The number asked for.
        asked: usize,
        /// How many columns there are.
        columns: usize,
    },
    /// A column of labels that the header does not name.
    LabelName {
        /// The name asked for.
        name: String,
        /// The nearest one in the header.
        nearest: Option<String>,
        /// The file.
        path: PathBuf,
    },
    /// A column of labels that the header names twice.
    LabelTwice {
        /// The name asked for.
        name: String,
    },
    /// A column of labels by its name, without a header.
    LabelWithoutHeader {
        /// The name asked for.
        name: String,
    },
    /// A setting of CSV, for LIBSVM text.
    OnlyOfCsv {
        /// The setting.
        setting: Setting,
        /// The file.
        path: PathBuf,
    },
    /// An index base, for CSV.
    OnlyOfLibsvm {
        /// The file.
        path: PathBuf,
    },
    /// Test data and rows held out, or test data without data of a file.
    TestData {
        /// What is wrong.
        fault: &'static str,
    },
    /// Test data for least squares, of which there is no accuracy.
    NoAccuracy,
    /// Standard input or a pipe for data and for test data.
    OneStream {
        /// Its name.
        path: String,
    },
    /// Test data with features that the data has not, or the other way round.
    TestFeatures {
        /// How many they have.
        found: usize,
        /// How many the data has.
        expected: usize,
    },
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
    /// Least squares of labels that are text.
    TextLabels,
    /// Logistic regression needs exactly two labels.
    NotBinary {
        /// How many different labels there are.
        labels: usize,
    },
    /// Classes are few, and their labels whole numbers.
    NotAClass {
        /// The first label that is not a whole number.
        label: f64,
    },
    /// Classes are few, and at least two.
    Classes {
        /// How many different labels there are.
        labels: usize,
        /// How many there may be.
        limit: usize,
    },
}

impl RequestError {
    /// The setting that is to be changed.
    pub fn setting(&self) -> Setting {
        match self {
            Self::NoData { setting } | Self::OnlyOfCsv { setting, .. } => *setting,
            Self::OnlyOfLibsvm { .. } => Setting("index-base"),
            Self::NoWorkers | Self::MoreWorkersThanRows { .. } => Setting("workers"),
            Self::BatchTooLarge { .. } => Setting("batch-size"),
            Self::NoRows | Self::Rows { .. } => Setting("rows"),
            Self::TooManyRows { .. } => Setting("data"),
            Self::HoldOut { .. } => Setting("holdout"),
            Self::LabelNumber { .. }
            | Self::LabelName { .. }
            | Self::LabelTwice { .. }
            | Self::LabelWithoutHeader { .. } => Setting("label"),
            Self::TestData { .. }
            | Self::NoAccuracy
            | Self::OneStream { .. }
            | Self::TestFeatures { .. } => Setting("test-data"),
            Self::TooLargeFeature { .. } => Setting("precision"),
            Self::TextLabels
            | Self::Centres { .. }
            | Self::NotBinary { .. }
            | Self::NotAClass { .. }
            | Self::TooManyParameters { .. }
            | Self::Classes { .. } => Setting("problem"),
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
                write!(
                    f,
                    " {workers}: more than the {} to share out",
                    counted(*rows, "row")
                )
            }
            Self::BatchTooLarge {
                batch,
                worker,
                rows,
            } => write!(
                f,
                " {batch}: worker {worker} has {}; at most {rows} fits every worker, or full",
                counted(*rows, "row")
            ),
            Self::Rows { asked, available } => write!(
                f,
                " {asked}: the data has {}; give 1 to {available}",
                counted(*available, "row")
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
                counted(*rows, "row")
            ),
            Self::NoData { .. } => write!(f, ": a quadratic has no data; leave it out"),
            Self::Centres { centres, workers } => write!(
                f,
                " quadratic: {centres} centres for {workers} workers; give one for each"
            ),
            Self::LabelNumber { asked, columns } => write!(
                f,
                " {asked}: the data has {columns} columns; give 1 to {columns}, first, last or a name of the header"
            ),
            Self::LabelName {
                name,
                nearest,
                path,
            } => {
                let path = path.display();
                write!(f, " {name}: the first row of {path} has no such name")?;
                match nearest {
                    Some(nearest) => write!(f, "; did you mean `{nearest}`?"),
                    None => write!(f, "; give one of its names, a number from 1, first or last"),
                }
            }
            Self::LabelTwice { name } => write!(
                f,
                " {name}: the header has it twice; give the number of the column"
            ),
            Self::LabelWithoutHeader { name } => write_spelled!(
                f,
                " {1}: a name needs a header, and {0} no says that there is none; give a number from 1, first or last",
                Setting("header"); name
            ),
            Self::OnlyOfCsv { path, .. } => write!(
                f,
                ": {} is LIBSVM text, and only CSV has it; leave it out",
                path.display()
            ),
            Self::OnlyOfLibsvm { path } => write!(
                f,
                ": {} is CSV, and only LIBSVM text has it; leave it out",
                path.display()
            ),
            Self::TestData { fault } => write!(f, ": {fault}"),
            Self::NoAccuracy => write!(
                f,
                ": least-squares has no accuracy to measure; leave it out, or choose logistic or softmax"
            ),
            Self::OneStream { path } => write_spelled!(
                f,
                " {1}: {0} is read from there, too; give one of them as a file",
                Setting("data"); path
            ),
            Self::TestFeatures { found, expected } => write!(
                f,
                ": its rows have {}, and those of the data {expected}; give a file of the same features",
                counted(*found, "feature")
            ),
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
            Self::TextLabels => write!(
                f,
                " least-squares: the labels are text; use logistic for two classes or softmax for more"
            ),
            Self::NotBinary { labels } => write!(
                f,
                " logistic: the data has {}, not two; \
                 use softmax for classes or least-squares for numbers",
                counted(*labels, "label")
            ),
            Self::NotAClass { label } => write!(
                f,
                " softmax: label {label} is not a whole number; use least-squares for numbers"
            ),
            Self::Classes { labels, limit } => write!(
                f,
                " softmax: the data has {}, expected 2 to {limit}; \
                 use least-squares for numbers",
                counted(*labels, "different label")
            ),
        }
    }
}
