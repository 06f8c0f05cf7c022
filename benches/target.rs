//! A target changes nothing: the same run of real workers with a target that it does not reach and
//! without one, and the same in a comparison. Softmax on digits, batches of 16, nothing emulated.
//!
//! Each pair takes two seconds. `cargo bench -p benches --bench target`

mod paired;

use std::sync::Arc;
use std::time::Duration;

use asgrad::compare::Comparison as Compare;
use asgrad::{End, Experiment, Objective};
use paired::{Bar, Comparison, Runner, cores};
use problems::{Partition, ProblemSpec, Source};
use ps_core::Seed;

const TIME: Duration = Duration::from_secs(1);
const STEP_SIZE: f64 = 0.01;
/// Below what any model has.
const NEVER: f64 = -1.0;

type Digits = Arc<dyn Objective<f64>>;

/// Softmax on the digits, batches of 16.
fn digits() -> Digits {
    let spec = ProblemSpec {
        partition: Some(Partition::shuffled()),
        ..ProblemSpec::new(Source::Digits)
    };
    let problem = spec.load(cores(), Seed::new(1));
    problem.expect("the digits ship").objective
}

/// Updates a second of a run that ends at the target, if there is one.
fn run(digits: &Digits, method: &str, target: Option<f64>) -> f64 {
    let experiment = Experiment::with_objective(Arc::clone(digits))
        .method(method)
        .workers(cores())
        .step_size(STEP_SIZE)
        .time_limit(TIME)
        .with(|spec| spec.end.target.loss = target);
    let summary = experiment.run().expect("nothing can fail");
    summary.updates_per_second.expect("time has passed")
}

/// Updates a second of a run in a comparison, which is over before anything is evaluated.
fn compare(digits: &Digits, method: &str, target: Option<f64>) -> f64 {
    let mut end = End::after(TIME);
    end.target.loss = target;
    let setup = |_| Ok(Experiment::with_objective(Arc::clone(digits)).workers(cores()));
    let compared = Compare::new(setup)
        .method_with_step_size(method, STEP_SIZE)
        .end(end)
        .repeat(1)
        .run();
    let compared = compared.expect("nothing can fail");
    let rate = compared.rows[0].quantity("updates_per_second");
    rate.and_then(|rate| rate.mean).expect("time has passed")
}

type Program = fn(&Digits, &str, Option<f64>) -> f64;

fn main() {
    let Some(runner) = Runner::from_args() else {
        return;
    };
    let digits = digits();
    let programs: [(&str, Program, f64); 2] = [("run", run, 0.05), ("compare", compare, 0.03)];
    for (name, program, error) in programs {
        for method in ["pure", "minibatch"] {
            let comparison = Comparison {
                id: &format!("target/{name},{method},digits,workers={}", cores()),
                names: ("with", "without"),
                unit: "updates/s",
                bar: Bar::Within(error),
            };
            let with = || program(&digits, method, Some(NEVER));
            runner.compare(&comparison, with, || program(&digits, method, None));
        }
    }
}
