//! The program as a user meets it: what it prints where, and how it ends.
#![expect(clippy::unwrap_used, reason = "a panic is the report")]

mod advise;
mod cases;
mod completed;
mod config;
mod data;
mod endings;
mod explain;
mod fixtures;
mod folders;
mod help;
mod hogwild;
mod kept;
mod kills;
mod latency;
mod list;
mod log;
mod models;
mod no_trace;
mod print_config;
mod refusals;
mod replay;
mod report;
mod streams;
mod theory_steps;
mod words;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;

use asgrad::problems::Quadratic;
use asgrad::{Clock, Cluster, CorrectionRule, Experiment, Law, OptimizerRule};
use serde_json::Value;

pub(crate) fn asgrad(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_asgrad"));
    command
        .args(arguments)
        .env_remove("RUST_LOG")
        .output()
        .unwrap()
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The JSON objects that a successful command prints, which must be all that it prints.
pub(crate) fn objects(arguments: &[&str]) -> Vec<Value> {
    let output = asgrad(arguments);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    runs(&stdout(&output))
}

/// The objects of the runs among these lines; those of whole comparisons are left out.
pub(crate) fn runs(lines: &str) -> Vec<Value> {
    let objects = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let is_run = |object: &Value| {
        ["comparison", "scaling"]
            .iter()
            .all(|key| object.get(key).is_none())
    };
    objects.filter(is_run).collect()
}

/// A file of its own for each test.
pub(crate) fn file(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("asgrad-cli-{}-{name}", std::process::id()));
    fs::write(&path, text).unwrap();
    path
}

/// The `count`-th line of a gradient in a trace, with its number in the file. On the real clock it
/// differs from run to run which other lines stand between those of the gradients.
pub(crate) fn received_line(trace: &str, count: usize) -> (usize, &str) {
    (1..)
        .zip(trace.lines())
        .filter(|(_, line)| line.contains("\"event\":\"received\""))
        .nth(count)
        .unwrap()
}

pub(crate) const QUICK: [&str; 6] = ["--clock", "virtual", "--updates", "200", "--format", "json"];

/// A quick run; what more is typed takes the place of what makes it quick.
pub(crate) fn quick<'a>(method: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut words = vec!["run", method];
    let pairs = QUICK.chunks(2);
    let kept = pairs.filter(|pair| !more.contains(&pair[0]));
    words.extend(kept.flatten());
    words.extend(more);
    words
}

#[test]
fn a_run_prints_one_object_with_the_fields_of_the_contract_in_order() {
    let output = asgrad(&quick("shuffled", &[]));
    let text = stdout(&output);
    let names = [
        "method",
        "updates",
        "gradients",
        "discarded",
        "seconds",
        "loss",
        "gradient_norm",
        "min_gradient_norm",
        "accuracy",
        "staleness",
        "concurrency",
        "gradients_per_worker",
        "updates_per_second",
        "stop_reason",
        "model_hash",
        "step_size",
        "seed",
        "clock",
        "unused_rows",
    ];
    let places: Vec<_> = names
        .iter()
        .map(|name| text.find(&format!("\"{name}\":")).unwrap())
        .collect();
    assert!(places.is_sorted(), "{text}");
    let object: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(object.as_object().unwrap().len(), names.len());
    assert_eq!(
        (&object["method"], &object["updates"], &object["clock"]),
        (&"shuffled".into(), &200.into(), &"virtual".into())
    );
    assert_eq!(object["stop_reason"], "updates");
    assert_eq!(object["model_hash"].as_str().unwrap().len(), 16);
}

