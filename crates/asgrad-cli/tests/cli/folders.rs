//! Folders of results, and disks that are full.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::kept::{folder, object, run_in};
use crate::{quick, stderr, stdout};

const SMALL: [&str; 10] = [
    "compare",
    "--clock",
    "virtual",
    "--seconds",
    "0.1",
    "--repeat",
    "1",
    "--step-size",
    "0.1",
    "--out",
];

fn small<'a>(out: &'a str, methods: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&SMALL[..], &[out, "--methods", methods], more].concat()
}

#[test]
fn a_folder_holds_one_study_and_no_stale_trace_of_another() {
    let folder = folder("study");
    let both = run_in(&folder, &small("o", "pure,minibatch", &[]));
    assert!(both.status.success(), "{}", stderr(&both));
    assert!(
        run_in(&folder, &small("o", "pure,minibatch", &["--quiet"]))
            .status
            .success()
    );
    let other = small("o", "pure", &[]);
    let output = run_in(&folder, &other);
    assert_eq!(output.status.code(), Some(2));
    let said = stderr(&output);
    assert!(
        said.contains("--out o: it holds the study `asgrad compare"),
        "{said}"
    );
    // Refused for another reason, it takes nothing away.
    let refused = small("o", "pure", &["--data", "nosuch", "--force"]);
    assert_eq!(run_in(&folder, &refused).status.code(), Some(1));
    assert!(folder.join("o/traces/minibatch-seed1.jsonl.gz").exists());
    fs::write(folder.join("o/mine.txt"), "mine").unwrap();
    assert!(
        run_in(&folder, &[&other[..], &["--force"]].concat())
            .status
            .success()
    );
    assert!(!folder.join("o/traces/minibatch-seed1.jsonl.gz").exists());
    assert!(folder.join("o/mine.txt").exists());
}

#[test]
fn a_folder_that_is_somebody_elses_stays_and_one_made_for_nothing_goes() {
    let folder = folder("no-study");
    fs::create_dir(folder.join("mine")).unwrap();
    fs::write(folder.join("mine/runs.jsonl"), "mine").unwrap();
    let output = run_in(&folder, &small("mine", "pure", &[]));
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("mine/runs.jsonl is there"),
        "{}",
        stderr(&output)
    );
    assert_eq!(
        fs::read_to_string(folder.join("mine/runs.jsonl")).unwrap(),
        "mine"
    );
    let output = run_in(&folder, &small("z/y", "pure", &["--data", "nosuch"]));
    assert_eq!(output.status.code(), Some(1));
    assert!(!folder.join("z").exists());
    let output = run_in(&folder, &small("mine/runs.jsonl", "pure", &[]));
    assert!(
        stderr(&output).contains("it is a file; name a folder"),
        "{}",
        stderr(&output)
    );
}

/// The program in a shell that lets no file grow beyond so many KiB.
#[cfg(unix)]
pub(crate) fn limited(folder: &Path, kib: u64, arguments: &[&str]) -> Output {
    let script = format!("ulimit -f {kib}; exec \"$0\" \"$@\"");
    let mut command = Command::new("bash");
    command
        .args(["-c", &script, env!("CARGO_BIN_EXE_asgrad")])
        .args(arguments);
    command.current_dir(folder).output().unwrap()
}

#[cfg(unix)]
#[test]
fn a_trace_that_cannot_grow_is_said_at_once_and_costs_no_summary() {
    let folder = folder("full-trace");
    let output = limited(
        &folder,
        10,
        &quick("pure", &["--trace", "t.jsonl", "--updates", "3000"]),
    );
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert_eq!(object(&output)["updates"], 3000);
    let said = stderr(&output);
    let lines: Vec<_> = said.lines().collect();
    assert!(
        lines[0].starts_with("warning: the trace t.jsonl cannot be written any more"),
        "{said}"
    );
    assert!(
        lines
            .last()
            .unwrap()
            .starts_with("error: the trace t.jsonl could not be written to its end"),
        "{said}"
    );
}

#[cfg(unix)]
#[test]
fn all_that_could_not_be_written_is_said_where_nothing_else_is() {
    let folder = folder("full-quiet");
    let files = ["--trace", "t.jsonl", "--save-model", "m.npy", "--quiet"];
    let output = limited(&folder, 2, &quick("pure", &files));
    let said = stderr(&output);
    assert_eq!(object(&output)["updates"], 200);
    for name in ["the trace t.jsonl could not", "--save-model m.npy: "] {
        assert!(said.contains(name) && said.lines().count() == 1, "{said}");
    }
}

#[cfg(unix)]
#[test]
fn a_model_that_cannot_be_saved_costs_neither_the_summary_nor_the_model_before() {
    let folder = folder("full-model");
    let save = quick("pure", &["--save-model", "m.npy"]);
    assert!(run_in(&folder, &save).status.success());
    let before = fs::read(folder.join("m.npy")).unwrap();
    let output = limited(&folder, 2, &[&save[..], &["--seed", "2"]].concat());
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(object(&output)["updates"], 200);
    assert!(
        said.contains("error: --save-model m.npy: the model of version 200 could not be written"),
        "{said}"
    );
    assert_eq!(fs::read(folder.join("m.npy")).unwrap(), before);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn a_comparison_goes_on_when_its_folder_is_full_and_prints_what_it_found() {
    let folder = folder("full-folder");
    for kib in [0, 1, 4] {
        let output = limited(&folder, kib, &small("o", "pure,minibatch", &["--force"]));
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(
            said.contains("warning: ") && said.contains("File too large"),
            "{said}"
        );
        let text = stdout(&output);
        assert!(
            text.contains("minibatch") && text.contains("was first to reach"),
            "{text}"
        );
    }
}
