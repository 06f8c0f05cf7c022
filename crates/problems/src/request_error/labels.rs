//! Labels that a problem cannot have.

use ps_core::form::count;

/// Labels that are none of the problem's.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LabelsError {
    /// Least squares of labels that are text.
    #[error(fmt = text)]
    Text,
    /// Logistic regression needs exactly two labels.
    #[error(fmt = not_binary)]
    NotBinary {
        /// How many different labels there are.
        labels: usize,
    },
    /// Classes are few, and their labels whole numbers.
    #[error(fmt = not_a_class)]
    NotAClass {
        /// The first label that is not a whole number.
        label: f64,
    },
    /// Classes are few, and at least two.
    #[error(fmt = classes)]
    Classes {
        /// How many different labels there are.
        labels: usize,
        /// How many there may be.
        limit: usize,
    },
}

ps_core::messages! {
    text():
        "{} least-squares: the labels are text; use logistic for two classes or softmax for more",
        ["problem"];
    not_binary(labels: &usize):
        "{} logistic: the data has {}, not two; use softmax for classes or least-squares for numbers",
        ["problem"], count(*labels, "label");
    not_a_class(label: &f64):
        "{} softmax: label {label} is not a whole number; use least-squares for numbers",
        ["problem"];
    classes(labels: &usize, limit: &usize):
        "{} softmax: the data has {}, expected 2 to {limit}; use least-squares for numbers",
        ["problem"], count(*labels, "different label");
}
