//! `asgrad replay` as a user meets it.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::{asgrad, file, objects, received_line, stderr, stdout};

/// A run on real threads, recorded.
fn record(name: &str, more: &[&str]) -> (Value, PathBuf) {
    let path = file(name, "");
    let trace = path.to_str().unwrap();
    let run = [
        "run",
        "shuffled-waiting",
        "--unit",
        "20us",
        "--updates",
        "150",
    ];
    let output = [
        "--evaluate-every",
        "30",
        "--format",
        "json",
        "--trace",
        trace,
    ];
    let summary = objects(&[&run[..], &output, more].concat()).remove(0);
    (summary, path)
}

fn replay(path: &Path, more: &[&str]) -> Value {
    let trace = path.to_str().unwrap();
    objects(&[&["replay", trace, "--format", "json"], more].concat()).remove(0)
}

/// What it says when it fails.
fn fails(path: &Path, more: &[&str]) -> String {
    let trace = path.to_str().unwrap();
    let output = asgrad(&[&["replay", trace], more].concat());
    assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
    stderr(&output)
}

#[test]
fn a_recorded_run_is_verified_bit_for_bit_whatever_it_was_of() {
    let csv: String = (0..40)
        .map(|i| format!("{}.5,{},{}\n", i, i % 7, i % 2))
        .collect();
    let csv = file("replay-data.csv", &csv);
    let csv = csv.to_str().unwrap();
    let cases: [&[&str]; 7] = [
        &[],
        &["--precision", "f32", "--workers", "3", "--server", "thread"],
        &[
            "--data",
            csv,
            "--workers",
            "4",
            "--batch-size",
            "2",
            "--start",
            "random",
        ],
        &[
            "--data",
            "synthetic:1,1",
            "--rows",
            "200",
            "--batch-size",
            "5",
            "--seed",
            "7",
        ],
        &["--problem", "quadratic:3,0,-6", "--step-rule", "mishchenko"],
        &[
            "--problem",
            "logistic",
            "--partition",
            "dirichlet:0.5",
            "--holdout",
            "0.2",
            "--batch-size",
            "1",
        ],
        &[
            "--compute",
            "lognormal:0.5",
            "--upload",
            "exponential",
            "--regularizer",
            "nonconvex:0.1",
        ],
    ];
    for (number, case) in cases.iter().enumerate() {
        verify(&format!("replay-{number}.jsonl.gz"), case);
    }
}

/// Records a run with these options and replays it.
fn verify(name: &str, case: &[&str]) {
    let (summary, path) = record(name, case);
    let report = replay(&path, &["--verify"]);
    assert_eq!(report["model_hash"], summary["model_hash"], "{case:?}");
    assert_eq!(
        (&report["verified"], &report["divergence"]),
        (&Value::Bool(true), &Value::Null)
    );
    assert_eq!(report["versions_compared"], 6);
}

#[test]
fn a_recorded_run_is_verified_with_its_corrections_and_optimizers() {
    let lists = [
        "--correction=clip:5,dc-adaptive:0.04",
        "--optimizer=weight-decay:0.001,adam:0.9",
        "--step-rule=warmup:40",
    ];
    verify("replay-rules.jsonl", &lists);
}

