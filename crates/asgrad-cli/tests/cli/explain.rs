//! `asgrad explain`: recorded runs, explained on standard output.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::{asgrad, file, objects, quick, stderr, stdout};

/// A recorded run of 200 updates in virtual time.
fn recorded(name: &str, method: &str, more: &[&str]) -> String {
    let path = file(name, "").to_str().unwrap().to_owned();
    let arguments = [&quick(method, &["--quiet", "--trace", &path])[..], more].concat();
    let output = asgrad(&arguments);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    path
}

fn explained(arguments: &[&str]) -> String {
    let output = asgrad(&[&["explain"], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stderr(&output), "");
    stdout(&output)
}

#[test]
fn a_recorded_run_is_explained_in_sections() {
    let trace = recorded("explain-pure.jsonl", "pure", &[]);
    let text = explained(&[&trace]);
    for heading in ["Run\n", "Workers: ", "Staleness\n", "Findings\n"] {
        assert_eq!(text.matches(heading).count(), 1, "{heading}: {text}");
    }
    assert!(text.contains("conservation law    holds: "), "{text}");
    assert!(text.contains("worker 0 made 34 % of the updates"), "{text}");
    assert!(!text.contains("The first arrivals"), "{text}");
    let bars = text.lines().filter(|line| line.contains('█')).count();
    assert!((2..=12).contains(&bars), "{text}");
}

#[test]
fn the_schedule_lists_as_many_arrivals_as_asked_for() {
    let trace = recorded("explain-schedule.jsonl", "pure", &["--speeds", "1,2"]);
    let text = explained(&[&trace, "--schedule", "4"]);
    // Speeds 1 and 2: arrivals at 1 (worker 0), 2 (worker 1, whose job came first, then worker 0)
    // and 3 (worker 0).
    let (_, arrivals) = text.split_once("The first arrivals\n").unwrap();
    let rows: Vec<Vec<&str>> = arrivals
        .lines()
        .skip(1)
        .take(4)
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(
        rows[0],
        ["1.00", "ms", "0", "0", "0", "0", "0", "applied", "1"]
    );
    assert_eq!(
        rows[1],
        ["2.00", "ms", "1", "1", "0", "1", "1", "applied", "2"]
    );
    assert_eq!(
        rows[2],
        ["2.00", "ms", "0", "2", "1", "2", "1", "applied", "3"]
    );
    assert_eq!(
        rows[3],
        ["3.00", "ms", "0", "4", "3", "3", "0", "applied", "4"]
    );
    let csv = explained(&[&trace, "--schedule", "4", "--format", "csv"]);
    assert_eq!(csv.lines().count(), 5, "{csv}");
    assert!(csv.starts_with("trace,seconds,worker,job,"), "{csv}");
}

#[test]
fn one_object_a_trace_holds_everything() {
    let pure = recorded("explain-json-1.jsonl", "pure", &[]);
    let fedbuff = recorded("explain-json-2.jsonl.gz", "fedbuff:b=3", &[]);
    let explained = objects(&["explain", &pure, &fedbuff, "--format", "json"]);
    assert_eq!(explained.len(), 2);
    for (object, path) in explained.iter().zip([&pure, &fedbuff]) {
        assert_eq!(object["trace"], **path);
        assert_eq!(object["ending"], "whole");
        assert_eq!(object["conservation"]["verdict"], "holds");
        assert_eq!(object["updates"], 200);
        let seconds = object["seconds"].as_f64().unwrap();
        for worker in object["workers"].as_array().unwrap() {
            let times = worker["times"].as_object().unwrap();
            let sum: f64 = times.values().map(|time| time.as_f64().unwrap()).sum();
            assert!((sum - seconds).abs() < 1e-9 * seconds, "{worker}");
        }
        assert!(!object["timeline"]["spans"].as_array().unwrap().is_empty());
    }
    let finding = &explained[0]["findings"][0];
    assert_eq!(finding["finding"], "biased");
    assert!(
        finding["text"]
            .as_str()
            .unwrap()
            .starts_with("worker 0 made")
    );
}

/// Speeds 1 to 10 and rounds of one gradient, of worker 0: all others are called off every time,
/// but for the last.
#[test]
fn work_for_nothing_is_told_by_the_reason() {
    let trace = recorded("explain-wasted.jsonl", "m-synchronous:m=1", &[]);
    let text = explained(&[&trace]);
    let line = "for nothing         1.79 s, 89.5 % of the workers' time: 1.79 s cancelled";
    assert!(text.contains(line), "{text}");
    let finding = "nothing came of 90 % of all jobs (1791 jobs called off), 1.8 s of work: wait for more (a larger m)";
    assert!(text.contains(finding), "{text}");
    let csv = explained(&[&trace, "--format", "csv"]);
    let mut rows = csv.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let headers = rows.next().unwrap();
    let row = rows.nth(3).unwrap();
    let value = |header: &str| row[headers.iter().position(|known| *known == header).unwrap()];
    for (header, expected) in [
        ("discarded", "0"),
        ("cancelled", "199"),
        ("expired", "0"),
        ("lost", "0"),
        ("wasted_seconds", "0.199"),
        ("cancelled_seconds", "0.199"),
        ("lost_seconds", "0"),
    ] {
        assert_eq!(value(header), expected, "{header}");
    }
    let pure = recorded("explain-no-waste.jsonl", "pure", &[]);
    assert!(!explained(&[&pure]).contains("for nothing"));
}

#[test]
fn several_traces_are_also_put_side_by_side() {
    let traces = ["pure", "shuffled"]
        .map(|method| recorded(&format!("explain-side-{method}.jsonl"), method, &[]));
    let text = explained(&[&traces[0], &traces[1]]);
    let (_, table) = text.split_once("Side by side\n").unwrap();
    assert_eq!(table.lines().count(), 3, "{table}");
    let markdown = explained(&[&traces[0], &traces[1], "--format", "markdown"]);
    assert!(
        markdown.starts_with("## ") && markdown.contains("### Findings"),
        "{markdown}"
    );
    let csv = explained(&[&traces[0], &traces[1], "--format", "csv"]);
    assert_eq!(csv.lines().count(), 21, "{csv}");
}

#[test]
fn a_trace_that_was_cut_is_explained_as_far_as_it_goes() {
    let trace = recorded("explain-whole.jsonl", "shuffled", &[]);
    let text = fs::read_to_string(&trace).unwrap();
    let cut: PathBuf = file("explain-cut.jsonl", &text[..text.len() / 2]);
    let path = cut.to_str().unwrap();
    let text = explained(&[path]);
    assert!(text.contains("the trace was cut after line"), "{text}");
    assert!(text.contains("cannot be checked"), "{text}");
    let objects = objects(&["explain", path, "--format", "json"]);
    assert_eq!(objects[0]["stopped"], Value::Null);
    assert!(
        objects[0]["ending"]["truncated"]["last_line"]
            .as_u64()
            .unwrap()
            > 10
    );
}

#[test]
fn what_is_no_trace_is_an_error_that_says_why() {
    let broken = recorded("explain-broken.jsonl", "pure", &[]);
    let text = fs::read_to_string(&broken).unwrap();
    fs::write(&broken, text.replacen("\"worker\":3", "\"worker\":-3", 1)).unwrap();
    let other = file("explain-other.jsonl", "{\"hello\":1}\n");
    for (path, what) in [
        (broken.as_str(), "line "),
        (other.to_str().unwrap(), "is not a trace of asgrad"),
        ("/nowhere/at/all.jsonl", "/nowhere/at/all.jsonl"),
    ] {
        let output = asgrad(&["explain", path]);
        assert_eq!(output.status.code(), Some(1), "{path}");
        assert!(stderr(&output).contains(what), "{}", stderr(&output));
        assert_eq!(stdout(&output), "");
    }
    assert_eq!(asgrad(&["explain"]).status.code(), Some(2));
}
