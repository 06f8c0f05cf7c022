//! A study that was cut and is asked for again.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::kept::{command, folder, run_in};
use crate::{stderr, stdout};

const STUDY: &str = "compare --methods pure,minibatch,shuffled --clock virtual --seconds 1 --repeat 2 --step-size auto:-4..-2 --out o";

fn asked(folder: &Path, command: &str) -> Output {
    let output = run_in(folder, &command.split(' ').collect::<Vec<_>>());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    output
}

fn read(folder: &Path, file: &str) -> String {
    fs::read_to_string(folder.join(file)).unwrap_or_default()
}

/// The traces of a study with when they were written and what is in them, unpacked: how it is packed
/// depends on when it came.
fn traces(folder: &Path) -> BTreeMap<String, (SystemTime, String)> {
    let files = fs::read_dir(folder.join("o/traces")).into_iter().flatten();
    let read = files.map(|file| {
        let path = file.unwrap().path();
        let written = fs::metadata(&path).unwrap().modified().unwrap();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let lines = asgrad::Trace::open(path).unwrap().lines().unwrap();
        let lines: Vec<_> = lines.map(|line| format!("{line:?}\n")).collect();
        (name, (written, lines.concat()))
    });
    read.collect()
}

/// Asks for the study and ends the program when this many runs are there.
#[cfg(unix)]
fn cut(folder: &Path, command_line: &str, signal: &str, n_runs: usize) {
    let mut command = command(folder, &command_line.split(' ').collect::<Vec<_>>());
    let command = command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    while read(folder, "o/runs.jsonl").lines().count() < n_runs {
        assert!(child.try_wait().unwrap().is_none(), "it was too fast");
        #[expect(
            clippy::disallowed_methods,
            reason = "another program is waited for on the real clock"
        )]
        std::thread::sleep(Duration::from_millis(1));
    }
    crate::kept::signal(&child, signal);
    assert!(!child.wait().unwrap().success());
}

#[cfg(unix)]
#[test]
fn a_study_that_was_killed_or_interrupted_is_completed_to_the_same_bits() {
    let whole = folder("completed-whole");
    let expected = stdout(&asked(&whole, STUDY));
    for signal in ["-KILL", "-INT"] {
        let folder = folder(&format!("completed{signal}"));
        cut(&folder, STUDY, signal, 3);
        let before = traces(&folder);
        let lines = read(&folder, "o/runs.jsonl");
        let again = asked(&folder, STUDY);
        let is_done = |line: &&str| !line.contains("\"stop_reason\":\"interrupted\"");
        let n_done = lines.lines().filter(is_done).count();
        let says = format!("{n_done} of 6 runs are in o already, and are not made again");
        assert!(stderr(&again).contains(&says), "{}", stderr(&again));
        assert_eq!(stdout(&again), expected);
        for file in [
            "runs.jsonl",
            "comparison.csv",
            "comparison.md",
            "compare.json",
        ] {
            let file = format!("o/{file}");
            assert_eq!(read(&folder, &file), read(&whole, &file), "{file}");
        }
        let after = traces(&folder);
        assert_eq!(after.len(), 6);
        let untouched = before.iter().filter(|(name, it)| after[*name] == **it);
        assert_eq!(untouched.count(), n_done);
    }
}

