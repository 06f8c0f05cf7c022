//! Runs on real threads, recorded and run again on one thread: the same bits, and nothing that was altered goes unseen.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use asgrad::{
    Cluster, Ending, Experiment, Law, Objective, OnLoss, Oracle, Replay, ReplayError, Replayed,
    RunError, Scalar, Serving, StopReason, Threads, Trace, TraceError,
};
use methods::rules::{self, Outstanding};
use methods::{Arrival, Gradient, Method, Server};
use problems::{Batch, ProblemSpec};
use ps_core::{JobContext, OracleError, Purpose, Seed, WorkerId};
use rand::{Rng, RngExt};
use serde_json::Value;

use crate::support::{cluster, linear, scratch_file};

/// A problem whose workers may fail from some job on.
struct Failing<T: Scalar> {
    objective: Arc<dyn Objective<T>>,
    fails: fn(worker: usize, job: u64) -> bool,
}

impl<T: Scalar> Oracle<T> for Failing<T> {
    fn dim(&self) -> usize {
        self.objective.dim()
    }

    fn n_workers(&self) -> Option<usize> {
        self.objective.n_workers()
    }

    fn gradient(
        &self,
        job: &mut JobContext<'_>,
        x: &[T],
        out: &mut [T],
    ) -> Result<(), OracleError> {
        if (self.fails)(job.worker().index(), job.job().number()) {
            return Err("out of \"luck\"".into());
        }
        self.objective.gradient(job, x, out)
    }
}

impl<T: Scalar> Objective<T> for Failing<T> {
    fn loss(&self, x: &[T]) -> f64 {
        self.objective.loss(x)
    }

    fn full_gradient(&self, x: &[T], out: &mut [T]) {
        self.objective.full_gradient(x, out);
    }
}

fn problem<T: Scalar>(n_workers: usize, seed: u64) -> Failing<T> {
    let spec = ProblemSpec {
        rows: Some(3 * n_workers),
        batch: Batch::Size(2.try_into().unwrap()),
        ..ProblemSpec::new("synthetic:1,1".parse().unwrap(), n_workers, Seed::new(seed))
    };
    Failing {
        objective: spec.load().unwrap().objective,
        fails: |_, _| false,
    }
}

/// What is drawn for one run.
#[derive(Clone, Debug)]
struct Case {
    method: String,
    n_workers: usize,
    concurrency: Option<usize>,
    laws: [Law; 3],
    serving: Serving,
    seed: u64,
    fails: fn(usize, u64) -> bool,
}

fn draw(rng: &mut impl Rng) -> Case {
    let named = &rules::ALL[rng.random_range(0..rules::ALL.len())];
    // Few workers more often than many.
    let n_workers = 1 << rng.random_range(0..=6u32);
    let n_workers = rng.random_range(n_workers / 2..=n_workers).max(1);
    let concurrency = (named.outstanding == Outstanding::Choice && rng.random())
        .then(|| rng.random_range(1..=2 * n_workers));
    let outstanding = concurrency.unwrap_or(n_workers);
    let method = match named.keys.first() {
        Some(key) if rng.random() => {
            let value = rng.random_range(1..=outstanding);
            format!("{}:{}={value}", named.name, key.name)
        }
        _ => named.name.to_owned(),
    };
    let mut law = || Law::ALL[rng.random_range(0..Law::ALL.len())].0;
    let laws = [law(), law(), law()];
    Case {
        method,
        n_workers,
        concurrency,
        laws,
        serving: match rng.random() {
            true => Serving::Combining,
            false => Serving::Thread,
        },
        seed: rng.random(),
        fails: match rng.random_range(0..4) {
            0 => |worker, job| worker % 3 == 1 && job > 40,
            _ => |_, _| false,
        },
    }
}

