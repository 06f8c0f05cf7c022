//! What may be wrong with test data.

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
    #[error(fmt = no_accuracy)]
    NoAccuracy,
    /// Standard input or a pipe for the data, too.
    #[error(fmt = one_stream)]
    OneStream {
        /// Its name.
        path: String,
    },
    /// Features that the data has not, or the other way round.
    #[error(fmt = features)]
    Features {
        /// How many they have.
        found: usize,
        /// How many the data has.
        expected: usize,
    },
}

ps_core::messages! {
    with_holdout():
        "{}: {} sets rows aside to measure accuracy on, too; leave one of them out",
        ["test-data", "holdout"];
    no_file(): "{}: it is a file, and goes with {} FILE", ["test-data", "data"];
    no_accuracy():
        "{}: least-squares has no accuracy to measure; leave it out, or choose logistic or softmax",
        ["test-data"];
    one_stream(path: &str):
        "{} {path}: {} is read from there, too; give one of them as a file",
        ["test-data", "data"];
    features(found: &usize, expected: &usize):
        "{}: its rows have {}, and those of the data {expected}; give a file of the same features",
        ["test-data"], count(*found, "feature");
}
