//! Settings that do not fit together are refused before anything runs, in words that name the
//! setting.

use std::time::Duration;

use asgrad::{
    Clock, Cluster, CorrectionRule, Experiment, Law, OnBadGradient, OptimizerRule, StepRule,
};
use workers::ClusterError;

use crate::support::each::for_every_method;
use crate::support::{UNIT, cluster, equal, quadratic, scratch_file, virtually};

fn three() -> Experiment {
    virtually(
        Experiment::with_objective(quadratic(&[1.0, 2.0, 3.0])),
        &equal(3),
    )
}

fn refuse(experiment: Experiment, expected: &str) {
    let error = format!("{:#}", experiment.build().expect_err(expected));
    assert!(
        error.contains(expected),
        "{error}\n  should say\n{expected}"
    );
}

#[test]
fn wrong_numbers_of_workers_are_refused() {
    refuse(
        Experiment::new(asgrad::from_fn(1, |_, _: &[f64], _: &mut [f64]| {})).workers(0),
        "0: at least one is needed",
    );
    refuse(
        three().workers(4),
        "4 workers asked for, but the data is for 3",
    );
    let two = Experiment::with_objective(quadratic(&[1.0, 2.0, 3.0]))
        .cluster(cluster(&equal(2), Law::fixed()));
    refuse(two, "3 workers asked for, but the cluster is for 2");
}

#[test]
fn methods_that_cannot_be_are_refused() {
    refuse(
        three().method("pure-waiting:b=4"),
        "wait for b=4 gradients, but no more than 3 jobs can be outstanding",
    );
    refuse(
        three().method("random-waiting:b=3").concurrency(2),
        "set b to at most 2",
    );
    refuse(
        three().method("shufled"),
        "unknown method `shufled`; did you mean `shuffled`?",
    );
    refuse(three().method("ps-lite"), "unknown method `ps-lite`");
    refuse(
        three().method("pure:b=2"),
        "method `pure` has no key `b`; it has none",
    );
    refuse(three().method("fedbuff:k=2"), "has no key `k`; it has b");
    for (bad, value) in [
        ("fedbuff:b=0", "0"),
        ("fedbuff:b=-1", "-1"),
        ("fedbuff:b=x", "`x`"),
    ] {
        let said = format!("`{bad}`: b is {value}, and must be a whole number from 1");
        refuse(three().method(bad), &said);
    }
    for bad in ["fedbuff:b", "fedbuff:"] {
        let said = format!("`{bad}`: its form is fedbuff[:b=…]");
        refuse(three().method(bad), &said);
    }
    refuse(
        three().method("ssp:bound=-1"),
        "bound is -1, and must be a whole number from 0",
    );
    three().method("ssp:bound=0").updates(5).run().unwrap();
    refuse(three().concurrency(0), "--concurrency 0");
    refuse(
        three().method("minibatch").concurrency(2),
        "one job for each worker outstanding by definition",
    );
    refuse(
        three().method("sgd").concurrency(2),
        "one job outstanding by definition",
    );
}

#[test]
fn a_start_that_is_no_model_is_refused() {
    refuse(
        three().start(vec![0.0; 2]),
        "the start has 2 parameters, but the oracle has 1",
    );
    refuse(
        three().start(vec![f64::NAN]),
        "component 0 of the start is not finite",
    );
    let nothing = asgrad::from_fn(0, |_, _: &[f64], _: &mut [f64]| {});
    refuse(Experiment::new(nothing), "dimension 0");
}

#[test]
fn numbers_that_make_no_sense_are_refused() {
    for bad in [-0.1, f64::NAN, f64::INFINITY] {
        refuse(three().step_size(bad), "--step-size");
    }
    refuse(three().evaluate_every(0), "--evaluate-every 0");
    refuse(
        three().target_gradient_norm(-1.0),
        "--target-gradient-norm -1",
    );
    refuse(three().target_loss(f64::NAN), "--target-loss NaN");
    three()
        .time_limit(Duration::ZERO)
        .build()
        .expect_err("no time at all");
    let oracle = asgrad::from_fn(1, |_, _: &[f64], _: &mut [f64]| {});
    refuse(
        Experiment::new(oracle).target_loss(0.0),
        "--target-loss 0: it needs a model and an objective",
    );
}

#[test]
fn rules_that_make_no_sense_are_refused_with_value_and_bound() {
    let clip = CorrectionRule::clip;
    refuse(
        three().correction(clip(-1.0)),
        "correction `clip:-1`: λ is -1, and must be above 0 (inf: none)",
    );
    refuse(three().correction(clip(f64::NAN)), "λ is NaN");
    refuse(
        three().optimizer(OptimizerRule::momentum(1.0)),
        "optimizer `momentum:1`: β is 1, and must be at least 0 and below 1",
    );
    refuse(
        three().step_rule(StepRule::warmup(0)),
        "step rule `warmup:0`: T is 0, and must be a whole number from 1 to 2^53",
    );
}