/// Records a run, and returns its hash and what it ended with.
fn record<T: Scalar>(case: &Case, path: &Path) -> (String, StopReason) {
    let [compute, download, upload] = case.laws;
    let unit = Duration::from_micros(5);
    let cluster = Cluster::new(vec![1.0; case.n_workers], unit).unwrap();
    let mut experiment = Experiment::with_objective(Failing {
        fails: case.fails,
        ..problem::<T>(case.n_workers, case.seed)
    })
    .method(&case.method)
    .cluster(cluster.compute(compute).download(download).upload(upload))
    .threads(Threads::default().serving(case.serving))
    .on_loss(OnLoss::Continue)
    .seed(case.seed)
    .step_size(0.01)
    .updates(100)
    .evaluate_every(7)
    .trace(path);
    if let Some(jobs) = case.concurrency {
        experiment = experiment.concurrency(jobs);
    }
    let summary = match experiment.run() {
        Ok(summary) => summary,
        Err(RunError::Failed(summary)) => *summary,
        Err(error) => panic!("{case:?}: {error}"),
    };
    (summary.model_hash, summary.stop_reason)
}

fn record_and_replay<T: Scalar>(case: &Case, path: &Path) {
    let (hash, reason) = record::<T>(case, path);
    let objective = problem::<T>(case.n_workers, case.seed);
    let replay = Replay::new(&Trace::open(path).unwrap()).objective(objective);
    let replayed = replay
        .run()
        .unwrap_or_else(|error| panic!("{case:?}: {error}"));
    assert_eq!(replayed.divergence, None, "{case:?}, {reason}");
    assert_eq!(
        asgrad::model_hash(replayed.model.values()),
        hash,
        "{case:?}"
    );
    assert_eq!(replayed.ending, Some(Ending::Whole));
    assert!(replayed.versions_compared > 0);
}

#[test]
fn two_hundred_random_runs_on_threads_replay_bit_for_bit() {
    let mut rng = Seed::new(7).stream_of_run(Purpose::Assignment);
    for number in 0..200 {
        let case = draw(&mut rng);
        let name = match number % 2 {
            0 => "replay.jsonl",
            _ => "replay.jsonl.zst",
        };
        let path = scratch_file(name);
        match rng.random() {
            true => record_and_replay::<f64>(&case, &path),
            false => record_and_replay::<f32>(&case, &path),
        }
    }
}

/// Steps with what is fresh enough, and lets go of the rest.
#[derive(Debug)]
struct Fresh(u64);

impl Method for Fresh {
    fn start(&mut self, server: &mut Server<'_>) {
        for worker in (0..server.n_workers()).map(WorkerId::new) {
            server.assign(worker);
        }
    }

    fn on_gradient(&mut self, arrival: &Arrival, gradient: Gradient<'_>, server: &mut Server<'_>) {
        if arrival.staleness < self.0 {
            server.step(gradient, 0.01);
        }
        server.assign(arrival.worker);
    }

    fn on_worker_lost(&mut self, _worker: WorkerId, _server: &mut Server<'_>) {}
}

#[test]
fn a_method_of_ones_own_that_discards_gradients_is_replayed() {
    let path = scratch_file("replay-discards.jsonl");
    let experiment = Experiment::with_objective(problem::<f32>(8, 3));
    let summary = experiment
        .own_method("fresh", Box::new(Fresh(5)))
        .updates(400)
        .trace(&path)
        .run()
        .unwrap();
    assert!(summary.discarded > 0, "nothing was stale");
    let trace = Trace::open(&path).unwrap();
    let replay = |method| {
        let replay = Replay::new(&trace).objective(problem::<f32>(8, 3));
        replay.own_method(Box::new(method)).run().unwrap()
    };
    let replayed = replay(Fresh(5));
    assert_eq!(replayed.divergence, None);
    assert_eq!(
        asgrad::model_hash(replayed.model.values()),
        summary.model_hash
    );
    let other = replay(Fresh(4)).divergence.unwrap();
    assert_eq!(
        (&other.field[..], &other.expected[..]),
        ("action", "\"applied\"")
    );
    let unknown = Replay::new(&trace).objective(problem::<f32>(8, 3)).run();
    assert!(
        matches!(unknown, Err(ReplayError::Method(_))),
        "{unknown:?}"
    );
}

#[test]
fn a_worker_that_hangs_is_lost_again() {
    let oracle = |sleeps: bool| {
        asgrad::from_fn(1, move |job, x: &[f64], out: &mut [f64]| {
            out[0] = x[0] - 1.0;
            if sleeps && job.worker().index() == 1 && job.job().number() > 10 {
                let deaf = crossbeam_channel::after(Duration::from_millis(300));
                deaf.recv().unwrap();
            }
        })
    };
    let path = scratch_file("replay-hung.jsonl");
    let threads = Threads::default().job_limit(Duration::from_millis(60));
    let experiment = Experiment::new(oracle(true)).workers(3).threads(threads);
    let experiment = experiment.cluster(cluster(&[1.0; 3], Law::Fixed));
    let experiment = experiment.on_loss(OnLoss::Continue).updates(300);
    experiment.trace(&path).run().unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("\"lost\""), "nobody was lost");
    let replayed = Replay::new(&Trace::open(&path).unwrap()).oracle(oracle(false));
    assert_eq!(replayed.run().unwrap().divergence, None);
}

