//! A run as one plain value: what is read is written again, and everything starts from it.

use asgrad::trace::run_spec::SETTINGS;
use asgrad::{ConfigError, Experiment, Fault, RunSpec, Trace};

use crate::support::{pull, scratch_file};

/// A text for each setting; those of threads are said by the driver.
const EXAMPLES: &[(&str, &str)] = &[
    ("method", "ringmaster:threshold=8"),
    ("data", "synthetic:1,0.5"),
    ("label", "species"),
    ("header", "yes"),
    ("index-base", "0"),
    ("rows", "200"),
    ("problem", "softmax"),
    ("regularizer", "nonconvex:0.01"),
    ("partition", "dirichlet:0.5"),
    ("holdout", "0.2"),
    ("test-data", "test.csv"),
    ("batch-size", "full"),
    ("weights", "rows"),
    ("start", "random"),
    ("precision", "f32"),
    ("workers", "7"),
    ("concurrency", "9"),
    ("driver", "threads:emulate=spin"),
    ("clock", "real"),
    ("unit", "2ms"),
    ("times", "1,2.5,inf"),
    ("compute", "lognormal:0.5"),
    ("download", "exponential"),
    ("upload", "fixed"),
    ("download-times", "sqrt"),
    ("upload-times", "equal"),
    ("slowdown", "outages:5s,1s,periodic:0.5,2s"),
    ("emulate", "spin"),
    ("server", "thread"),
    ("pin", "true"),
    ("on-lost-worker", "continue"),
    ("on-bad-gradient", "discard:7"),
    ("job-limit", "1m"),
    ("step-size", "0.0000001"),
    ("step-rule", "warmup:100"),
    ("correction", "clip:1,own:mine"),
    ("optimizer", "own:yours,momentum:0.9"),
    ("updates", "500"),
    ("seconds", "1.5"),
    ("gradients", "700"),
    ("target-gradient-norm", "0.001"),
    ("target-loss", "-3.5"),
    ("seed", "18446744073709551615"),
    ("evaluate-every", "10"),
    ("comment", "007, the \"first\" run"),
];

fn example() -> RunSpec {
    let mut spec = RunSpec::default();
    for (name, text) in EXAMPLES {
        spec.set(name, text).unwrap();
    }
    spec
}

#[test]
fn every_setting_is_written_as_it_was_read() {
    let names: Vec<_> = SETTINGS.iter().map(|entry| entry.setting.0).collect();
    let examples: Vec<_> = EXAMPLES.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, examples);
    let spec = example();
    for (name, text) in EXAMPLES {
        let expected = match *name {
            "driver" => Some("threads:emulate=spin:server=thread:pin"),
            "emulate" | "server" | "pin" => None,
            _ => Some(*text),
        };
        assert_eq!(spec.text(name).as_deref(), expected, "{name}");
    }
}

#[test]
fn a_spec_goes_through_json_and_back() {
    for spec in [example(), RunSpec::default()] {
        let text = serde_json::to_string(&spec).unwrap();
        assert_eq!(
            serde_json::from_str::<RunSpec>(&text).unwrap(),
            spec,
            "{text}"
        );
    }
    let unknown = serde_json::from_str::<RunSpec>("{\"wrokers\":3}").unwrap_err();
    assert!(unknown.to_string().contains("wrokers"), "{unknown}");
}

#[test]
fn what_cannot_be_read_is_refused_with_setting_and_value() {
    for (name, text, said) in [
        ("workers", "many", "workers many: expected a whole number"),
        ("seconds", "0", "seconds 0: expected a positive number"),
        (
            "clock",
            "both",
            "clock both: unknown clock `both`; there are real, virtual",
        ),
        ("method", "shufled", "did you mean `shuffled`?"),
        (
            "wrokers",
            "3",
            "there is no setting of this name; did you mean `workers`?",
        ),
        (
            "workers",
            "2.5",
            "workers 2.5: expected a whole number from 1 to 10000000",
        ),
        (
            "updates",
            "-3",
            "updates -3: expected a whole number from 0 to 2^64−1",
        ),
        (
            "step-size",
            "1e-400",
            "step-size 1e-400: expected a number at least 0 and finite",
        ),
        (
            "target-loss",
            "1e400",
            "target-loss 1e400: expected a finite number",
        ),
        (
            "unit",
            "0ms",
            "unit 0ms: expected a time such as 200ms, between 1ns and 3600s",
        ),
        ("job-limit", "0s", "job-limit 0s: expected a time"),
        ("times", "1,0", "times 1,0: `0` is no time of a worker"),
        ("problem", "svm", "quadratic:c1,c2,…, none"),
        (
            "problem",
            "",
            "problem \"\": unknown problem ``: an empty name",
        ),
    ] {
        let error = RunSpec::default().set(name, text).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn virtual_time_has_no_options_of_threads() {
    for (name, text) in [("server", "thread"), ("emulate", "sleep"), ("pin", "true")] {
        let mut spec = RunSpec::default();
        spec.set(name, text).unwrap();
        let mut spec = RunSpec::default();
        spec.set("clock", "virtual").unwrap();
        let error = spec.set(name, text).unwrap_err().to_string();
        assert!(
            error.ends_with("virtual time has no threads; leave it out"),
            "{error}"
        );
    }
}

#[test]
fn numbers_of_hundreds_of_digits_have_an_exponent_and_come_back() {
    let mut spec = RunSpec::default();
    for (name, text) in [
        ("problem", "quadratic:1e308,-1e-300"),
        ("step-size", "1e-300"),
        ("target-loss", "-1e308"),
        ("times", "1,0.001"),
    ] {
        spec.set(name, text).unwrap();
        assert_eq!(spec.text(name).unwrap(), text);
    }
    let json = serde_json::to_string(&spec).unwrap();
    assert_eq!(
        serde_json::from_str::<RunSpec>(&json).unwrap(),
        spec,
        "{json}"
    );
}

#[test]
fn an_unknown_driver_is_kept_and_refused_only_when_it_is_to_run() {
    let mut spec = RunSpec::default();
    spec.set("driver", "mpi:hosts=4").unwrap();
    assert_eq!(spec.text("driver").unwrap(), "mpi:hosts=4");
    let experiment = Experiment::new(pull::<f64>()).workers(1);
    let error = experiment
        .with(|it| it.driver = spec.driver)
        .build()
        .unwrap_err();
    let fault = match error {
        ConfigError::Misfit { fault, .. } => fault,
        other => panic!("{other}"),
    };
    assert_eq!(fault, Fault::NoSuchDriver);
}

/// What is typed once is in the trace, and a run of the same spec is the same run.
#[test]
fn the_first_line_of_a_trace_makes_the_run_again() {
    let path = scratch_file("spec-again.jsonl");
    let mut spec = RunSpec::default();
    for (name, text) in [
        ("data", "digits"),
        ("method", "shuffled"),
        ("workers", "5"),
        ("compute", "exponential"),
        ("times", "sqrt"),
        ("clock", "virtual"),
        ("updates", "50"),
        ("comment", "once"),
    ] {
        spec.set(name, text).unwrap();
    }
    let once = Experiment::<f64>::of(spec)
        .unwrap()
        .trace(&path)
        .run()
        .unwrap();
    let recorded = Trace::open(&path).unwrap().header().spec.clone();
    assert_eq!(recorded.comment.as_deref(), Some("once"));
    let again = Experiment::<f64>::of(recorded).unwrap().run().unwrap();
    assert_eq!(again.model_hash, once.model_hash);
}
