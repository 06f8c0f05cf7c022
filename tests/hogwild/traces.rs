//! What a trace of Hogwild! says, and what it does not.

use std::fs;
use std::path::PathBuf;

use asgrad::explain::{Activity, Explanation, Verdict};
use asgrad::theory::TheoryMeter;
use asgrad::{
    Clock, Experiment, Law, Line, Objective, OnLoss, Oracle, Replay, Stopped, Summary, Trace,
    write_perfetto,
};

use crate::support::failing::{failing, problem};
use crate::support::{cluster, linear, quadratic, scratch_file};

/// A run on threads that wait a millisecond or two, and download and upload.
fn recorded(name: &str, on_loss: OnLoss) -> (PathBuf, Summary) {
    let path = scratch_file(name);
    let oracle = failing(problem::<f64>(3, 2), move |worker, job| {
        on_loss == OnLoss::Continue && worker == 2 && job > 5
    });
    let cluster = cluster(&linear(3), Law::Fixed);
    let summary = Experiment::with_objective(oracle)
        .method("hogwild")
        .cluster(cluster.download(Law::Fixed).upload(Law::Fixed))
        .on_lost_worker(on_loss)
        .evaluate_every(10)
        .updates(30)
        .trace(&path)
        .run()
        .unwrap();
    (path, summary)
}

#[test]
fn no_line_of_its_trace_has_a_version() {
    let (path, summary) = recorded("hogwild-lines.jsonl", OnLoss::Continue);
    let text = fs::read_to_string(&path).unwrap();
    let (first, rest) = text.split_once('\n').unwrap();
    assert!(first.contains(r#""method":"hogwild""#) && first.contains(r#""access":"dense""#));
    for line in rest.lines() {
        for absent in ["version", "staleness", "\"age\"", "concurrency"] {
            assert!(!line.contains(absent), "{line}");
        }
    }
    let trace = Trace::open(&path).unwrap();
    let mut lines = trace.lines().unwrap();
    let lines_read: Vec<Line> = lines.by_ref().map(|line| line.unwrap().1).collect();
    assert_eq!(lines.altered(), None);
    let count = |what: fn(&Line) -> bool| lines_read.iter().filter(|line| what(line)).count();
    assert_eq!(count(|line| matches!(line, Line::Added(_))), 30);
    assert_eq!(count(|line| matches!(line, Line::Gone(_))), 1);
    let Some(Line::Stopped(Stopped { version, reads, .. })) = lines_read.last() else {
        panic!("{:?}", lines_read.last());
    };
    assert_eq!((version.number(), *reads), (30, summary.reads));
}

#[test]
fn a_line_that_was_altered_is_named_and_a_version_is_an_error() {
    let (path, _) = recorded("hogwild-altered.jsonl", OnLoss::Stop);
    let text = fs::read_to_string(&path).unwrap();
    let altered = |from: &str, to: &str| {
        let lines = text.lines().enumerate();
        let lines = lines.map(|(number, line)| match number {
            4 => line.replacen(from, to, 1),
            _ => line.to_owned(),
        });
        fs::write(&path, lines.collect::<Vec<_>>().join("\n") + "\n").unwrap();
        Explanation::of(&Trace::open(&path).unwrap())
    };
    let explained = altered(r#""step_size":0.1"#, r#""step_size":0.2"#).unwrap();
    assert_eq!(explained.altered, Some(5));
    let error = altered(r#""action""#, r#""version":0,"action""#).unwrap_err();
    let error = error.to_string();
    assert!(error.contains("line 5: there is a `version`"), "{error}");
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
            assert_eq!((worker.staleness_max, worker.staleness_mean), (None, None));
        }
        assert_eq!((explained.updates, explained.gradients), (30, 30));
        assert_eq!(explained.conservation.verdict, Verdict::NoVersions);
        assert_eq!(explained.reads, summary.reads);
        assert_eq!(explained.lost, u64::from(on_loss == OnLoss::Continue));
        let mut drawn = Vec::new();
        write_perfetto(&Trace::open(&path).unwrap(), &mut drawn).unwrap();
        let drawn: serde_json::Value = serde_json::from_slice(&drawn).unwrap();
        assert!(drawn["traceEvents"].as_array().unwrap().len() > 60);
    }
}

#[test]
fn what_is_not_known_is_null_and_never_zero() {
    let (path, summary) = recorded("hogwild-json.jsonl", OnLoss::Stop);
    let object = serde_json::to_value(&summary).unwrap();
    assert!(object["staleness"].is_null() && object["concurrency"].is_null());
    assert_eq!(object["reads"]["sampled"], summary.reads.unwrap().sampled);
    let explained = Explanation::of(&Trace::open(&path).unwrap()).unwrap();
    let object = serde_json::to_value(&explained).unwrap();
    assert_eq!(object["staleness"].get("max"), None);
    assert_eq!(object["concurrency"].get("max"), None);
    assert_eq!(object["stopped"].get("version"), None);
    assert_eq!(object["stopped"]["updates"], 30);
    assert_eq!(object["evaluations"][1]["updates"], 10);
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
    assert!(error.unwrap_err().to_string().contains("no versions"));
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