#[test]
fn what_was_altered_is_named_with_its_line() {
    let (_, path) = record("replay-altered.jsonl", &[]);
    let text = fs::read_to_string(&path).unwrap();
    let (number, line) = received_line(&text, 100);
    let altered = line.replacen("\"started\":", "\"started\":1", 1);
    assert_ne!(altered, line);
    fs::write(&path, text.replacen(line, &altered, 1)).unwrap();
    let error = fails(&path, &["--verify"]);
    assert!(error.contains(&format!("line {number}")), "{error}");
    let trace = path.to_str().unwrap();
    let output = asgrad(&["replay", trace, "--verify", "--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(report["divergence"]["line"], number);
    assert_eq!(report["verified"], false);
}

#[test]
fn other_data_are_refused_by_their_hash() {
    let rows: String = (0..40)
        .map(|i| format!("{i},{},{}\n", i % 7, i % 2))
        .collect();
    let data = file("replay-moved.csv", &rows);
    let options = [
        "--data",
        data.to_str().unwrap(),
        "--workers",
        "4",
        "--batch-size",
        "2",
    ];
    let (_, path) = record("replay-moved.jsonl", &options);
    fs::write(&data, rows.replacen("1,1,1", "1,1,0", 1)).unwrap();
    let error = fails(&path, &[]);
    assert!(
        error.contains("its hash is") && error.contains("--data"),
        "{error}"
    );
    fs::remove_file(&data).unwrap();
    assert!(fails(&path, &[]).contains("replay-moved.csv"));
    let elsewhere = file("replay-elsewhere.csv", &rows);
    let report = replay(&path, &["--verify", "--data", elsewhere.to_str().unwrap()]);
    assert_eq!(report["verified"], true);
}

#[test]
fn a_truncated_trace_is_replayed_up_to_its_last_whole_line_and_says_so() {
    let (_, path) = record("replay-cut.jsonl", &[]);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, &text[..text.len() / 2]).unwrap();
    let output = asgrad(&["replay", path.to_str().unwrap(), "--verify"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let last = text[..text.len() / 2].matches('\n').count();
    assert!(
        stderr(&output).contains(&format!("up to line {last}")),
        "{}",
        stderr(&output)
    );
    assert!(stdout(&output).contains("breaks off"));
}

#[test]
fn a_version_in_the_middle_is_written_as_numpy_reads_it() {
    let (_, path) = record("replay-until.jsonl", &["--problem", "quadratic:3,0,-6"]);
    let out = file("replay-until.npy", "");
    let report = replay(&path, &["--until", "60", "--out", out.to_str().unwrap()]);
    assert_eq!(report["version"], 60);
    let text = fs::read_to_string(&path).unwrap();
    let evaluated = text
        .lines()
        .find(|line| line.contains("\"evaluated\"") && line.contains("\"version\":60,"));
    assert!(
        evaluated
            .unwrap()
            .contains(report["model_hash"].as_str().unwrap())
    );
    let model = fs::read(&out).unwrap();
    assert!(model.starts_with(b"\x93NUMPY\x01\x00"));
    let length = usize::from(u16::from_le_bytes([model[8], model[9]]));
    assert_eq!(
        (10 + length) % 64,
        0,
        "the numbers begin at a multiple of 64"
    );
    let (header, values) = model[10..].split_at(length);
    let header = String::from_utf8_lossy(header);
    let expected = "{'shape': (1,), 'fortran_order': False, 'descr': '<f8', }";
    assert_eq!(header.trim_end(), expected);
    let (values, rest) = values.as_chunks();
    let values: Vec<f64> = values
        .iter()
        .map(|value| f64::from_le_bytes(*value))
        .collect();
    assert!(rest.is_empty());
    let hash = asgrad::trace::model_hash(&values);
    assert_eq!(report["model_hash"], hash.to_string());
    let error = fails(&path, &["--until", "151"]);
    assert!(
        error.contains("version 151 is not in the trace: its last one is 150"),
        "{error}"
    );
}

#[test]
fn another_method_is_played_on_the_recorded_machine() {
    // In virtual time the machine is all that takes time, so that the same method does the same.
    let options = ["--workers=4", "--clock=virtual", "--compute=lognormal:0.5"];
    let (_, path) = record("replay-other.jsonl", &options);
    let same = replay(&path, &["--method", "shuffled-waiting"]);
    assert_eq!(same["recorded"]["updates"], same["other"]["updates"]);
    let sync = replay(&path, &["--method", "minibatch", "--step-size", "0.5"]);
    assert_eq!(sync["other"]["method"], "minibatch");
    assert_eq!(sync["other"]["staleness"]["max"], 0);
    assert_eq!(sync["other"]["step_size"], 0.5);
    let seconds = ["recorded", "other"].map(|which| sync[which]["seconds"].as_f64().unwrap());
    assert!((seconds[0] - seconds[1]).abs() < 1e-9);
}

#[test]
fn what_is_no_trace_or_not_of_a_problem_is_refused() {
    let error = fails(&file("replay-none.txt", "1 2:3\n"), &[]);
    assert!(error.contains("is not a trace of asgrad"), "{error}");
    let (_, path) = record("replay-own.jsonl", &[]);
    let text = fs::read_to_string(&path).unwrap();
    let (header, rest) = text.split_once('\n').unwrap();
    let mut header: Value = serde_json::from_str(header).unwrap();
    for key in [
        "data",
        "problem",
        "regularizer",
        "partition",
        "batch_size",
        "check",
    ] {
        header.as_object_mut().unwrap().remove(key);
    }
    fs::write(&path, format!("{header}\n{rest}")).unwrap();
    assert!(fails(&path, &[]).contains("does not say what problem"));
}
