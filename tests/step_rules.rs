//! Step sizes that depend on staleness, on the steps before and on the number of the update.

use asgrad::{Experiment, Law, Method, Replay, StepRule, Trace};
use methods::assignment::Pure;
use methods::rules::Immediate;

use crate::support::recording::{Recording, Setup};
use crate::support::rules::{STEP_RULES, step_rule};
use crate::support::{assert_close, cluster, equal, linear, quadratic, scratch_file, virtually};

const STEP_SIZE: f64 = 0.25;

fn record(rule: &str, updates: u64) -> Recording {
    record_under(rule, updates, Law::exponential())
}

fn record_under(rule: &str, updates: u64, law: Law) -> Recording {
    let mut setup = Setup::new("pure", &[5.0], updates);
    (setup.step_size, setup.step_rule) = (STEP_SIZE, step_rule(rule));
    let oracle = quadratic(&[1.0, -2.0, 3.0, 0.0, 7.0]);
    setup.record(oracle, &cluster(&equal(5), law))
}

fn steps(recording: &Recording) -> Vec<f64> {
    recording.received().map(|r| r.step_size.unwrap()).collect()
}

#[test]
fn staleness_aware_steps_are_divided_by_the_staleness() {
    let recording = record("staleness", 500);
    for r in recording.received() {
        let staleness = r.version.since(r.read_version).max(1);
        assert_eq!(r.step_size, Some(STEP_SIZE / staleness as f64));
    }
    assert!(steps(&recording).contains(&(STEP_SIZE / 7.0)));
}

/// (1 + τ)^−½ is 1 at τ = 0, ½ at 3 and ⅓ at 8; with a = 2, 1/9 at 2.
#[test]
fn polynomial_steps_fall_with_a_power_of_the_staleness() {
    let by_hand = |rule: &str, staleness: u64, factor: f64| {
        let recording = record(rule, 3000);
        let is_meant = |r: &&ps_core::Received| r.staleness() == staleness;
        let found: Vec<_> = recording.received().filter(is_meant).collect();
        assert!(!found.is_empty(), "no gradient is {staleness} updates late");
        for r in found {
            assert_close(r.step_size.unwrap(), STEP_SIZE * factor, 1e-15);
        }
    };
    by_hand("polynomial", 0, 1.0);
    by_hand("polynomial", 3, 1.0 / 2.0);
    by_hand("polynomial", 8, 1.0 / 3.0);
    by_hand("polynomial:2", 2, 1.0 / 9.0);
    by_hand("polynomial:0", 8, 1.0);
    assert_eq!(step_rule("polynomial"), step_rule("polynomial:0.5"));
}

/// The steps that each gradient has missed, added up, and its own.
fn missed_and_own(rule: &str, law: Law) -> Vec<(f64, f64)> {
    let recording = record_under(rule, 2000, law);
    let steps = steps(&recording);
    assert!(steps.iter().filter(|step| **step > 0.0).count() > 100);
    let reads = recording.received().map(|r| r.read_version.number());
    let pair = |(t, read): (usize, u64)| {
        let missed = &steps[usize::try_from(read).unwrap()..t];
        (missed.iter().sum(), steps[t])
    };
    reads.enumerate().map(pair).collect()
}

#[test]
fn delay_adaptive_steps_leave_room_for_those_that_were_missed() {
    for rule in ["piag", "piag:1", "piag:0.3", "piag2"] {
        for (missed, own) in missed_and_own(rule, Law::exponential()) {
            let room = (STEP_SIZE - missed).max(0.0);
            assert!((0.0..=room + 1e-12).contains(&own), "{rule}: {own}");
        }
        // Equal workers deliver in the order in which they were asked.
        for (missed, own) in missed_and_own(rule, Law::fixed()) {
            assert!(
                missed + own <= STEP_SIZE + 1e-12,
                "{rule}: {missed} + {own}"
            );
        }
    }
}

#[test]
fn warming_up_is_linear_and_then_over() {
    let expected = |t: u64| STEP_SIZE * ((t + 1) as f64 / 50.0).min(1.0);
    let expected: Vec<_> = (0..80).map(expected).collect();
    assert_eq!(steps(&record("warmup:50", 80)), expected);
}

#[test]
fn the_cosine_falls_from_all_to_nothing() {
    let steps = steps(&record("cosine:60", 80));
    assert_eq!((steps[0], steps[60], steps[79]), (STEP_SIZE, 0.0, 0.0));
    // cos(π/3) = 1/2 and cos(π/2) = 0.
    assert!((steps[20] - STEP_SIZE * 0.75).abs() < 1e-15);
    assert!((steps[30] - STEP_SIZE * 0.5).abs() < 1e-15);
    assert!(steps[..61].is_sorted_by(|a, b| a > b));
}

#[test]
fn a_step_rule_is_read_as_it_is_written() {
    for text in STEP_RULES {
        assert_eq!(step_rule(text).to_string(), text);
    }
    assert_eq!(step_rule("piag"), StepRule::piag(0.9));
}

#[test]
fn a_method_of_ones_own_takes_the_steps_of_the_experiment_and_is_replayed_with_them() {
    let problem = || quadratic(&[1.0, -2.0, 3.0]);
    let own = || -> Box<dyn Method> { Box::new(Immediate::new(Box::new(Pure))) };
    for rule in STEP_RULES {
        let experiment = || {
            let experiment = virtually(Experiment::with_objective(problem()), &linear(3));
            let experiment = experiment.step_size(STEP_SIZE).step_rule(step_rule(rule));
            experiment.updates(100)
        };
        let named = experiment().method("pure").run().unwrap();
        let path = scratch_file("own-steps.jsonl");
        let mine = experiment().own_method("mine", own()).trace(&path).run();
        assert_eq!(mine.unwrap().model_hash, named.model_hash, "{rule}");
        let trace = Trace::open(&path).unwrap();
        let header = trace.header();
        assert_eq!(
            (header.spec.step_size, &*header.spec.step_rule.to_string()),
            (STEP_SIZE, rule)
        );
        let replay = Replay::new(&trace).objective(problem()).own_method(own());
        assert_eq!(replay.run().unwrap().divergence, None, "{rule}");
    }
}