#[test]
fn what_is_damaged_is_made_again_and_nothing_else() {
    let folder = folder("completed-damaged");
    let laws = "compare --methods pure,minibatch --clock virtual --seconds 0.1 --repeat 2 --compute fixed,exponential --out o --format csv";
    let expected = stdout(&asked(&folder, laws));
    let lines = read(&folder, "o/runs.jsonl");
    let page = read(&folder, "o/report.html");
    let path = |name: &str| folder.join("o/traces").join(name);
    let before = traces(&folder);
    // A line is missing, a trace has lost its end, one its middle, and one is gone.
    let kept: Vec<_> = lines.lines().skip(1).collect();
    fs::write(folder.join("o/runs.jsonl"), kept.join("\n") + "\n{\"meth").unwrap();
    let cut = path("minibatch-fixed-seed1.jsonl.gz");
    let bytes = fs::read(&cut).unwrap();
    fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    let altered = path("pure-exponential-seed2.jsonl.gz");
    fs::copy(path("pure-exponential-seed1.jsonl.gz"), altered).unwrap();
    fs::remove_file(path("minibatch-exponential-seed2.jsonl.gz")).unwrap();
    let damaged = [
        "pure-fixed-seed1.jsonl.gz",
        "minibatch-fixed-seed1.jsonl.gz",
        "pure-exponential-seed2.jsonl.gz",
        "minibatch-exponential-seed2.jsonl.gz",
    ];
    let again = asked(&folder, laws);
    let said = stderr(&again);
    assert!(said.contains("4 of 8 runs are in o already"), "{said}");
    assert_eq!(stdout(&again), expected);
    assert_eq!(read(&folder, "o/runs.jsonl"), lines);
    assert_eq!(read(&folder, "o/report.html"), page);
    for (name, (written, bytes)) in traces(&folder) {
        assert!(bytes == before[&name].1, "{name}");
        let is_new = written != before[&name].0;
        assert_eq!(is_new, damaged.contains(&&*name), "{name}");
    }
    // All is there: the table is printed again. With --force it is all made anew.
    let again = asked(&folder, laws);
    assert!(stderr(&again).contains("8 of 8 runs"), "{}", stderr(&again));
    assert_eq!(stdout(&again), expected);
    let anew = asked(&folder, &format!("{laws} --force"));
    assert!(!stderr(&anew).contains("already"), "{}", stderr(&anew));
    assert_eq!(stdout(&anew), expected);
    assert!(
        traces(&folder)
            .iter()
            .all(|(name, it)| it.0 != before[name].0)
    );
}

#[test]
fn runs_of_seeds_are_completed_with_their_traces_and_models() {
    let folder = folder("completed-run");
    let run = "run random --updates 300 --clock virtual --repeat 3 --target-loss 1.5 --out o";
    let files = format!("{run} --trace t.jsonl --save-model m.npy");
    for (format, command) in [("table", run), ("json", run), ("csv", &files)] {
        let command = format!("{command} --format {format}");
        let expected = stdout(&asked(&folder, &format!("{command} --force")));
        let lines = read(&folder, "o/runs.jsonl");
        let first: Vec<_> = lines.lines().take(2).collect();
        fs::write(folder.join("o/runs.jsonl"), first.join("\n") + "\n").unwrap();
        let again = asked(&folder, &command);
        let said = stderr(&again);
        assert!(said.contains("2 of 3 runs are in o already"), "{said}");
        assert_eq!(stdout(&again), expected);
        assert_eq!(read(&folder, "o/runs.jsonl"), lines);
    }
    let objects: Result<Vec<Value>, _> = read(&folder, "o/runs.jsonl")
        .lines()
        .map(serde_json::from_str)
        .collect();
    assert!(objects.unwrap()[0]["time_to_target"].is_number());
    // A model of another run and a trace that is gone.
    fs::copy(folder.join("m-seed1.npy"), folder.join("m-seed2.npy")).unwrap();
    fs::remove_file(folder.join("t-seed3.jsonl")).unwrap();
    let again = asked(&folder, &files);
    let said = stderr(&again);
    assert!(said.contains("1 of 3 runs are in o already"), "{said}");
    assert!(folder.join("t-seed3.jsonl").exists());
}

#[test]
fn what_is_wrong_with_runs_is_said_whenever_they_are_shown() {
    let folder = folder("completed-warned");
    let rows = ",b,label\n0,1,0\n1,3,1\n2,2,0\n3,1,1\n4,2,1\n";
    fs::write(folder.join("d.csv"), rows).unwrap();
    let on_rows =
        "--data d.csv --problem least-squares --workers 2 --clock virtual --step-size 0.2";
    for study in [
        "run pure --updates 20 --repeat 2 --format json",
        "compare --methods pure,shuffled --seconds 0.02 --repeat 2",
    ] {
        let study = format!("{study} {on_rows} --out o --force");
        let said = |study: &str| {
            let said = stderr(&asked(&folder, study));
            let warnings = said.lines().filter(|line| line.starts_with("warning: "));
            warnings.collect::<Vec<_>>().join("\n")
        };
        let first = said(&study);
        for part in ["1 of 5 rows", "the model diverges", "counts the rows"] {
            assert!(first.contains(part), "{first}");
        }
        assert_eq!(said(study.trim_end_matches(" --force")), first);
        let lines = read(&folder, "o/runs.jsonl");
        assert!(lines.contains("\"unused_rows\":{\"unused\":1"), "{lines}");
    }
}

