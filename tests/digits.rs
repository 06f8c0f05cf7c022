//! The main job: ten workers of speeds 1 to 10, and each holds one digit.

use std::time::Duration;

use asgrad::{Experiment, Seed};
use problems::ProblemSpec;

use crate::support::{linear, virtually};

/// The loss after three seconds of virtual time.
fn loss_after_three_seconds(method: &str, step_size: f64) -> f64 {
    let spec = ProblemSpec::new("digits".parse().unwrap());
    let objective = spec.load::<f64>(10, Seed::new(1)).unwrap().objective;
    let experiment = virtually(Experiment::with_objective(objective), &linear(10));
    let experiment = experiment.method(method).step_size(step_size);
    let experiment = experiment.time_limit(Duration::from_secs(3));
    let summary = experiment.evaluate_every(u64::MAX).run().unwrap();
    summary.loss.unwrap()
}

/// The step sizes are those of the table that `asgrad` prints.
#[test]
fn pure_ends_above_every_method_that_is_not_biased_towards_the_fast_at_four_step_sizes() {
    let step_sizes = [0.5, 0.25, 0.125, 0.0625].into_iter();
    let pure = step_sizes.map(|step_size| loss_after_three_seconds("pure", step_size));
    let pure = pure.fold(f64::INFINITY, f64::min);
    for (method, step_size) in [
        ("minibatch", 2.0),
        ("random", 0.125),
        ("shuffled", 0.125),
        ("generalized", 0.0625),
        ("rescaled", 0.125),
        ("malenia", 2.0),
        ("ringleader", 0.25),
        ("iag", 0.125),
    ] {
        let loss = loss_after_three_seconds(method, step_size);
        assert!(loss < pure, "{method}: {loss}, pure at best: {pure}");
    }
}
