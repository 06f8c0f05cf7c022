//! What becomes of a run whose trace is written to a disk that does not keep up: here a pipe that
//! nobody reads.
#![cfg(unix)]

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use asgrad::explain::{Explanation, Verdict};
use asgrad::replay::ReplayError;
use asgrad::{Clock, Experiment, Law, Replay, Summary, Trace, from_fn};
use crossbeam_channel::after;
use ps_core::sync::Mutex;

use crate::support::{cluster, linear, pull, scratch_file};

/// More lines than a trace keeps in memory.
const UPDATES: u64 = 100_000;

fn pipe(name: &str) -> PathBuf {
    let path = scratch_file(name);
    let made = Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    path
}

/// Runs a schedule whose trace goes into a pipe. Returns how far it came while nobody read, what it
/// ended with, and all that it wrote.
fn run(path: &Path, drops: bool) -> (u64, Summary, String) {
    // Opened before the run, which otherwise waits for a reader before it begins.
    let opener = {
        let path = path.to_owned();
        thread::Builder::new().spawn(move || fs::File::open(path).unwrap())
    };
    let session = Experiment::<f64>::schedule_only()
        .clock(Clock::Virtual)
        .cluster(cluster(&linear(3), Law::fixed()))
        .updates(UPDATES)
        .trace(path)
        .trace_drops(drops)
        .build()
        .unwrap();
    let store = session.store();
    let mut reader = opener.unwrap().join().unwrap();
    let run = thread::Builder::new()
        .spawn(move || session.run().unwrap())
        .unwrap();
    let mut version = store.version().number();
    loop {
        after(Duration::from_millis(200)).recv().unwrap();
        let now = store.version().number();
        if now == version && now > 0 {
            break;
        }
        version = now;
    }
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    (version, run.join().unwrap(), text)
}

fn count(text: &str, event: &str) -> u64 {
    text.matches(&format!("{{\"event\":\"{event}\"")).count() as u64
}

#[test]
fn a_slow_disk_slows_the_run_and_loses_no_line() {
    let path = pipe("slow-disk.jsonl");
    let (version, summary, text) = run(&path, false);
    assert!(
        version < UPDATES / 2,
        "{version} updates were kept in memory"
    );
    assert_eq!(summary.updates, UPDATES);
    assert_eq!(count(&text, "received"), UPDATES);
    let copy = scratch_file("slow-disk-copy.jsonl");
    fs::write(&copy, text).unwrap();
    let replayed = Replay::<f64>::new(&Trace::open(&copy).unwrap())
        .run()
        .unwrap();
    assert_eq!(replayed.divergence, None);
}

#[test]
fn a_trace_that_may_drop_lines_does_not_slow_the_run_and_cannot_be_replayed() {
    let path = pipe("slow-disk-drops.jsonl");
    let (version, _, text) = run(&path, true);
    assert_eq!(version, UPDATES, "it waited for the disk");
    let stopped = text.lines().last().unwrap();
    let stopped: serde_json::Value = serde_json::from_str(stopped).unwrap();
    let dropped = stopped["dropped"].as_u64().unwrap();
    let lines = count(&text, "received") + count(&text, "assigned");
    assert_eq!(lines + dropped, UPDATES + 3, "what is missing is counted");
    let copy = scratch_file("slow-disk-drops-copy.jsonl");
    fs::write(&copy, text).unwrap();
    match Replay::<f64>::new(&Trace::open(&copy).unwrap()).run() {
        Err(ReplayError::Dropped { lines }) => assert_eq!(lines, dropped),
        other => panic!("{other:?}"),
    }
    // Without its last line it does not say how many are missing, but that some may be.
    let text = fs::read_to_string(&copy).unwrap();
    let cut = text.trim_end().rfind('\n').unwrap() + 1;
    fs::write(&copy, &text[..cut]).unwrap();
    let trace = Trace::open(&copy).unwrap();
    match Replay::<f64>::new(&trace).run() {
        Err(error @ ReplayError::MayLackLines) => {
            assert!(error.to_string().contains("may lack lines"), "{error}");
        }
        other => panic!("{other:?}"),
    }
    let conservation = Explanation::of(&trace).unwrap().conservation;
    assert_eq!(conservation.verdict, Verdict::MayLackLines);
}

/// 300 gradients are not a batch, and then nothing happens: no event that could pass them on.
#[test]
fn a_run_that_has_become_quiet_keeps_no_line_back() {
    for name in ["quiet.jsonl", "quiet.jsonl.gz"] {
        let path = scratch_file(name);
        let (let_go, wait) = mpsc::channel::<()>();
        let wait = Mutex::new(wait);
        let oracle = from_fn(1, move |job, x: &[f64], out: &mut [f64]| {
            out[0] = x[0];
            if job.job().number() >= 300 {
                let _ = wait.lock().recv();
            }
        });
        let session = Experiment::new(oracle).workers(2).updates(310).trace(&path);
        let session = session.build().unwrap();
        let run = thread::Builder::new()
            .spawn(move || session.run().unwrap())
            .unwrap();
        let is_written = || {
            let lines = Trace::open(&path).map(|trace| trace.lines().unwrap().count());
            lines.is_ok_and(|lines| lines >= 299)
        };
        let mut patience = 40;
        while !is_written() && patience > 0 {
            after(Duration::from_millis(50)).recv().unwrap();
            patience -= 1;
        }
        let in_time = is_written();
        drop(let_go);
        assert_eq!(run.join().unwrap().updates, 310);
        assert!(in_time, "{name}");
        let replayed = Replay::new(&Trace::open(&path).unwrap())
            .oracle(pull::<f64>())
            .run();
        assert_eq!(replayed.unwrap().divergence, None, "{name}");
    }
}
