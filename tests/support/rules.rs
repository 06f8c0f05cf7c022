//! Every correction and optimizer, with numbers that a small quadratic tolerates.

use asgrad::methods::Chain;
use asgrad::{CorrectionRule, Experiment, OptimizerRule, Scalar, StepRule};

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
    mut experiment: Experiment<T>,
    (corrections, optimizers): (&str, &str),
) -> Experiment<T> {
    if !corrections.is_empty() {
        let chain: Chain<CorrectionRule> = corrections.parse().unwrap();
        for rule in chain.rules() {
            experiment = experiment.correction(rule.clone());
        }
    }
    if !optimizers.is_empty() {
        let chain: Chain<OptimizerRule> = optimizers.parse().unwrap();
        for rule in chain.rules() {
            experiment = experiment.optimizer(rule.clone());
        }
    }
    experiment
}

pub(crate) fn step_rule(text: &str) -> StepRule {
    text.parse().unwrap()
}
