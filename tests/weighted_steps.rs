//! Methods that weigh the gradients of unequal workers, beside whatever else makes a step, and how
//! they learn the weights.

use std::time::Duration;

use asgrad::{Cluster, Experiment, Law};
use methods::{Engine, MethodSpec, StepRule};
use ps_core::{Completion, JobTimes, Outbox, Outcome, Seed, Service, Snapshot};

use crate::support::recording::{Recorder, Setup, received};
use crate::support::rules::{shaped, step_rule};
use crate::support::{assert_close, quadratic, virtually};

/// `Σ f_i` is least at −1. Worker `i` delivers in proportion to 1, 1/2, 1/7: unweighted gradients
/// have their mean at 30/23.
fn off(method: &str, optimizer: &str, step_size: f64) -> f64 {
    let oracle = quadratic(&[3.0, 0.0, -6.0]);
    let experiment = virtually(Experiment::with_objective(oracle), &[1.0, 2.0, 7.0]);
    let experiment = shaped(experiment.method(method), ("", optimizer));
    let summary = experiment.step_size(step_size).updates(60_000).run();
    (summary.unwrap().model.values()[0] + 1.0).abs()
}

/// Pure ends 2.30 away. What `generalized` draws moves it by a standard deviation of about 0.16;
/// `rescaled` draws nothing.
#[test]
fn what_remembers_gradients_remembers_them_as_they_weigh() {
    for (optimizer, step_size) in [
        ("", 1e-3),
        ("momentum:0.9", 2e-4),
        ("nesterov:0.9", 2e-4),
        ("momentum:0.99", 2e-5),
        ("adam", 1e-3),
    ] {
        let rescaled = off("rescaled", optimizer, step_size);
        assert!(rescaled < 0.05, "rescaled, {optimizer}: {rescaled}");
        let generalized = off("generalized", optimizer, step_size);
        assert!(generalized < 0.8, "generalized, {optimizer}: {generalized}");
    }
}

/// Times of a microsecond, in whole nanoseconds. Each mean over 1000 of them is off by some 3 %,
/// and over the run they are independent some 40 times: a share of the way has a standard deviation
/// below 0.005.
#[test]
fn workers_move_the_model_equally_far_however_long_compute_times_are_remembered() {
    for memory in [16, 1000] {
        let mut setup = Setup::new(&format!("rescaled:memory={memory}"), &[0.0], 60_000);
        setup.step_size = 5e-4;
        let cluster = Cluster::new(vec![1.0, 2.0], Duration::from_micros(1));
        let cluster = cluster.unwrap().compute(Law::exponential());
        let run = setup.record(quadratic(&[3.0, -3.0]), &cluster);
        let mut ways = [0.0; 2];
        for r in run.received() {
            ways[r.worker.index()] += r.step_size.unwrap();
        }
        let share = ways[1] / (ways[0] + ways[1]);
        assert!((share - 0.5).abs() < 0.02, "memory {memory}: {share}");
    }
}

/// Two workers are at their jobs for 1 ns each, but the second one's gradients are handed over
/// every 30 ns, the first one's every 10: three times as many gradients, so each of a third of the
/// length.
#[test]
fn a_step_is_in_proportion_to_the_time_between_arrivals_hand_over_included() {
    let spec: MethodSpec = "rescaled".parse().unwrap();
    let method = spec.build(2, 2).unwrap();
    let (step_size, model) = (StepRule::constant().with(1.0), Snapshot::initial(&[0.0]));
    let mut engine: Engine = Engine::new(method, step_size, 2, 2, model, Seed::new(1));
    let recorder = Recorder::default();
    engine.add_observer(Box::new(recorder.clone()));
    let mut out = Outbox::new();
    engine.start(Duration::ZERO, &mut out);
    let mut jobs: Vec<_> = out.drain().collect();
    for time in (10..=300).step_by(10) {
        let now = Duration::from_nanos(time);
        for worker in 0..=usize::from(time % 30 == 0) {
            let at = jobs.iter().position(|job| job.worker.index() == worker);
            let mut job = jobs.remove(at.unwrap());
            job.gradient.as_mut_slice().fill(0.0);
            let times = JobTimes {
                started: now - Duration::from_nanos(1),
                finished: now,
                ..JobTimes::default()
            };
            let completion = Completion {
                job,
                times,
                outcome: Outcome::Gradient,
            };
            engine.complete(completion, now, &mut out);
            jobs.extend(out.drain());
        }
    }
    let notes = recorder.take();
    for r in received(&notes).skip(4) {
        let factor = [0.5, 1.5][r.worker.index()];
        assert_close(r.step_size.unwrap(), factor, 1e-15);
    }
}

/// `Σ γ_j` would be bounded, but the model would move by `Σ w_j·γ_j`.
#[test]
fn a_budget_of_steps_is_refused_where_the_method_weighs_them() {
    for method in ["rescaled", "generalized"] {
        for rule in ["piag", "piag2"] {
            let experiment = virtually(Experiment::new(quadratic(&[1.0, 2.0])), &[1.0, 2.0]);
            let experiment = experiment.method(method).step_rule(step_rule(rule));
            let error = format!("{:#}", experiment.updates(10).run().unwrap_err());
            let rule = step_rule(rule);
            let expected = format!(
                "--step-rule {rule}: it bounds the sum of the steps that a gradient misses, but method `{method}` makes \
                 them longer or shorter than it says; choose another step rule, or another method"
            );
            assert_eq!(error, expected);
        }
    }
}
