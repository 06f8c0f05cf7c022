//! What a trace of Hogwild! says, and what it does not.

use std::fs;
use std::path::PathBuf;

use asgrad::explain::write_perfetto;
use asgrad::explain::{Activity, Explanation, Verdict};
use asgrad::theory::TheoryMeter;
use asgrad::trace::{LastLine, Line, TraceError};
use asgrad::{Clock, Experiment, Law, Objective, OnLoss, Oracle, Replay, Summary, Trace};

use crate::support::failing::{failing, problem};
use crate::support::{cluster, linear, quadratic, scratch_file};

/// A run on threads that wait a millisecond or two, and download and upload.
fn recorded(name: &str, on_loss: OnLoss) -> (PathBuf, Summary) {
    let path = scratch_file(name);
    let oracle = failing(problem::<f64>(3, 2), move |worker, job| {
        on_loss == OnLoss::Continue && worker == 2 && job > 5
    });
    let cluster = cluster(&linear(3), Law::fixed());
    let summary = Experiment::with_objective(oracle)
        .method("hogwild")
        .cluster(cluster.download(Law::fixed()).upload(Law::fixed()))
        .on_lost_worker(on_loss)
        .evaluate_every(10)
        .updates(30)
        .trace(&path)
        .run()
        .unwrap();
    (path, summary)
}

