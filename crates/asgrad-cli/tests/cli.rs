//! The program as a user meets it: what it prints where, and how it ends.
#![expect(clippy::unwrap_used, reason = "a panic is the report")]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn asgrad(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_asgrad"));
    command
        .args(arguments)
        .env_remove("RUST_LOG")
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The JSON objects that a successful command prints, which must be all that it prints.
fn objects(arguments: &[&str]) -> Vec<Value> {
    let output = asgrad(arguments);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    stdout(&output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// A file of its own for each test.
fn file(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("asgrad-cli-{}-{name}", std::process::id()));
    fs::write(&path, text).unwrap();
    path
}

const QUICK: [&str; 6] = ["--clock", "virtual", "--updates", "200", "--format", "json"];

fn quick<'a>(method: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["run", method], &QUICK[..], more].concat()
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
fn same_seed_same_bits_and_repetitions_are_the_runs_of_their_seeds() {
    let three = objects(&quick("random", &["--repeat", "3", "--seed", "5"]));
    let alone = objects(&quick("random", &["--seed", "7"]));
    assert_eq!(three[2], alone[0]);
    assert_ne!(three[0]["model_hash"], three[1]["model_hash"]);
}

#[test]
fn a_wrong_request_ends_with_status_2_and_one_clear_line() {
    let cases: &[(&[&str], &str)] = &[
        (&["run", "pur"], "did you mean `pure`?"),
        (
            &["run", "pure", "--workers", "0"],
            "--workers 0: at least one",
        ),
        (
            &["run", "pure", "--workers", "5000"],
            "more than the 1797 rows",
        ),
        (&["run", "pure-waiting:b=11"], "b to at most 10"),
        (&["run", "pure-waiting:c=3"], "it has b"),
        (
            &["run", "minibatch", "--concurrency", "5"],
            "--concurrency 5",
        ),
        (
            &["run", "pure", "--batch-size", "5000"],
            "--batch-size 5000: worker",
        ),
        (
            &["run", "pure", "--compute", "gauss"],
            "unknown law `gauss`",
        ),
        (
            &["run", "pure", "--speeds", "1,2", "--workers", "3"],
            "--speeds has 2 numbers for --workers 3",
        ),
        (
            &["run", "pure", "--compute", "none", "--clock", "virtual"],
            "virtual time stands still",
        ),
        (&["run", "pure", "--step-size", "-1"], "at least 0"),
        (
            &["tune", "pure", "--step-size", "1"],
            "tune looks for the step size itself",
        ),
        (
            &[
                "run",
                "pure",
                "--problem",
                "quadratic:1,2",
                "--workers",
                "3",
            ],
            "2 centres for 3 workers",
        ),
    ];
    for (arguments, part) in cases {
        let output = asgrad(arguments);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(
            said.starts_with("error: ") && said.contains(part),
            "{arguments:?}: {said}"
        );
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn bad_data_ends_with_status_1_and_names_the_place() {
    let output = asgrad(&["run", "pure", "--data", "there-is-no-such-file.txt"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("there-is-no-such-file.txt"));

    let path = file("bad.txt", "+1 1:2\n-1 3:x\n");
    let output = asgrad(&[
        "run",
        "pure",
        "--data",
        path.to_str().unwrap(),
        "--workers",
        "1",
    ]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("bad.txt:2:6"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_diverged_run_ends_with_status_1_and_still_prints_its_summary() {
    let problem = ["--problem", "quadratic:1,2", "--step-size", "1e9"];
    let output = asgrad(&quick("pure", &problem));
    assert_eq!(output.status.code(), Some(1));
    let object: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(object["stop_reason"], "diverged");
    assert!(stderr(&output).contains("worker"), "{}", stderr(&output));
}

#[test]
fn the_command_line_wins_over_the_configuration_file() {
    let text = "method = 1\n";
    let unknown = file("unknown.toml", text);
    let output = asgrad(&["run", "pure", "--config", unknown.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--method"), "{}", stderr(&output));

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
        (&"run".into(), &1.into(), &"digits".into())
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
    let csv = fs::read_to_string(folder.join("comparison.csv")).unwrap();
    assert_eq!(csv.lines().count(), 4);
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
        "fedbuff",
        "mishchenko",
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

#[test]
fn the_last_seed_there_is_and_options_that_mean_nothing_are_refused() {
    let largest = u64::MAX.to_string();
    let cases: &[(&[&str], &str)] = &[
        (&["run", "pure", "--seed", &largest], "--seed"),
        (&["compare", "--seed", &largest], "--seed"),
        (&["tune", "pure", "--repeat", "4"], "--repeat"),
        (&["tune", "pure", "--out", "nowhere"], "--out"),
        (&["compare", "--compute", "none"], "--compute none"),
        (
            &[
                "run",
                "pure",
                "--problem",
                "none",
                "--clock",
                "virtual",
                "--rows",
                "9",
            ],
            "--rows",
        ),
    ];
    for (arguments, part) in cases {
        let output = asgrad(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(part), "{}", stderr(&output));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn results_are_not_lost_when_nobody_hears_standard_error() {
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_asgrad"));
    // Ten workers on real threads: there is a warning to be said.
    let arguments = [
        "run",
        "pure",
        "--updates",
        "50",
        "--format",
        "json",
        "--workers",
        "64",
    ];
    let output = command.args(arguments).stderr(full).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(stdout(&output).lines().count(), 1);
}

#[cfg(unix)]
#[test]
fn a_trace_whose_reader_leaves_costs_no_summary() {
    let pipe =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("trace-{}", std::process::id()));
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let reader = Command::new("head")
        .args(["-n", "1"])
        .arg(&pipe)
        .stdout(Stdio::null())
        .spawn();
    let arguments = ["--trace", pipe.to_str().unwrap(), "--updates", "20000"];
    let output = asgrad(&quick("pure", &arguments));
    reader.unwrap().wait().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("the trace could not be written"),
        "{}",
        stderr(&output)
    );
    let object: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(object["updates"], 20_000);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_real_run_with_status_130_and_what_there_is() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_asgrad"));
    let arguments = ["run", "pure", "--seconds", "100", "--format", "json"];
    let command = command
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.env("RUST_LOG", "asgrad=info").spawn().unwrap();
    // It says so when it runs; only then is there something to interrupt.
    let mut log = std::io::BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    std::io::BufRead::read_line(&mut log, &mut line).unwrap();
    assert!(line.contains("run"), "{line}");
    let kill = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(kill.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let object: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(object["stop_reason"], "interrupted");
}