#[test]
fn a_study_with_another_file_of_the_same_name_is_refused() {
    let folder = folder("completed-files");
    let first = "run pure --data d.csv --workers 2 --updates 50 --clock virtual --save-model m.npy";
    let run = "run pure --data d.csv --test-data e.csv --start m.npy --compute c.csv --download fixed --download-times l.txt --updates 50 --clock virtual --out o";
    for (name, text) in [
        ("d.csv", "1,0,1\n0,1,0\n1,1,1\n0,0,0\n"),
        ("e.csv", "1,0,0\n0,1,1\n"),
        ("c.csv", "worker,seconds\n0,1\n0,3\n1,2\n"),
        ("l.txt", "1\n2\n"),
    ] {
        fs::write(folder.join(name), text).unwrap();
    }
    asked(&folder, first);
    asked(&folder, run);
    let says = format!("it holds the study `asgrad {run}` of other settings, data or arithmetic");
    let others = [
        ("d.csv", "2,0,1\n0,1,0\n1,1,1\n0,0,0\n"),
        ("e.csv", "1,0,1\n0,1,1\n"),
        // Of the same mean.
        ("c.csv", "worker,seconds\n0,2\n0,2\n1,2\n"),
        ("l.txt", "1\n3\n"),
    ];
    let model = fs::read(folder.join("m.npy")).unwrap();
    let mut other_model = model.clone();
    *other_model.last_mut().unwrap() ^= 1;
    let others = others.map(|(name, text)| (name, text.as_bytes().to_vec()));
    for (name, other) in others.into_iter().chain([("m.npy", other_model)]) {
        let before = fs::read(folder.join(name)).unwrap();
        fs::write(folder.join(name), other).unwrap();
        let output = run_in(&folder, &run.split(' ').collect::<Vec<_>>());
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{name}: {said}");
        assert!(said.contains(&says), "{said}");
        fs::write(folder.join(name), before).unwrap();
    }
    let again = stderr(&asked(&folder, run));
    assert!(again.contains("1 of 1 runs are in o already"), "{again}");
}

#[test]
fn a_trace_that_is_gone_is_named_with_what_makes_it_again_and_the_others_are_shown() {
    let folder = folder("completed-gone");
    let study = "compare --methods pure,minibatch --clock virtual --seconds 0.1 --repeat 1 --step-size 0.1 --out o";
    asked(&folder, study);
    let gone = "o/traces/pure-seed1.jsonl.gz";
    let there = "o/traces/minibatch-seed1.jsonl.gz";
    fs::remove_file(folder.join(gone)).unwrap();
    let says = format!(
        "{gone}: No such file or directory (os error 2); it was of a study, which is completed when it is asked for again: `asgrad {study}`"
    );
    let reported = asked(&folder, "report o");
    let said = stderr(&reported);
    assert!(said.contains(&format!("{says}; it is left out")), "{said}");
    assert!(read(&folder, "o/report.html").contains("minibatch-seed1"));
    for (traces, shown, last) in [
        (
            vec![gone, there],
            "conservation law",
            "1 of 2 traces were not explained",
        ),
        (vec![gone], "", &*says),
    ] {
        let explained = run_in(&folder, &[&["explain"], &traces[..]].concat());
        let (said, text) = (stderr(&explained), stdout(&explained));
        assert_eq!(explained.status.code(), Some(1), "{said}");
        assert!(
            said.contains(&says) && said.ends_with(&format!("{last}\n")),
            "{said}"
        );
        assert!(
            text.contains(shown) && !text.contains("Side by side"),
            "{text}"
        );
    }
    fs::remove_file(folder.join(there)).unwrap();
    let nothing = run_in(&folder, &["report", "o"]);
    assert_eq!(nothing.status.code(), Some(1));
    assert!(stderr(&nothing).contains(&says), "{}", stderr(&nothing));
    let again = asked(&folder, study);
    assert!(!stderr(&again).contains("already"), "{}", stderr(&again));
    assert!(folder.join(gone).exists() && folder.join(there).exists());
}
