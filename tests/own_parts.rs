//! Step sizes, corrections and optimizers of one's own: used, named in the trace, and needed for
//! its replay.

use asgrad::methods::{Correction, Optimizer, StepContext, StepSize};
use asgrad::prelude::*;
use asgrad::workers::{DriverError, Finished, Prepared};
use asgrad::{Driver, Replay, Snapshot, StepRule, Trace};
use methods::Arrival;
use problems::Start;

use crate::support::{cluster, scratch_file};

/// A quarter for the first update, an eighth for all that follow.
#[derive(Debug)]
struct FirstTwice;

impl StepSize for FirstTwice {
    fn at(&mut self, _arrival: &Arrival, run: &StepContext) -> f64 {
        if run.version.number() == 0 {
            0.25
        } else {
            0.125
        }
    }
}

/// Doubles each gradient.
#[derive(Debug)]
struct Double;

impl Correction for Double {
    fn correct(&mut self, gradient: &mut [f64], _read: &Snapshot, _newest: &Snapshot) {
        gradient.iter_mut().for_each(|g| *g *= 2.0);
    }
}

/// Goes the other way.
#[derive(Debug)]
struct Backwards;

impl Optimizer for Backwards {
    fn direct(&mut self, _x: &[f64], direction: &mut [f64]) {
        direction.iter_mut().for_each(|d| *d = -*d);
    }
}

/// Drives nothing.
#[derive(Debug)]
struct Never;

impl Driver<f64> for Never {
    fn clock(&self) -> Clock {
        Clock::Real
    }

    fn drive(self: Box<Self>, _run: Prepared<f64>) -> Result<Finished<f64>, DriverError> {
        panic!("another driver took its place")
    }
}

/// `f = x²/2`.
fn objective() -> impl Oracle + 'static {
    from_fn(1, |_, x: &[f64], out: &mut [f64]| out[0] = x[0])
}

fn experiment() -> Experiment {
    Experiment::new(objective())
        .clock(Clock::Virtual)
        .cluster(cluster(&[1.0], Law::fixed()))
        .updates(2)
        .start(vec![1.0])
        .own_step_size("first-twice", Box::new(FirstTwice))
        .own_correction("double", Box::new(Double))
        .own_optimizer("backwards", Box::new(Backwards))
}

#[test]
fn they_are_used_as_given() {
    // Up from 1 by 2γ·1 = 1/2 and then by 2γ·1.5 = 3/8.
    let summary = experiment().run().unwrap();
    assert_eq!(summary.model.values(), [1.875]);
}

#[test]
fn their_trace_names_them_and_is_replayed_with_them_alone() {
    let path = scratch_file("own-parts.jsonl");
    let summary = experiment().trace(&path).run().unwrap();
    let trace = Trace::open(&path).unwrap();
    let spec = &trace.header().spec;
    let named = ["step-rule", "correction", "optimizer"].map(|name| spec.text(name).unwrap());
    assert_eq!(named, ["own:first-twice", "own:double", "own:backwards"]);
    let replay = || Replay::new(&trace).oracle(objective()).start(vec![1.0]);
    let replayed = replay()
        .own_step_size(Box::new(FirstTwice))
        .own_correction(Box::new(Double))
        .own_optimizer(Box::new(Backwards))
        .run()
        .unwrap();
    assert_eq!(replayed.divergence, None);
    assert_eq!(replayed.model.values(), summary.model.values());
    let without = replay().own_step_size(Box::new(FirstTwice)).run();
    let error = without.unwrap_err().to_string();
    assert!(error.contains("own:double"), "{error}");
}

#[test]
fn what_the_spec_no_longer_names_is_not_used() {
    // A clock takes the place of a driver, a step rule that of a step size, a start that of a
    // start.
    let summary = Experiment::new(objective())
        .own_driver("never", Never)
        .clock(Clock::Virtual)
        .cluster(cluster(&[1.0], Law::fixed()))
        .updates(1)
        .own_step_size("first-twice", Box::new(FirstTwice))
        .step_rule(StepRule::default())
        .step_size(0.5)
        .start(vec![7.0])
        .with(|spec| spec.start = Start::Ones)
        .run()
        .unwrap();
    assert_eq!(summary.model.values(), [0.5]);
}
