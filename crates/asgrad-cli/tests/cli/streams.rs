//! Traces on standard output and input, and what a signal leaves of a search.
#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Output, Stdio};

use serde_json::Value;

use crate::kept::{command, folder, run_in, signal};
use crate::{quick, stderr, stdout};

/// A command with a file as its standard input.
fn fed(folder: &Path, arguments: &[&str], input: &[u8]) -> Output {
    let mut command = command(folder, arguments);
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn a_trace_goes_through_pipes_and_results_aside() {
    let folder = folder("streams");
    let output = run_in(&folder, &quick("pure", &["--trace", "-"]));
    assert!(output.status.success(), "{}", stderr(&output));
    let object: Value = serde_json::from_str(&stderr(&output)).unwrap();
    assert_eq!(object["updates"], 200);
    fs::write(folder.join("t.jsonl"), &output.stdout).unwrap();
    let replayed = run_in(&folder, &["replay", "t.jsonl", "--verify"]);
    assert!(replayed.status.success(), "{}", stderr(&replayed));
    // Into a file that is standard output, too.
    let out = fs::File::create(folder.join("u.jsonl")).unwrap();
    let mut command = command(&folder, &quick("pure", &["--trace", "-"]));
    assert!(
        command
            .stdout(out)
            .stderr(Stdio::null())
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(fs::read(folder.join("u.jsonl")).unwrap(), output.stdout);
    // What is in such a file before stays there.
    fs::write(folder.join("n.txt"), "a note\n").unwrap();
    let appended = fs::File::options().append(true).open(folder.join("n.txt"));
    let mut again = crate::kept::command(&folder, &quick("pure", &["--trace", "-"]));
    let again = again.stdout(appended.unwrap()).stderr(Stdio::null());
    assert!(again.status().unwrap().success());
    let text = fs::read_to_string(folder.join("n.txt")).unwrap();
    assert!(text.starts_with("a note\n{\"event\":\"run\""), "{text}");
    assert!(!folder.join("-").exists());

    let packed = run_in(&folder, &quick("pure", &["--trace", "t.jsonl.gz"]));
    assert!(packed.status.success(), "{}", stderr(&packed));
    for trace in [output.stdout, fs::read(folder.join("t.jsonl.gz")).unwrap()] {
        let explained = fed(&folder, &["explain", "-"], &trace);
        assert!(explained.status.success(), "{}", stderr(&explained));
        assert!(stdout(&explained).contains("conservation law"));
        let reported = fed(&folder, &["report", "-"], &trace);
        assert!(reported.status.success(), "{}", stderr(&reported));
        let page = fs::read_to_string(folder.join("report.html")).unwrap();
        assert!(page.contains("<h1>pure</h1>"));
        fs::remove_file(folder.join("report.html")).unwrap();
    }
}

#[test]
fn standard_output_takes_one_trace_and_no_other_file() {
    let folder = folder("no-stream");
    let recorded = run_in(&folder, &quick("pure", &["--trace", "t.jsonl"]));
    assert!(recorded.status.success(), "{}", stderr(&recorded));
    let cases: [(&[&str], &str); 3] = [
        (&["explain", "t.jsonl", "--perfetto", "-"], "--perfetto"),
        (&["report", "t.jsonl", "--out", "-"], "--out"),
        (&["replay", "t.jsonl", "--until=3", "--out", "-"], "--out"),
    ];
    for (command, option) in cases {
        let refused = run_in(&folder, command);
        assert_eq!(refused.status.code(), Some(2));
        let says = format!("{option} -: standard output takes results, or a trace; name a file");
        assert!(stderr(&refused).contains(&says), "{}", stderr(&refused));
    }
    for (more, says) in [
        (
            &["--repeat", "3"][..],
            "--trace -: standard output takes one trace, and there are 3 seeds",
        ),
        (
            &["--theory", "--format", "table"],
            "--theory: it measures along a trace; give --trace FILE",
        ),
    ] {
        let refused = run_in(&folder, &quick("pure", &[&["--trace", "-"], more].concat()));
        assert_eq!(refused.status.code(), Some(2));
        assert!(stderr(&refused).contains(says), "{}", stderr(&refused));
    }
}

#[test]
fn a_search_that_is_interrupted_prints_what_it_has_tried() {
    for format in ["table", "json"] {
        let long = "tune pure --seconds 20 --log-every 5ms --format";
        let words = long.split(' ').chain([format]).collect::<Vec<_>>();
        let mut command = command(&folder("tune-cut"), &words);
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let has_tried = |line: &str| line.contains(" of 12") && !line.contains(": 0 of 12");
        let told = lines.find(|line| has_tried(line.as_ref().unwrap()));
        assert!(told.is_some(), "nothing was told");
        signal(&child, "-INT");
        let last = lines.last().unwrap().unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(130), "{last}");
        let tried = last.strip_prefix("error: interrupted; ").unwrap();
        let n_tried: usize = tried.split(' ').next().unwrap().parse().unwrap();
        assert!((1..12).contains(&n_tried), "{last}");
        let text = stdout(&output);
        if format == "table" {
            assert!(text.lines().count() == n_tried + 1, "{text}");
        } else {
            let object: Value = serde_json::from_str(&text).unwrap();
            let grid = object["grid"].as_array().unwrap();
            assert_eq!(grid.len(), n_tried, "{text}");
            assert!(
                grid.iter()
                    .any(|one| one["step_size"] == object["step_size"])
            );
        }
    }
}
