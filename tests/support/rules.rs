//! Every correction and optimizer, with numbers that a small quadratic tolerates.

use asgrad::{Experiment, Scalar, StepRule};

pub(crate) const CORRECTIONS: [&str; 6] = [
    "clip:0.5",
    "clip-value:0.3",
    "dc:0.04",
    "dc-adaptive:0.2:0.9",
    "gap-aware",
    "gap-aware:0.5",
];

pub(crate) const OPTIMIZERS: [&str; 6] = [
    "momentum:0.5",
    "nesterov:0.5",
    "adam",
    "adamw:0.001",
    "weight-decay:0.001",
    "weight-decay:0.001,momentum:0.3",
];

pub(crate) const STEP_RULES: [&str; 10] = [
    "constant",
    "decreasing",
    "koloskova",
    "mishchenko",
    "staleness",
    "polynomial:0.7",
    "piag:0.5",
    "piag2",
    "warmup:30",
    "cosine:80",
];

/// The experiment with these lists, as they are typed; empty: none.
pub(crate) fn shaped<T: Scalar>(
    experiment: Experiment<T>,
    (corrections, optimizers): (&str, &str),
) -> Experiment<T> {
    experiment.with(|spec| {
        for (setting, list) in [("correction", corrections), ("optimizer", optimizers)] {
            if !list.is_empty() {
                spec.set(setting, list).unwrap();
            }
        }
    })
}

pub(crate) fn step_rule(text: &str) -> StepRule {
    text.parse().unwrap()
}
