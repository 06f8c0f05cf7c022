//! Labels that a problem cannot have.

use ps_core::form::count;

/// Labels that are none of the problem's.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LabelsError {
    /// Least squares of labels that are text.
    #[error(
        " least-squares: the labels are text; use logistic for two classes or softmax for more"
    )]
    Text,
    /// Logistic regression needs exactly two labels.
    #[error(
        " logistic: the data has {}, not two; use softmax for classes or least-squares for numbers",
        count(*.labels, "label")
    )]
    NotBinary {
        /// How many different labels there are.
        labels: usize,
    },
    /// Classes are few, and their labels whole numbers.
    #[error(" softmax: label {label} is not a whole number; use least-squares for numbers")]
    NotAClass {
        /// The first label that is not a whole number.
        label: f64,
    },
    /// Classes are few, and at least two.
    #[error(
        " softmax: the data has {}, expected 2 to {limit}; use least-squares for numbers",
        count(*.labels, "different label")
    )]
    Classes {
        /// How many different labels there are.
        labels: usize,
        /// How many there may be.
        limit: usize,
    },
}
