//! The theory steps: `--step-size theory:L,σ²,ε`.

use std::fs;

use serde_json::Value;

use crate::{asgrad, file, objects, quick, stderr, stdout};

/// `L = 2`, `σ² = 1`, `ε = 1/8`: eight gradients outweigh the noise.
const THEORY: [&str; 2] = ["--step-size", "theory:2,1,0.125"];

#[test]
fn a_run_has_the_prescribed_step_size_and_settings_and_its_trace_says_so() {
    let path = file("theory-steps.jsonl", "");
    let trace = ["--trace", path.to_str().unwrap()];
    let output = asgrad(&quick("ringmaster", &[&THEORY[..], &trace].concat()));
    let said = stderr(&output);
    assert!(
        said.starts_with(
            "theory: ringmaster:threshold=8, step size 0.015625: the mean of E‖∇f‖² over 2048·Δ updates is at most 0.125"
        ),
        "{said}"
    );
    let run: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let header = fs::read_to_string(&path).unwrap();
    let header: Value = serde_json::from_str(header.lines().next().unwrap()).unwrap();
    for object in [&run, &header] {
        assert_eq!(object["method"], "ringmaster:threshold=8");
        assert_eq!(object["step_size"], 0.015_625);
    }
    let by_hand = objects(&quick(
        "ringmaster:threshold=8",
        &["--step-size", "0.015625"],
    ));
    assert_eq!(by_hand[0]["model_hash"], run["model_hash"]);
}

/// Two gradients of a mini-batch of eight: a quarter of the step.
#[test]
fn a_setting_that_is_given_is_kept() {
    let run = objects(&quick("rennala:batch=2", &THEORY));
    assert_eq!(run[0]["method"], "rennala:batch=2");
    assert_eq!(run[0]["step_size"], 0.0625);
}

/// The workers need 1, 2, …, 10 units: R = 10 + 5 + 4 + 3 + 2 + 2 + 2 + 2 + 2 = 32, and σ²/ε = 8
/// asks for no smaller step.
#[test]
fn pure_asks_how_fast_the_workers_are() {
    let run = objects(&quick("pure", &THEORY));
    assert_eq!(run[0]["step_size"], 1.0 / 128.0);
    for unknown in [
        &["--compute", "exponential"][..],
        &["--slowdown", "periodic:0.5,2s"],
        &["--concurrency", "5"],
    ] {
        let output = asgrad(&quick("pure", &[&THEORY[..], unknown].concat()));
        assert_eq!(output.status.code(), Some(2), "{unknown:?}");
        assert!(stderr(&output).contains("largest staleness"));
    }
}

#[test]
fn a_comparison_runs_every_method_with_its_own_step_size() {
    let methods = ["compare", "--methods", "minibatch,rennala,ringleader"];
    let end = ["--clock", "virtual", "--seconds", "0.2", "--repeat", "1"];
    let json = ["--format", "json"];
    let runs = objects(&[&methods[..], &THEORY, &end, &json].concat());
    // Ten workers of mean 5.5: 10/(2·5.5) < 1, so B = 1.
    let expected = [
        ("minibatch", 10.0 / 32.0),
        ("rennala:batch=8", 8.0 / 32.0),
        ("ringleader", 1.0 / 160.0),
    ];
    for (run, (method, step_size)) in runs.iter().zip(expected) {
        assert_eq!(run["method"], method);
        assert_eq!(run["step_size"], step_size, "{method}");
    }
    let twice = ["compare", "--methods", "rennala,rennala:batch=8"];
    let output = asgrad(&[&twice[..], &THEORY].concat());
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("rennala:batch=8"));
}

#[test]
fn what_theory_does_not_prescribe_is_a_wrong_request() {
    let cases: [(&[&str], &str); 6] = [
        (
            &["run", "shuffled", "--step-size", "theory:1,1,1"],
            "method `shuffled`",
        ),
        (
            &["run", "sgd", "--step-size", "theory:1,1"],
            "its form is theory:L,σ²,ε",
        ),
        (&["run", "sgd", "--step-size", "theory:1,1,0"], "ε is 0"),
        (
            &["run", "rennala", "--step-size", "theory:1,1e20,1"],
            "batch = 1e20",
        ),
        (
            &["tune", "sgd", "--step-size", "theory:1,1,1"],
            "tune looks for",
        ),
        (
            &[
                "run",
                "sgd",
                "--step-size",
                "theory:1,1,1",
                "--optimizer",
                "momentum:0.5",
            ],
            "leave out optimizer momentum:0.5",
        ),
    ];
    for (arguments, part) in cases {
        let output = asgrad(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(part), "{}", stderr(&output));
    }
}

#[test]
fn the_list_of_steps_shows_each_formula() {
    let text = stdout(&asgrad(&["list", "steps"]));
    for part in ["theory:L,σ²,ε", "rennala", "batch S = max{1, ⌈σ²/ε⌉}"] {
        assert!(text.contains(part), "{text}");
    }
    assert!(!text.contains("fedbuff"), "{text}");
}
