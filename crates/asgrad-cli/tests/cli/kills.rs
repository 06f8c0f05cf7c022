//! Killed at any moment, or when the disk is full at any moment, the program leaves files that are
//! read and nothing of the user's changed.
#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use asgrad::Seed;
use asgrad::model_file;
use asgrad::prelude::RngExt;
use asgrad::ps_core::Purpose;
use serde_json::Value;

use crate::folders::limited;
use crate::kept::{command, folder, run_in};
use crate::{stderr, stdout};

/// Number of moments at which each command is killed.
const KILLS: usize = 30;
/// The latest moment: most runs are over by then.
const LATEST: Duration = Duration::from_millis(900);

const COMMANDS: [&str; 4] = [
    "run pure --seconds 0.6 --trace t.jsonl --save-model m.npy",
    "run random --updates 4000 --clock virtual --trace t.jsonl.gz",
    COMPARE,
    COMPARE,
];
const COMPARE: &str =
    "compare --methods pure,minibatch --seconds 0.3 --step-size 0.1 --repeat 1 --out o";

const USERS: &str = "what a user wrote\n";

fn words(command: &str) -> Vec<&str> {
    command.split(' ').collect()
}

/// Every trace in the folder is explained, and every model is read.
fn all_is_read(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if name == "runs.jsonl" {
            let text = fs::read_to_string(&path).unwrap();
            let objects: Result<Vec<Value>, _> = text.lines().map(serde_json::from_str).collect();
            assert!(objects.is_ok(), "{text}");
        } else if name.ends_with(".jsonl") || name.ends_with(".jsonl.gz") {
            // Killed before its first line was written: it is empty, or was not there before.
            if fs::metadata(&path).unwrap().len() == 0 {
                continue;
            }
            let output = run_in(folder, &["explain", name]);
            assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        } else if name.ends_with(".npy") {
            assert_eq!(model_file::read::<f64>(&path).unwrap().len(), 650);
        } else if name.ends_with(".html") {
            let page = fs::read_to_string(&path).unwrap();
            assert!(page.ends_with("</html>\n"), "{name}");
        } else if name.ends_with(".json") {
            let text = fs::read_to_string(&path).unwrap();
            assert!(
                serde_json::from_str::<Value>(&text).is_ok(),
                "{name}: {text}"
            );
        }
    }
}

#[test]
#[ignore = "half a minute of runs that are killed"]
fn whatever_a_kill_leaves_is_read_and_no_file_of_the_users_is_changed() {
    let folder = folder("kills");
    let users = ["m.txt", "t.txt", "o/notes.txt"];
    fs::create_dir(folder.join("o")).unwrap();
    for name in users {
        fs::write(folder.join(name), USERS).unwrap();
    }
    let mut random = Seed::new(7).stream_of_run(Purpose::Initialisation);
    for kill in 0..2 * KILLS {
        let signal = ["-KILL", "-TERM", "-INT"][kill % 3];
        let mut command = command(&folder, &words(COMMANDS[kill % COMMANDS.len()]));
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        #[expect(
            clippy::disallowed_methods,
            reason = "the moment of a kill is on the real clock"
        )]
        thread::sleep(LATEST.mul_f64(random.random::<f64>()));
        let id = child.id().to_string();
        // It may be over.
        let _ = Command::new("kill")
            .args([signal, &id])
            .stderr(Stdio::null())
            .status();
        child.wait().unwrap();
        all_is_read(&folder);
        all_is_read(&folder.join("o"));
        all_is_read(&folder.join("o/traces"));
        for name in users {
            assert_eq!(
                fs::read_to_string(folder.join(name)).unwrap(),
                USERS,
                "{name}"
            );
        }
    }
    let whole = run_in(&folder, &words(COMPARE));
    assert_eq!(whole.status.code(), Some(0), "{}", stderr(&whole));
}

/// Number of disks that are full at some size of a file.
const FULL: usize = 24;

const WRITERS: [&str; 6] = [
    "run pure --seconds 0.3 --format json --trace t.jsonl --save-model m.npy",
    "run random --updates 1500 --clock virtual --format json --trace t.jsonl.gz --save-model m.npy --quiet",
    "compare --methods pure,minibatch --clock virtual --seconds 0.2 --step-size 0.1 --repeat 2 --out o --force",
    "report w --out r.html --figures f",
    "explain w/traces/pure-seed1.jsonl.gz --perfetto p.json",
    "replay w/traces/pure-seed1.jsonl.gz --until 50 --out v.npy",
];

/// The files that a command writes.
fn written(command: &str) -> Vec<&str> {
    if command.starts_with("compare") {
        let names = ["o/runs.jsonl", "o/comparison.csv", "o/comparison.md"];
        return [&names[..], &["o/compare.json", "o/report.html"]].concat();
    }
    let mut words = words(command);
    words.retain(|word| word.starts_with(['t', 'm', 'r', 'p', 'v']) && word.contains('.'));
    words
}

/// Whether what was found is on standard output.
fn is_printed(command: &str, text: &str) -> bool {
    match command.split(' ').next() {
        Some("run") => {
            let object: Value = serde_json::from_str(text).unwrap_or_default();
            object["stop_reason"].is_string()
        }
        Some("compare") => text.contains("was first to reach"),
        Some("explain") => text.contains("staleness"),
        _ => true,
    }
}

#[test]
#[ignore = "half a minute of disks that are full"]
fn whatever_fits_onto_a_full_disk_is_read_and_what_does_not_is_named() {
    let folder = folder("full");
    let users = ["m.txt", "t.txt", "o/notes.txt", "f/notes.txt"];
    for inner in ["o", "f"] {
        fs::create_dir(folder.join(inner)).unwrap();
    }
    for name in users {
        fs::write(folder.join(name), USERS).unwrap();
    }
    let whole = run_in(&folder, &words(&WRITERS[2].replace(" o ", " w ")));
    assert_eq!(whole.status.code(), Some(0), "{}", stderr(&whole));
    let mut random = Seed::new(8).stream_of_run(Purpose::Initialisation);
    for number in 0..FULL {
        let command = WRITERS[number % WRITERS.len()];
        let written = written(command);
        written
            .iter()
            .for_each(|name| drop(fs::remove_file(folder.join(name))));
        let bits = random.random_range(1..10);
        let kib = random.random_range(1..1 << bits);
        let output = limited(&folder, kib, &words(command));
        let said = format!("{kib} KiB: {command}: {}", stderr(&output));
        let status = i32::from(said.contains("File too large"));
        assert_eq!(output.status.code(), Some(status), "{said}");
        for name in written {
            let is_there = folder.join(name).exists();
            assert!(is_there || stderr(&output).contains(name), "{name}: {said}");
        }
        assert!(is_printed(command, &stdout(&output)), "{said}");
        for inner in [".", "o", "o/traces", "f"] {
            all_is_read(&folder.join(inner));
        }
        let report = run_in(&folder, &["report", "o", "--out", "again.html"]);
        let found = folder.join("o/traces").is_dir();
        assert_eq!(report.status.success(), found, "{}", stderr(&report));
        for name in users {
            let text = fs::read_to_string(folder.join(name)).unwrap();
            assert_eq!(text, USERS, "{name}");
        }
    }
}
