//! What may be wrong with test data.

use std::fmt;

use ps_core::{Setting, write_spelled};

use ps_core::form::count;

/// Test data that do not go with the other settings or with the data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TestDataError {
    /// Rows are held out, too.
    #[error(fmt = with_holdout)]
    WithHoldOut,
    /// The data, or the test data, are in no file.
    #[error(fmt = no_file)]
    NoFile,
    /// Least squares have no accuracy.
    #[error(
        ": least-squares has no accuracy to measure; leave it out, or choose logistic or softmax"
    )]
    NoAccuracy,
    /// Standard input or a pipe for the data, too.
    #[error(fmt = one_stream)]
    OneStream {
        /// Its name.
        path: String,
    },
    /// Features that the data has not, or the other way round.
    #[error(
        ": its rows have {}, and those of the data {expected}; give a file of the same features",
        count(*.found, "feature")
    )]
    Features {
        /// How many they have.
        found: usize,
        /// How many the data has.
        expected: usize,
    },
}

fn with_holdout(f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write_spelled!(
        f,
        ": {} sets rows aside to measure accuracy on, too; leave one of them out",
        Setting("holdout")
    )
}

fn no_file(f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write_spelled!(f, ": it is a file, and goes with {} FILE", Setting("data"))
}

fn one_stream(path: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write_spelled!(
        f,
        " {1}: {0} is read from there, too; give one of them as a file",
        Setting("data"); path
    )
}