const WORKERS: usize = 3;

/// A trace with lines of most kinds: updates along sums, lost jobs, evaluations.
fn small_trace(path: &Path) -> Vec<Value> {
    let run = Experiment::with_objective(Failing {
        fails: |worker, job| worker == 2 && job > 15,
        ..problem::<f64>(WORKERS, 1)
    });
    run.method("fedbuff:b=2")
        .concurrency(5)
        .clock(asgrad::Clock::Virtual)
        .cluster(cluster(&linear(3), Law::Exponential).download(Law::Fixed))
        .on_loss(OnLoss::Continue)
        .updates(15)
        .evaluate_every(5)
        .trace(path)
        .run()
        .unwrap();
    let text = fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn write(path: &Path, lines: &[Value]) {
    let lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
    fs::write(path, lines).unwrap();
}

fn replay(path: &Path) -> Result<Replayed, ReplayError> {
    let trace = Trace::open(path)?;
    Replay::new(&trace)
        .objective(problem::<f64>(WORKERS, 1))
        .run()
}

/// The line that a replay finds fault with.
fn fault(path: &Path) -> Option<u64> {
    match replay(path) {
        Ok(replayed) => replayed.divergence.map(|divergence| divergence.line),
        Err(ReplayError::Trace(TraceError::Line { line, .. })) => Some(line),
        Err(ReplayError::Trace(TraceError::NotATrace { .. }) | ReplayError::Altered) => Some(1),
        Err(error) => panic!("{error}"),
    }
}

/// Something else of the same kind.
fn altered(value: &Value) -> Value {
    match value {
        Value::Number(number) if number.is_u64() => (number.as_u64().unwrap() ^ 1).into(),
        Value::Number(number) => (number.as_f64().unwrap() * 1.25 + 1e-6).into(),
        Value::String(text) if text == "held" => "discarded".into(),
        Value::String(text) => {
            let digit = |c: char| if c == '0' { '1' } else { '0' };
            let altered = text
                .chars()
                .map(|c| if c.is_ascii_digit() { digit(c) } else { c });
            let altered: String = altered.collect();
            if altered == *text {
                format!("{text}!").into()
            } else {
                altered.into()
            }
        }
        Value::Object(_) => serde_json::json!({"asgrad": "another"}),
        other => panic!("{other}"),
    }
}

#[test]
fn whatever_is_altered_is_found_at_its_line() {
    let path = scratch_file("replay-altered.jsonl");
    let lines = small_trace(&path);
    assert_eq!(fault(&path), None);
    let kinds = [
        "received",
        "updated",
        "lost",
        "assigned",
        "left",
        "evaluated",
        "stopped",
    ];
    for kind in kinds {
        assert!(lines.iter().any(|line| line["event"] == kind), "{kind}");
    }
    let mut altered_fields = 0;
    for (index, line) in lines.iter().enumerate() {
        for field in line.as_object().unwrap().keys() {
            let mut lines = lines.clone();
            lines[index][field] = altered(&line[field]);
            write(&path, &lines);
            assert_eq!(fault(&path), Some(index as u64 + 1), "{field} of {line}");
            altered_fields += 1;
        }
    }
    assert!(altered_fields > 500, "{altered_fields}");
}

#[test]
fn a_line_that_says_what_did_not_happen_is_told_from_what_did() {
    let path = scratch_file("replay-told.jsonl");
    let mut lines = small_trace(&path);
    let held = lines
        .iter()
        .position(|line| line["action"] == "held")
        .unwrap();
    lines[held]["action"] = "discarded".into();
    write(&path, &lines);
    let message = replay(&path).unwrap().divergence.unwrap().to_string();
    let expected =
        "line 2, at version 0: action is \"discarded\" in the trace and \"held\" in the replay";
    assert_eq!(message, expected);
}

#[test]
fn a_trace_without_checks_is_compared_all_the_same() {
    let path = scratch_file("replay-unchecked.jsonl");
    let mut lines = small_trace(&path);
    for line in &mut lines {
        line.as_object_mut().unwrap().remove("check");
    }
    write(&path, &lines);
    assert_eq!(fault(&path), None);
    let held = lines
        .iter()
        .rposition(|line| line["action"] == "held")
        .unwrap();
    lines[held]["concurrency"] = 77.into();
    write(&path, &lines);
    assert_eq!(fault(&path), Some(held as u64 + 1));
}

#[test]
fn lines_that_are_missing_doubled_or_swapped_are_found() {
    let path = scratch_file("replay-order.jsonl");
    let lines = small_trace(&path);
    for index in 1..lines.len() - 1 {
        for alter in [0, 1, 2] {
            let mut lines = lines.clone();
            match alter {
                0 => drop(lines.remove(index)),
                1 => lines.insert(index, lines[index].clone()),
                _ => lines.swap(index, index + 1),
            }
            write(&path, &lines);
            let fault = fault(&path).unwrap();
            let near = index as u64 + 1..=index as u64 + 2;
            assert!(near.contains(&fault), "{alter} at {index}: {fault}");
        }
    }
}

#[test]
fn a_truncated_trace_replays_up_to_its_last_whole_line() {
    let path = scratch_file("replay-cut.jsonl");
    small_trace(&path);
    let text = fs::read_to_string(&path).unwrap();
    let header = text.find('\n').unwrap() + 1;
    for end in (header..text.len()).step_by(37) {
        fs::write(&path, &text[..end]).unwrap();
        let replayed = replay(&path).unwrap();
        assert_eq!(replayed.divergence, None, "cut at {end}");
        let last_line = text[..end].matches('\n').count() as u64;
        assert_eq!(replayed.lines, last_line);
        assert_eq!(replayed.ending, Some(Ending::Truncated { last_line }));
    }
}

#[test]
fn a_version_in_the_middle_is_the_one_that_was_evaluated() {
    let path = scratch_file("replay-until.jsonl");
    let lines = small_trace(&path);
    for line in lines.iter().filter(|line| line["event"] == "evaluated") {
        let version = line["version"].as_u64().unwrap();
        let trace = Trace::open(&path).unwrap();
        let replay = Replay::new(&trace)
            .objective(problem::<f64>(WORKERS, 1))
            .until(version);
        let model = replay.run().unwrap().model;
        assert_eq!(model.version().number(), version);
        assert_eq!(asgrad::model_hash(model.values()), line["model_hash"]);
    }
    let replay = Replay::new(&Trace::open(&path).unwrap()).objective(problem::<f64>(WORKERS, 1));
    let error = replay.until(16).run().unwrap_err().to_string();
    assert_eq!(error, "version 16 is not in the trace: its last one is 15");
}

#[test]
fn what_it_was_not_recorded_with_is_refused() {
    let path = scratch_file("replay-refused.jsonl");
    small_trace(&path);
    let trace = Trace::open(&path).unwrap();
    let refuse = |replay: Replay| replay.run().unwrap_err().to_string();
    let message = "the trace is of 600 parameters, and the problem has 0";
    assert_eq!(refuse(Replay::new(&trace)), message);
    let message = "the trace is of 3 workers, and the data is for 4";
    assert_eq!(
        refuse(Replay::new(&trace).objective(problem::<f64>(4, 1))),
        message
    );
    let other = Replay::new(&trace)
        .objective(problem::<f64>(3, 1))
        .start(vec![1.0; 600]);
    assert!(refuse(other).contains("another model"));
    let error = Replay::<f32>::new(&trace).run().unwrap_err().to_string();
    assert_eq!(error, "the trace is of a model in f64, not in f32");
    // Other data: the first gradient makes another model, which the next evaluated version shows.
    let other = Replay::new(&trace)
        .objective(problem::<f64>(3, 2))
        .run()
        .unwrap();
    assert_eq!(other.divergence.unwrap().field, "gradient_norm");
}