#[test]
fn a_pipe_sees_no_sign_of_the_live_view() {
    let short = ["--seconds", "0.6", "--unit", "100us", "--workers", "2"];
    for command in [&["run", "pure"][..], &["compare", "--methods", "pure"]] {
        let output = asgrad(&[command, &short[..], &["--step-size", "0.1"]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let said = stderr(&output);
        let is_warning = |line: &str| line.starts_with("warning: ");
        assert!(said.lines().all(is_warning), "{said}");
        let quiet = asgrad(&[command, &short[..], &["--step-size", "0.1", "--quiet"]].concat());
        assert_eq!(stderr(&quiet), "");
    }
}

#[test]
fn same_seed_same_bits_and_repetitions_are_the_runs_of_their_seeds() {
    let three = objects(&quick("random", &["--repeat", "3", "--seed", "5"]));
    let alone = objects(&quick("random", &["--seed", "7"]));
    assert_eq!(three[2], alone[0]);
    assert_ne!(three[0]["model_hash"], three[1]["model_hash"]);
}

#[test]
fn the_command_line_wins_over_the_configuration_file() {
    let text = "method = 1\n";
    let unknown = file("unknown.toml", text);
    let output = asgrad(&["run", "pure", "--config", unknown.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("method = 1: unknown method"),
        "{}",
        stderr(&output)
    );

    let text = "updates = 50\nclock = \"virtual\"\nseed = 9\nspeeds = [1, 2.5]\nquiet = true\n";
    let config = file("config.toml", text);
    let options = [
        "--updates",
        "70",
        "--config",
        config.to_str().unwrap(),
        "--format",
        "json",
    ];
    let object = &objects(&[&["run", "pure"], &options[..]].concat())[0];
    assert_eq!(
        (&object["updates"], &object["seed"]),
        (&70.into(), &9.into())
    );
    assert_eq!(object["gradients_per_worker"], serde_json::json!([50, 20]));
}

#[test]
fn a_trace_names_what_was_run_and_ends_with_the_hash_of_the_model() {
    let path = file("trace.jsonl", "");
    let run = objects(&quick(
        "pure-waiting:b=3",
        &["--trace", path.to_str().unwrap()],
    ));
    let text = fs::read_to_string(&path).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let (first, last) = (lines.first().unwrap(), lines.last().unwrap());
    assert_eq!(
        (&first["event"], &first["format"], &first["data"]),
        (&"run".into(), &2.into(), &"digits".into())
    );
    assert_eq!(first["method"], "pure-waiting:b=3");
    assert_eq!(
        (&last["event"], &last["model_hash"]),
        (&"stopped".into(), &run[0]["model_hash"])
    );
    let held = lines.iter().filter(|line| line["action"] == "held").count();
    let updated = lines
        .iter()
        .filter(|line| line["event"] == "updated")
        .count();
    assert_eq!((held, updated), (600, 200));
}

#[test]
fn tuning_finds_the_lowest_loss_of_the_grid() {
    let object = &objects(&[
        "tune",
        "pure",
        "--clock",
        "virtual",
        "--updates",
        "100",
        "--format",
        "json",
    ])[0];
    let grid = object["grid"].as_array().unwrap();
    assert_eq!(grid.len(), 12);
    let losses = grid.iter().filter_map(|point| point["loss"].as_f64());
    let lowest = losses.fold(f64::INFINITY, f64::min);
    let best = grid.iter().find(|point| point["loss"] == lowest).unwrap();
    assert_eq!(best["step_size"], object["step_size"]);
}

#[test]
fn a_comparison_says_what_came_out_and_leaves_its_results_in_a_folder() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("asgrad-cli-{}-out", std::process::id()));
    let arguments = [
        "compare",
        "--methods",
        "minibatch,pure,shuffled",
        "--clock",
        "virtual",
        "--seconds",
        "0.3",
        "--repeat",
        "2",
        "--out",
        folder.to_str().unwrap(),
    ];
    let output = asgrad(&arguments);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    for method in ["minibatch", "pure", "shuffled"] {
        assert!(text.lines().any(|line| line.starts_with(method)), "{text}");
    }
    assert!(
        text.trim_end().ends_with('.') && text.contains("was first to reach loss"),
        "{text}"
    );
    let runs = fs::read_to_string(folder.join("runs.jsonl")).unwrap();
    assert_eq!(runs.lines().count(), 6);
    // A row for each of three methods and fourteen quantities.
    let csv = fs::read_to_string(folder.join("comparison.csv")).unwrap();
    assert_eq!(csv.lines().count(), 1 + 3 * 14);
}

#[test]
fn a_schedule_without_a_model_runs_a_hundred_thousand_workers() {
    let size = [
        "--problem",
        "none",
        "--workers",
        "100000",
        "--updates",
        "200000",
    ];
    let object = &objects(
        &[
            &["run", "pure", "--clock", "virtual", "--format", "json"],
            &size[..],
        ]
        .concat(),
    )[0];
    assert_eq!(
        (&object["updates"], &object["loss"]),
        (&200_000.into(), &Value::Null)
    );
}

#[test]
fn everything_that_can_be_asked_for_is_listed() {
    let output = asgrad(&["list"]);
    for word in [
        "shuffled-waiting",
        "late=discard|cancel|use",
        "[default: cancel]",
        "limit=…  microseconds",
        "fedbuff",
        "mishchenko",
        "piag[:α]",
        "dc-adaptive:λ0[:m]",
        "adam[:β1[:β2[:ε]]]",
        "[default: β1 = 0.9, β2 = 0.999, ε = 0.00000001]",
        "quadratic",
        "by-label",
        "synthetic",
        "pareto",
    ] {
        assert!(stdout(&output).contains(word), "{word}");
    }
    assert!(!stdout(&asgrad(&["list", "latencies"])).contains("fedbuff"));
}

#[test]
fn corrections_and_optimizers_are_as_in_the_library_and_in_the_order_typed() {
    let words = [
        "--correction",
        "clip:2,dc:0.1",
        "--optimizer",
        "weight-decay:0.01,momentum:0.5",
    ];
    let problem = ["--problem", "quadratic:1,-2,5", "--regularizer", "none"];
    let typed = &objects(&quick("pure", &[&problem[..], &words].concat()))[0];
    let swapped = [
        "--correction",
        words[1],
        "--optimizer",
        "momentum:0.5,weight-decay:0.01",
    ];
    let other_order = &objects(&quick("pure", &[&problem[..], &swapped].concat()))[0];
    assert_ne!(typed["model_hash"], other_order["model_hash"]);
    let speeds = Cluster::new(vec![1.0, 2.0, 3.0], Duration::from_millis(1)).unwrap();
    let summary = Experiment::<f64>::with_objective(Quadratic::new(&[1.0, -2.0, 5.0]))
        .clock(Clock::Virtual)
        .cluster(speeds.compute(Law::fixed()))
        .correction(CorrectionRule::clip(2.0))
        .correction(CorrectionRule::dc(0.1))
        .optimizer(OptimizerRule::weight_decay(0.01))
        .optimizer(OptimizerRule::momentum(0.5))
        .updates(200)
        .run()
        .unwrap();
    assert_eq!(typed["model_hash"], summary.model_hash);
}

#[test]
fn every_update_is_logged_when_asked_for() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_asgrad"));
    let output = command
        .args(quick("pure", &["--updates", "5"]))
        .env("RUST_LOG", "asgrad=debug")
        .output()
        .unwrap();
    let said = stderr(&output);
    let updates: Vec<_> = said.lines().filter(|line| line.contains("DEBUG")).collect();
    assert_eq!(updates.len(), 5, "{said}");
    for field in [
        "worker",
        "read_version",
        "version",
        "staleness",
        "step_size",
    ] {
        assert!(updates[0].contains(field), "{}", updates[0]);
    }
    assert_eq!(stdout(&output).lines().count(), 1);
}
