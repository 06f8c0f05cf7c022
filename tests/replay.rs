//! Runs on real threads, recorded and run again on one thread: the same bits.

use std::path::Path;
use std::time::Duration;

use asgrad::replay::ReplayError;
use asgrad::trace::Ending;
use asgrad::workers::Serving;
use asgrad::{
    Cluster, Experiment, Law, OnLoss, Replay, RunError, Scalar, StopReason, Threads, Trace,
};
use methods::rules::{self, Outstanding, Weighing};
use methods::{Arrival, Gradient, Method, Server};
use ps_core::{Purpose, Seed, WorkerId};
use rand::{Rng, RngExt};

use crate::support::failing::{failing, problem};
use crate::support::rules::{CORRECTIONS, OPTIMIZERS, STEP_RULES, shaped, step_rule};
use crate::support::{cluster, scratch_file};

/// What is drawn for one run.
#[derive(Clone, Debug)]
struct Case {
    method: String,
    step_rule: &'static str,
    /// Corrections and optimizers, as they are typed.
    lists: (String, String),
    n_workers: usize,
    concurrency: Option<usize>,
    updates: u64,
    laws: [Law; 3],
    serving: Serving,
    seed: u64,
    fails: fn(usize, u64) -> bool,
}

/// None, one or two of these, separated by commas.
fn draw_list(rng: &mut impl Rng, choices: &[&'static str]) -> String {
    let n = rng.random_range(0..=2);
    let mut one = || choices[rng.random_range(0..choices.len())];
    let list: Vec<_> = (0..n).map(|_| one()).collect();
    list.join(",")
}

fn draw(rng: &mut impl Rng) -> Case {
    let named = &rules::ALL[rng.random_range(0..rules::ALL.len())];
    // Few workers more often than many.
    let n_workers = 1 << rng.random_range(0..=6u32);
    let n_workers = rng.random_range(n_workers / 2..=n_workers).max(1);
    let concurrency = (named.what.outstanding == Outstanding::Choice && rng.random())
        .then(|| rng.random_range(1..=2 * n_workers));
    let outstanding = concurrency.unwrap_or(n_workers);
    let method = match named.parameters.first() {
        Some(key) if rng.random() => {
            let value = rng.random_range(1..=outstanding);
            format!("{}:{}={value}", named.name, key.name)
        }
        _ => named.name.to_owned(),
    };
    let all_laws = crate::support::laws();
    let mut law = || all_laws[rng.random_range(0..all_laws.len())].clone();
    let laws = [law(), law(), law()];
    let step_rule = STEP_RULES[rng.random_range(0..STEP_RULES.len())];
    // No budget of steps where the method weighs them.
    let is_refused = step_rule.starts_with("piag") && named.what.weighing == Weighing::Steps;
    Case {
        method,
        step_rule: if is_refused { "mishchenko" } else { step_rule },
        lists: (draw_list(rng, &CORRECTIONS), draw_list(rng, &OPTIMIZERS)),
        n_workers,
        concurrency,
        // Where everybody must deliver and there are few cores, a round has many gradients.
        updates: match named.what.outstanding {
            Outstanding::AllWorkers => 25,
            _ => 100,
        },
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
    let [compute, download, upload] = case.laws.clone();
    let unit = Duration::from_micros(5);
    let cluster = Cluster::new(vec![1.0; case.n_workers], unit).unwrap();
    let mut experiment =
        Experiment::with_objective(failing(problem::<T>(case.n_workers, case.seed), case.fails))
            .method(&case.method)
            .cluster(cluster.compute(compute).download(download).upload(upload))
            .threads(Threads {
                serving: case.serving,
                ..Threads::default()
            })
            .on_lost_worker(OnLoss::Continue)
            .seed(case.seed)
            .step_size(0.01)
            .updates(case.updates)
            .evaluate_every(7)
            .trace(path);
    if let Some(jobs) = case.concurrency {
        experiment = experiment.concurrency(jobs);
    }
    let (corrections, optimizers) = &case.lists;
    let experiment = shaped(experiment, (corrections, optimizers));
    let experiment = experiment.step_rule(step_rule(case.step_rule));
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
        asgrad::trace::model_hash(replayed.model.values()),
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
            _ => "replay.jsonl.gz",
        };
        let path = scratch_file(name);
        match rng.random() {
            true => record_and_replay::<f64>(&case, &path),
            false => record_and_replay::<f32>(&case, &path),
        }
    }
}

/// Lets go of the gradient of every so many-th job.
#[derive(Debug)]
struct Careless(u64);

impl Method for Careless {
    fn start(&mut self, server: &mut Server<'_>) {
        for worker in (0..server.n_workers()).map(WorkerId::new) {
            server.assign(worker);
        }
    }

    fn on_gradient(&mut self, arrival: &Arrival, gradient: Gradient<'_>, server: &mut Server<'_>) {
        if !arrival.job.number().is_multiple_of(self.0) {
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
        .own_method("careless", Box::new(Careless(5)))
        .updates(400)
        .trace(&path)
        .run()
        .unwrap();
    assert!(summary.discarded > 0, "every fifth is");
    let trace = Trace::open(&path).unwrap();
    let replay = |method| {
        let replay = Replay::new(&trace).objective(problem::<f32>(8, 3));
        replay.own_method(Box::new(method)).run().unwrap()
    };
    let replayed = replay(Careless(5));
    assert_eq!(replayed.divergence, None);
    assert_eq!(
        asgrad::trace::model_hash(replayed.model.values()),
        summary.model_hash
    );
    let other = replay(Careless(4)).divergence.unwrap();
    assert_eq!(other.field, "action");
    let unknown = Replay::new(&trace).objective(problem::<f32>(8, 3)).run();
    assert!(
        matches!(&unknown, Err(ReplayError::OwnMethod { name }) if name == "careless"),
        "{unknown:?}"
    );
}

#[test]
fn a_worker_that_hangs_is_lost_again() {
    let oracle = |sleeps: bool| {
        asgrad::from_fn(1, move |job, x: &[f64], out: &mut [f64]| {
            out[0] = x[0] - 1.0;
            if sleeps && job.worker().index() == 1 && job.job().number() > 10 {
                let deaf = crossbeam_channel::after(Duration::from_millis(600));
                deaf.recv().unwrap();
            }
        })
    };
    let path = scratch_file("replay-hung.jsonl");
    let limit = Duration::from_millis(200);
    let experiment = Experiment::new(oracle(true)).workers(3).job_limit(limit);
    let experiment = experiment.cluster(cluster(&[1.0; 3], Law::fixed()));
    let experiment = experiment.on_lost_worker(OnLoss::Continue).updates(800);
    experiment.trace(&path).run().unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("\"lost\""), "nobody was lost");
    let replayed = Replay::new(&Trace::open(&path).unwrap()).oracle(oracle(false));
    assert_eq!(replayed.run().unwrap().divergence, None);
}
