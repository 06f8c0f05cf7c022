//! What is kept of a run and of what was there before it: traces, loss curves, users' files.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

use crate::{asgrad, quick, stderr, stdout};

/// An empty folder of its own for each test.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let folder = folder.join(format!("kept-{}-{name}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// The program in this folder, with files named relative to it.
pub(crate) fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_asgrad"));
    command
        .args(arguments)
        .current_dir(folder)
        .env_remove("RUST_LOG");
    command
}

pub(crate) fn run_in(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
}

/// The object that a run prints, whatever its status.
pub(crate) fn object(output: &Output) -> Value {
    serde_json::from_str(&stdout(output)).unwrap_or_else(|_| panic!("{}", stderr(output)))
}

/// A run on real threads that has said that it runs.
#[cfg(unix)]
pub(crate) fn running(folder: &Path, arguments: &[&str]) -> Child {
    let mut command = command(folder, arguments);
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.env("RUST_LOG", "asgrad=info").spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    log.read_line(&mut line).unwrap();
    assert!(line.contains("run"), "{line}");
    // What it says later is for somebody, too.
    std::thread::Builder::new()
        .spawn(move || log.lines().count())
        .unwrap();
    child
}

#[cfg(unix)]
pub(crate) fn signal(child: &Child, signal: &str) {
    let id = child.id().to_string();
    assert!(
        Command::new("kill")
            .args([signal, &id])
            .status()
            .unwrap()
            .success()
    );
}

