//! What every method must pass.

use std::time::Duration;

use asgrad::prelude::*;
use asgrad::problems::Quadratic;
use asgrad::{OnLoss, Replay, Trace};

use super::throttle;

/// Worker i takes i + 1 ms for a gradient.
fn cluster(n: usize) -> Cluster {
    let speeds = (0..n).map(|i| (i + 1) as f64).collect();
    Cluster::new(speeds, Duration::from_millis(1)).unwrap()
}

/// Worker i pulls towards i, in virtual time.
fn experiment(n: usize) -> Experiment {
    let centres: Vec<f64> = (0..n).map(|i| i as f64).collect();
    Experiment::with_objective(Quadratic::new(&centres))
        .start(vec![5.0])
        .cluster(cluster(n))
        .clock(Clock::Virtual)
}

#[test]
fn a_zero_step_moves_nothing() {
    let run = experiment(3)
        .own_method("throttle", throttle())
        .step_size(0.0)
        .run()
        .unwrap();
    assert_eq!(run.model.values(), [5.0]);
}

#[test]
fn with_one_worker_it_is_sgd() {
    let run = experiment(1)
        .own_method("throttle", throttle())
        .run()
        .unwrap();
    let sgd = experiment(1).method("sgd").step_size(0.1).run().unwrap();
    assert_eq!(run.model_hash, sgd.model_hash);
    assert_eq!(run.staleness.max, 0);
}

#[test]
fn the_same_seed_gives_the_same_bits() {
    let run = || {
        experiment(3)
            .own_method("throttle", throttle())
            .run()
            .unwrap()
    };
    assert_eq!(run().model_hash, run().model_hash);
}

#[test]
fn rounds_go_on_without_a_lost_worker() {
    let oracle = from_fn(1, |job: &mut JobContext<'_>, x: &[f64], out: &mut [f64]| {
        out[0] = x[0] - 1.0;
        match job.worker().index() {
            2 => Err(OracleError::from("gone")),
            _ => Ok(()),
        }
    });
    let run = Experiment::new(oracle)
        .cluster(cluster(3))
        .clock(Clock::Virtual)
        .own_method("throttle", throttle())
        .step_size(0.5)
        .on_lost_worker(OnLoss::Continue)
        .run()
        .unwrap();
    assert!((run.model.values()[0] - 1.0).abs() < 1e-3);
}

#[test]
fn a_race_of_threads_replays_bit_for_bit() {
    let path = std::env::temp_dir().join(format!("own-method-race-{}.jsonl", std::process::id()));
    let run = experiment(3)
        .clock(Clock::Real)
        .updates(50)
        .own_method("throttle", throttle())
        .trace(&path)
        .run()
        .unwrap();
    let replayed = Replay::new(&Trace::open(&path).unwrap())
        .objective(Quadratic::new(&[0.0, 1.0, 2.0]))
        .start(vec![5.0])
        .own_method(throttle())
        .run()
        .unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(replayed.divergence, None);
    assert_eq!(replayed.model.values(), run.model.values());
}

#[test]
fn it_is_compared_replayed_and_explained() {
    let folder = std::env::temp_dir().join(format!("own-method-{}", std::process::id()));
    super::study(&folder).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
}