#[test]
fn its_lines_are_those_of_any_run_and_its_last_one_tells_of_reads() {
    let (path, summary) = recorded("hogwild-lines.jsonl", OnLoss::Continue);
    let text = fs::read_to_string(&path).unwrap();
    let (first, _) = text.split_once('\n').unwrap();
    assert!(
        first.contains(r#""format":2,"kernels":2,"method":"hogwild""#),
        "{first}"
    );
    assert!(first.contains(r#""access":"dense""#), "{first}");
    let trace = Trace::open(&path).unwrap();
    let mut lines = trace.lines().unwrap();
    let lines_read: Vec<Line> = lines.by_ref().map(|line| line.unwrap().1).collect();
    assert_eq!(lines.altered(), None);
    let count = |word: &str| lines_read.iter().filter(|line| line.word() == word).count();
    assert_eq!((count("received"), count("lost")), (30, 1));
    let Some(Line::Last(LastLine { version, reads, .. })) = lines_read.last() else {
        panic!("{:?}", lines_read.last());
    };
    assert_eq!((version.number(), *reads), (30, summary.reads));
    assert!(reads.is_some());
}

#[test]
fn a_line_that_was_altered_is_named() {
    let (path, _) = recorded("hogwild-altered.jsonl", OnLoss::Stop);
    let text = fs::read_to_string(&path).unwrap();
    let lines = text.lines().enumerate();
    let lines = lines.map(|(number, line)| match number {
        4 => line.replacen(r#""step_size":0.1"#, r#""step_size":0.2"#, 1),
        _ => line.to_owned(),
    });
    fs::write(&path, lines.collect::<Vec<_>>().join("\n") + "\n").unwrap();
    let explained = Explanation::of(&Trace::open(&path).unwrap()).unwrap();
    assert_eq!(explained.altered, Some(5));
}

/// As it was before updates had tickets.
#[test]
fn a_trace_without_versions_is_refused_by_name() {
    let (path, _) = recorded("hogwild-old.jsonl", OnLoss::Stop);
    let text = fs::read_to_string(&path).unwrap();
    let old = text.replacen(r#""format":2"#, r#""format":1"#, 1);
    fs::write(&path, old).unwrap();
    let error = Trace::open(&path).unwrap_err();
    assert!(matches!(error, TraceError::HogwildWithoutVersions { .. }));
    let error = error.to_string();
    assert!(error.contains("hogwild in format 1"), "{error}");
    assert!(error.contains("record it again"), "{error}");
}

#[test]
fn the_time_of_each_worker_adds_up_to_the_time_of_the_run() {
    for (name, on_loss) in [
        ("hogwild-times-1.jsonl", OnLoss::Stop),
        ("hogwild-times-2.jsonl", OnLoss::Continue),
    ] {
        let (path, summary) = recorded(name, on_loss);
        let explained = Explanation::of(&Trace::open(&path).unwrap()).unwrap();
        assert_eq!(explained.duration.as_secs_f64(), summary.seconds);
        assert_eq!(explained.impossible_times, 0);
        for worker in &explained.workers {
            assert_eq!(worker.times.total(), explained.duration, "{worker:?}");
            assert!(worker.unaccounted.is_zero() && worker.beyond.is_zero());
            assert!(!worker.times.at(Activity::Download).is_zero());
            assert_eq!(worker.staleness_max.is_some(), worker.gradients > 0);
        }
        assert_eq!((explained.updates, explained.gradients), (30, 30));
        assert_eq!(explained.conservation.verdict, Verdict::Holds);
        assert_eq!(explained.reads, summary.reads);
        assert_eq!(explained.lost, u64::from(on_loss == OnLoss::Continue));
        let mut drawn = Vec::new();
        write_perfetto(&Trace::open(&path).unwrap(), &mut drawn).unwrap();
        let drawn: serde_json::Value = serde_json::from_slice(&drawn).unwrap();
        assert!(drawn["traceEvents"].as_array().unwrap().len() > 60);
    }
}

#[test]
fn its_json_is_that_of_any_run_and_tells_of_reads() {
    let (path, summary) = recorded("hogwild-json.jsonl", OnLoss::Stop);
    let object = serde_json::to_value(&summary).unwrap();
    assert!(object["staleness"]["max"].is_u64() && object["concurrency"]["max"].is_u64());
    assert_eq!(object["reads"]["sampled"], summary.reads.unwrap().sampled);
    let explained = Explanation::of(&Trace::open(&path).unwrap()).unwrap();
    let object = serde_json::to_value(&explained).unwrap();
    assert_eq!(object["staleness"]["max"], summary.staleness.max);
    assert_eq!(object["stopped"]["version"], 30);
    assert_eq!(object["evaluations"][1]["version"], 10);
}

#[test]
fn the_model_is_looked_at_when_so_many_updates_are_known() {
    let (_, summary) = recorded("hogwild-looks.jsonl", OnLoss::Stop);
    let looks: Vec<u64> = summary
        .evaluations
        .iter()
        .map(|e| e.version.number())
        .collect();
    assert_eq!(looks, [0, 10, 20, 30]);
    assert!(summary.evaluations.is_sorted_by_key(|e| e.time));
    let last = summary.evaluations.last().unwrap();
    assert_eq!(
        (last.time.as_secs_f64(), Some(last.loss)),
        (summary.seconds, summary.loss)
    );
    let problem = problem::<f64>(3, 2);
    let start = vec![0.0; problem.dim()];
    assert_eq!(summary.evaluations[0].loss, problem.loss(&start));
}

#[test]
fn there_is_nothing_to_replay_but_others_can_be_played_on_its_machine() {
    let (path, summary) = recorded("hogwild-replay.jsonl", OnLoss::Stop);
    let trace = Trace::open(&path).unwrap();
    let error = Replay::new(&trace).oracle(problem::<f64>(3, 2)).run();
    let error = error.unwrap_err().to_string();
    assert!(error.contains("there is nothing to replay"), "{error}");
    let error = TheoryMeter::new(&trace, problem::<f64>(3, 2)).measure();
    let error = error.unwrap_err().to_string();
    assert!(error.contains("there is nothing to replay"), "{error}");
    let other = Experiment::with_objective(quadratic(&[0.0; 3]))
        .method("pure")
        .cluster(trace.cluster().unwrap())
        .clock(Clock::Virtual)
        .updates(30)
        .run()
        .unwrap();
    // The same jobs in the same time, but for what adding took.
    assert!(other.seconds <= summary.seconds && other.seconds > 0.5 * summary.seconds);
}
