//! Killed at any moment, the program leaves files that are read and nothing of the user's changed.
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

use crate::kept::{command, folder, run_in};
use crate::stderr;

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