#[test]
fn a_schedule_without_a_model_has_nothing_to_correct_or_optimize() {
    let schedule = || virtually(Experiment::<f64>::schedule_only(), &equal(2));
    for (changed, setting) in [
        (
            schedule().correction(CorrectionRule::clip(1.0)),
            "--correction clip:1",
        ),
        (
            schedule().optimizer(OptimizerRule::momentum(0.5)),
            "--optimizer momentum:0.5",
        ),
        (
            schedule().on_bad_gradient(OnBadGradient::LoseWorker),
            "--on-bad-gradient lose-worker",
        ),
    ] {
        let says = format!("{setting}: a schedule (problem none) has no data and no model");
        refuse(changed, &says);
    }
}

#[test]
fn settings_without_an_effect_are_refused_by_name() {
    let schedule = || virtually(Experiment::<f64>::schedule_only(), &equal(2));
    for (name, text) in [
        ("data", "no.csv"),
        ("rows", "5"),
        ("batch-size", "2"),
        ("holdout", "0.5"),
        ("start", "ones"),
        ("evaluate-every", "7"),
    ] {
        let with = schedule().with(|spec| spec.set(name, text).unwrap());
        let said = format!(
            "--{name} {text}: a schedule (problem none) has no data and no model; leave it out"
        );
        refuse(with, &said);
    }
    let problem = || Experiment::with_objective(quadratic(&[1.0, 2.0]));
    for (name, text, law) in [
        ("download-times", "1,2", "download"),
        ("upload-times", "equal", "upload"),
        ("unit", "5ms", "compute"),
        ("times", "sqrt", "compute"),
    ] {
        let with = problem().with(|spec| spec.set(name, text).unwrap());
        refuse(
            with,
            &format!("--{name} {text}: nothing takes such a time with --{law} none"),
        );
    }
    problem()
        .job_limit(Duration::ZERO)
        .build()
        .expect_err("no job is so quick");
}

#[test]
fn clocks_that_cannot_tick_are_refused() {
    let problem = || Experiment::with_objective(quadratic(&[1.0, 2.0]));
    refuse(problem().clock(Clock::Virtual), "virtual time stands still");
    let still = cluster(&equal(2), Law::none());
    refuse(
        problem().clock(Clock::Virtual).cluster(still),
        "virtual time stands still",
    );
    Experiment::<f64>::schedule_only()
        .build()
        .expect_err("a schedule has no real time");
}

#[test]
fn a_trace_that_cannot_be_written_is_refused() {
    let path = scratch_file("no-such-folder").join("trace.jsonl");
    refuse(three().trace(path), "cannot be written");
}

#[test]
fn clusters_that_cannot_be_are_refused() {
    assert_eq!(
        Cluster::new(Vec::new(), UNIT).unwrap_err(),
        ClusterError::NoWorkers
    );
    assert!(Cluster::new(equal(2), Duration::ZERO).is_err());
    assert_eq!(
        Cluster::new(vec![f64::INFINITY; 2], UNIT).unwrap_err(),
        ClusterError::NobodyAnswers
    );
    for bad in [0.0, -1.0, f64::NAN, f64::NEG_INFINITY] {
        let error = Cluster::new(vec![1.0, bad], UNIT).unwrap_err();
        assert!(
            error.to_string().starts_with("worker 1 has time"),
            "{error}"
        );
    }
    let error = cluster(&equal(2), Law::fixed())
        .link_times(equal(3), equal(2))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "3 times for 2 workers; give one for each"
    );
}

/// A wait for half the workers by default, or for all the jobs there are if those are fewer.
#[test]
fn defaults_fit_whatever_else_is_asked_for() {
    for_every_method(|named| {
        let summary = three().method(named.name).updates(5).run().unwrap();
        assert_eq!(summary.updates, 5);
        assert_eq!(summary.method, named.name);
    });
    three()
        .method("pure-waiting")
        .concurrency(1)
        .updates(5)
        .run()
        .unwrap();
    let summary = three().updates(0).run().unwrap();
    assert_eq!((summary.updates, summary.gradients), (0, 0));
}

#[test]
fn a_run_is_not_described_by_a_field_that_its_trace_has_anyway() {
    let path = scratch_file("requests-described.jsonl");
    three().updates(1).trace(&path).run().unwrap();
    let header = std::fs::read_to_string(path).unwrap();
    let header: serde_json::Value = serde_json::from_str(header.lines().next().unwrap()).unwrap();
    for key in header.as_object().unwrap().keys().map(String::as_str) {
        let refused = format!("cannot be described by `{key}`");
        refuse(three().describe(key, "mine"), &refused);
    }
    refuse(
        three().describe("trace_drop", true),
        "cannot be described by `trace_drop`",
    );
    refuse(
        three().describe("data", "mine"),
        "cannot be described by `data`",
    );
    assert!(three().describe("dataset", "mine").build().is_ok());
}

/// A model of 8 TB, and as many gradients.
#[cfg(target_os = "linux")]
#[test]
fn what_does_not_fit_into_memory_is_refused() {
    for method in ["pure", "hogwild"] {
        let huge = asgrad::from_fn(1 << 40, |_, _: &[f64], _: &mut [f64]| {});
        let error = Experiment::new(huge).workers(2).method(method).build();
        let said = error.unwrap_err().to_string();
        assert!(said.starts_with("workers 2: such a run needs "), "{said}");
        assert!(said.contains("GB are free"), "{said}");
    }
}
