//! What may be wrong with a request for a problem, as opposed to its data.

use std::str::FromStr;

use ps_core::WorkerId;
use thiserror::Error;

/// A request that cannot be met: a word that means nothing, a number out of range, or settings that do not fit
/// together or do not fit the data. Options are named as they are typed (without the dashes of the command line).
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum RequestError {
    /// A word that is none of those expected.
    #[error("{option} {word:?}: expected {}", expected.join(", "))]
    Unknown {
        /// The option.
        option: &'static str,
        /// What was given.
        word: String,
        /// What may be given.
        expected: &'static [&'static str],
    },
    /// Something that should have been a number, or another number.
    #[error("{option} {word:?}: {found:?} is not {expected}")]
    Number {
        /// The option.
        option: &'static str,
        /// What was given, all of it.
        word: String,
        /// The part that is wrong.
        found: String,
        /// What it should be.
        expected: &'static str,
    },
    /// No workers.
    #[error("workers 0: at least one is needed")]
    NoWorkers,
    /// There must be at least one row for each worker.
    #[error("workers {workers}: more than the {rows} rows to share out")]
    MoreWorkersThanRows {
        /// How many workers were asked for.
        workers: usize,
        /// How many rows there are for them.
        rows: usize,
    },
    /// A mini-batch is drawn without replacement.
    #[error("batch-size {batch}: worker {worker} has {rows} rows; give at most as many, or full")]
    BatchTooLarge {
        /// The size asked for.
        batch: usize,
        /// The worker with the fewest rows.
        worker: WorkerId,
        /// How many it has.
        rows: usize,
    },
    /// No rows, or more than there are.
    #[error("rows {asked}: the data has {available} rows; give 1 to {available}")]
    Rows {
        /// How many were asked for.
        asked: usize,
        /// How many there are.
        available: usize,
    },
    /// More generated data than fits a machine.
    #[error(
        "data synthetic: {rows} rows for all workers, at most {most}; use fewer workers or --rows"
    )]
    TooManyRows {
        /// How many there would be.
        rows: usize,
        /// How many there may be.
        most: usize,
    },
    /// A larger model than fits a machine.
    #[error(
        "problem: {parameters} parameters, at most {most}; use data with fewer features or classes"
    )]
    TooManyParameters {
        /// How many there would be.
        parameters: usize,
        /// How many there may be.
        most: usize,
    },
    /// A share that is no share, or that leaves one side without a row.
    #[error(
        "holdout {fraction}: expected a number from 0 to 1 that leaves rows on both sides of {rows}"
    )]
    HoldOut {
        /// The share asked for.
        fraction: f64,
        /// How many rows there are.
        rows: usize,
    },
    /// An option about data, for a problem that has none.
    #[error("{option}: a quadratic has no data")]
    NoData {
        /// The option.
        option: &'static str,
    },
    /// A quadratic has one centre for each worker.
    #[error("problem quadratic: {centres} centres for {workers} workers; give one for each")]
    Centres {
        /// How many centres were given.
        centres: usize,
        /// How many workers there are.
        workers: usize,
    },
    /// Logistic regression needs exactly two labels.
    #[error("problem logistic: the data has {} label{}, not two; use softmax for classes or least-squares for numbers",
        labels, if *labels == 1 { "" } else { "s" })]
    NotBinary {
        /// How many different labels there are.
        labels: usize,
    },
    /// Classes are few, and their labels whole numbers.
    #[error("problem softmax: label {label} is not a whole number; use least-squares for numbers")]
    NotAClass {
        /// The first label that is not a whole number.
        label: f64,
    },
    /// Classes are few, and at least two.
    #[error(
        "problem softmax: the data has {labels} different labels, expected 2 to {limit}; use least-squares for numbers"
    )]
    Classes {
        /// How many different labels there are.
        labels: usize,
        /// How many there may be.
        limit: usize,
    },
}

impl RequestError {
    /// The option that is to be changed.
    #[must_use]
    pub fn option(&self) -> &'static str {
        match self {
            Self::Unknown { option, .. }
            | Self::Number { option, .. }
            | Self::NoData { option } => option,
            Self::NoWorkers | Self::MoreWorkersThanRows { .. } => "workers",
            Self::BatchTooLarge { .. } => "batch-size",
            Self::Rows { .. } => "rows",
            Self::TooManyRows { .. } => "data",
            Self::HoldOut { .. } => "holdout",
            Self::Centres { .. }
            | Self::NotBinary { .. }
            | Self::NotAClass { .. }
            | Self::TooManyParameters { .. }
            | Self::Classes { .. } => "problem",
        }
    }
}

/// What was given for an option, while it is being understood.
#[derive(Clone, Copy)]
pub(crate) struct Word<'a> {
    pub(crate) option: &'static str,
    pub(crate) word: &'a str,
}

impl<'a> Word<'a> {
    /// `name:rest` in two, or the whole and nothing.
    pub(crate) fn split(self) -> (&'a str, Option<&'a str>) {
        match self.word.split_once(':') {
            Some((name, rest)) => (name, Some(rest)),
            None => (self.word, None),
        }
    }

    /// None of those expected.
    pub(crate) fn unknown(self, expected: &'static [&'static str]) -> RequestError {
        RequestError::Unknown {
            option: self.option,
            word: self.word.to_owned(),
            expected,
        }
    }

    /// The number in `text`, which must pass the test.
    pub(crate) fn number<N: FromStr>(
        self,
        text: &str,
        expected: &'static str,
        passes: impl Fn(&N) -> bool,
    ) -> Result<N, RequestError> {
        let number = text.trim().parse().ok().filter(passes);
        number.ok_or_else(|| RequestError::Number {
            option: self.option,
            word: self.word.to_owned(),
            found: text.to_owned(),
            expected,
        })
    }
}