#[test]
fn a_file_that_is_not_ours_is_written_over_only_if_that_is_asked_for() {
    let folder = folder("foreign");
    assert!(
        run_in(&folder, &quick("pure", &["--trace", "t.jsonl"]))
            .status
            .success()
    );
    let text = "my own notes\n";
    let virtually = ["run", "pure", "--clock", "virtual", "--updates", "5"];
    let cases: [(&str, Vec<&str>); 5] = [
        (
            "n.jsonl",
            [&virtually[..], &["--trace", "n.jsonl"]].concat(),
        ),
        (
            "n.npy",
            [&virtually[..], &["--save-model", "n.npy"]].concat(),
        ),
        ("n.json", vec!["explain", "t.jsonl", "--perfetto", "n.json"]),
        (
            "v3.npy",
            vec!["replay", "t.jsonl", "--until", "3", "--out", "v3.npy"],
        ),
        ("n.html", vec!["report", "t.jsonl", "--out", "n.html"]),
    ];
    for (file, arguments) in cases {
        let file = folder.join(file);
        fs::write(&file, text).unwrap();
        let output = run_in(&folder, &arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(
            stderr(&output).contains("give --force to write over it"),
            "{}",
            stderr(&output)
        );
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
        // What asgrad wrote, it may write over.
        for force in [&["--force"][..], &[]] {
            let output = run_in(&folder, &[&arguments[..], force].concat());
            assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
            assert!(!fs::read(&file).unwrap().starts_with(text.as_bytes()));
        }
    }
    #[cfg(unix)]
    for option in ["--trace", "--save-model"] {
        let output = run_in(&folder, &[&virtually[..], &[option, "/dev/null"]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    }
}

#[cfg(unix)]
#[test]
fn a_trace_or_a_folder_that_another_run_writes_is_refused_and_untouched() {
    let folder = folder("two");
    let endless = [
        "run",
        "pure",
        "--seconds",
        "100",
        "--trace",
        "t.jsonl",
        "--out",
        "o",
    ];
    let first = running(&folder, &endless);
    let before = fs::read(folder.join("t.jsonl")).unwrap();
    let second = run_in(&folder, &quick("pure", &["--trace", "t.jsonl"]));
    assert_eq!(second.status.code(), Some(1));
    let said = stderr(&second);
    assert!(
        said.contains("t.jsonl cannot be written: another run is writing it"),
        "{said}"
    );
    let second = run_in(&folder, &endless);
    let said = stderr(&second);
    assert_eq!(second.status.code(), Some(2), "{said}");
    assert!(
        said.contains("--out o: another asgrad is writing into it"),
        "{said}"
    );
    signal(&first, "-INT");
    assert_eq!(first.wait_with_output().unwrap().status.code(), Some(130));
    assert!(
        fs::read(folder.join("t.jsonl"))
            .unwrap()
            .starts_with(&before)
    );
    let replayed = run_in(&folder, &["replay", "t.jsonl", "--verify"]);
    assert!(replayed.status.success(), "{}", stderr(&replayed));
    // Nothing is left of a lock.
    assert!(
        run_in(&folder, &quick("pure", &["--trace", "t.jsonl"]))
            .status
            .success()
    );
}

#[test]
fn very_long_runs_and_very_large_traces_are_announced() {
    let folder = folder("long");
    let schedule = [
        "run",
        "pure",
        "--problem",
        "none",
        "--clock",
        "virtual",
        "--workers",
        "2",
    ];
    let many = [
        "--gradients",
        "200000000",
        "--job-limit",
        "1ns",
        "--trace",
        "/dev/null",
    ];
    let output = run_in(&folder, &[&schedule[..], &many].concat());
    let said = stderr(&output);
    for says in [
        "--gradients 200000000: a run of more than 10⁸ gradients",
        "--trace /dev/null: about 54.0 GB, a line for each of 2.0e8 gradients",
    ] {
        assert!(said.contains(says), "{said}");
    }
    let output = run_in(
        &folder,
        &[&schedule[..], &["--updates", "100", "--trace", "t.jsonl"]].concat(),
    );
    assert_eq!(stderr(&output), "");
}

#[test]
fn a_run_ends_after_its_gradients_on_either_clock_and_is_replayed() {
    let folder = folder("gradients");
    for clock in [&["--clock", "virtual"][..], &["--unit", "100us"]] {
        let run = [
            "run",
            "rennala:batch=5",
            "--gradients",
            "63",
            "--format",
            "json",
            "--quiet",
        ];
        let output = run_in(
            &folder,
            &[&run[..], clock, &["--trace", "t.jsonl"]].concat(),
        );
        let object = object(&output);
        assert_eq!(
            (&object["gradients"], &object["stop_reason"]),
            (&63.into(), &"gradients".into())
        );
        assert!(object["updates"].as_u64().unwrap() < 63 / 5 + 1);
        let replayed = run_in(&folder, &["replay", "t.jsonl", "--verify"]);
        assert!(replayed.status.success(), "{}", stderr(&replayed));
    }
    let output = asgrad(&["run", "hogwild", "--gradients", "7"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("--gradients 7: hogwild"),
        "{}",
        stderr(&output)
    );
}

/// A trace as a killed run leaves it.
fn cut(path: &Path, without: &str) {
    let text = fs::read_to_string(path).unwrap();
    let lines = text
        .lines()
        .filter(|line| !line.contains("\"event\":\"stopped\""));
    let lines: Vec<_> = lines.filter(|line| !line.contains(without)).collect();
    fs::write(path, lines.join("\n") + "\n").unwrap();
}

#[test]
fn a_killed_run_keeps_its_loss_curve_or_has_it_made_again() {
    let folder = folder("curve");
    let explain = || run_in(&folder, &["explain", "t.jsonl", "--format", "json"]);
    let curve = |output: &Output| object(output)["evaluations"].clone();
    let record = |clock: &[&str]| {
        let run = ["run", "pure", "--updates", "100", "--trace", "t.jsonl"];
        assert!(
            run_in(&folder, &[&run[..], clock].concat())
                .status
                .success()
        );
    };
    // In virtual time evaluations are written along: cutting the trace leaves those before.
    record(&["--clock", "virtual"]);
    let path = folder.join("t.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    let whole = curve(&explain());
    fs::write(&path, &text[..text.len() / 2]).unwrap();
    let half = explain();
    assert_eq!(stderr(&half), "");
    let n_kept = curve(&half).as_array().unwrap().len();
    assert!((30..=60).contains(&n_kept), "{n_kept}");
    assert_eq!(curve(&half)[n_kept - 1], whole[n_kept - 1]);
    // On the real clock they are made after the run; a replay makes them of a killed one.
    record(&["--unit", "100us"]);
    let whole = curve(&explain());
    cut(&path, "\"event\":\"evaluated\"");
    let again = explain();
    assert!(
        stderr(&again).contains("its loss curve was made by replaying it"),
        "{}",
        stderr(&again)
    );
    assert_eq!(curve(&again), whole);
    let report = run_in(&folder, &["report", "t.jsonl"]);
    assert!(stderr(&report).contains("its loss curve was made by replaying it"));
    assert!(
        fs::read_to_string(folder.join("report.html"))
            .unwrap()
            .contains("loss")
    );
    let moved = run_in(&folder, &["explain", "t.jsonl", "--data", "digits"]);
    assert!(
        stderr(&moved).contains("was made by replaying it"),
        "{}",
        stderr(&moved)
    );
    // What cannot be replayed says why.
    let text = fs::read_to_string(&path).unwrap();
    fs::write(
        &path,
        text.replacen("\"data\":\"digits\"", "\"data\":\"nosuch.csv\"", 1),
    )
    .unwrap();
    let without = explain();
    assert!(
        stderr(&without).contains("has no loss curve: "),
        "{}",
        stderr(&without)
    );
    assert_eq!(curve(&without), serde_json::json!([]));
}
