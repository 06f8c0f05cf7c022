//! The same seed gives the same bits, and no purpose of a random number shifts another.

use asgrad::{Clock, Cluster, Experiment, Law, Oracle, Summary, from_fn};
use rand::RngExt;

use ps_core::{Event, Unfinished};

use crate::support::each::for_every_method;
use crate::support::recording::Recorder;
use crate::support::{UNIT, cluster, linear, quadratic, scratch_file};

/// A gradient that consists of noise, `draws` numbers of it.
fn noise(draws: usize) -> impl Oracle + 'static {
    from_fn(1, move |job, _: &[f64], out: &mut [f64]| {
        let draw = |_| job.rng().random_range(-1.0..1.0);
        out[0] = (0..draws).map(draw).sum();
    })
}

fn run(method: &str, draws: usize, cluster: Cluster, seed: u64) -> (Summary, Vec<Event>) {
    let recorder = Recorder::default();
    let experiment = Experiment::new(noise(draws))
        .method(method)
        .clock(Clock::Virtual)
        .cluster(cluster)
        .seed(seed)
        .observer(recorder.clone())
        .updates(300);
    (experiment.run().unwrap(), recorder.take())
}

fn who_got_what(notes: &[Event]) -> Vec<(u64, usize)> {
    let mut jobs: Vec<_> = notes
        .iter()
        .filter_map(|note| match note {
            Event::Received(r) => Some((r.job.number(), r.worker.index())),
            Event::Assigned(Unfinished { job, worker, .. }) => Some((job.number(), worker.index())),
            _ => None,
        })
        .collect();
    jobs.sort_unstable();
    jobs
}

#[test]
fn the_trace_of_the_same_seed_is_the_same_byte_for_byte() {
    for_every_method(|named| {
        for law in crate::support::laws()
            .into_iter()
            .filter(|law| !law.is_none())
        {
            let trace = |seed: u64, copy: &str| {
                let path = scratch_file(&format!("same-{copy}.jsonl"));
                Experiment::with_objective(quadratic(&[1.0, 2.0, 7.0]))
                    .method(named.name)
                    .clock(Clock::Virtual)
                    .cluster(cluster(&linear(3), law.clone()).upload(Law::exponential()))
                    .trace(&path)
                    .seed(seed)
                    .updates(40)
                    .run()
                    .unwrap();
                std::fs::read(path).unwrap()
            };
            let first = trace(1, "a");
            assert!(first == trace(1, "b"), "{law}");
            assert!(first != trace(2, "b"), "{law}");
        }
    });
}

/// With one job out nothing but the order of draws could make a model depend on how long jobs take.
#[test]
fn how_long_jobs_take_changes_no_mini_batch_and_no_assignment() {
    for method in ["sgd", "random-reshuffling", "shuffle-once", "incremental"] {
        let fixed = run(method, 3, cluster(&linear(4), Law::fixed()), 1).0;
        for law in crate::support::laws() {
            let cluster = cluster(&linear(4), law.clone())
                .download(Law::pareto(2.5))
                .upload(Law::uniform());
            assert_eq!(
                run(method, 3, cluster, 1).0.model_hash,
                fixed.model_hash,
                "{method}, {law}"
            );
        }
        assert_ne!(
            run(method, 3, cluster(&linear(4), Law::fixed()), 2)
                .0
                .model_hash,
            fixed.model_hash
        );
    }
}

/// The `t`-th assignment is the `t`-th draw, whatever else happens meanwhile.
#[test]
fn the_order_of_assignments_is_the_same_for_any_law_and_any_oracle() {
    for method in ["random", "shuffled", "fedbuff:b=4"] {
        let (_, reference) = run(method, 1, cluster(&linear(5), Law::fixed()), 1);
        for law in [Law::exponential(), Law::poisson(), Law::normal()] {
            let (_, notes) = run(method, 100, cluster(&linear(5), law.clone()), 1);
            assert_eq!(
                who_got_what(&notes),
                who_got_what(&reference),
                "{method}, {law}"
            );
        }
    }
}

/// A job's compute time is its own draw: downloads, uploads and what an oracle draws do not touch
/// it.
#[test]
fn a_download_shifts_no_compute_time() {
    let durations = |draws, download| {
        let cluster = Cluster::new(linear(3), UNIT).unwrap();
        let cluster = cluster.compute(Law::exponential()).download(download);
        let (_, notes) = run("incremental", draws, cluster, 1);
        let received = crate::support::recording::received(&notes);
        received.map(|r| r.times.computed).collect::<Vec<_>>()
    };
    let plain = durations(1, Law::none());
    assert_eq!(durations(50, Law::none()), plain);
    assert_eq!(durations(1, Law::fixed()), plain);
    assert_eq!(durations(1, Law::exponential()), plain);
    assert!(
        plain
            .iter()
            .collect::<std::collections::BTreeSet<_>>()
            .len()
            > 290
    );
}

/// A job's download and computation are two draws.
#[test]
fn a_download_is_not_the_computation_over_again() {
    let cluster = Cluster::new(linear(3), UNIT).unwrap();
    let cluster = cluster
        .compute(Law::exponential())
        .download(Law::exponential());
    let (_, notes) = run("incremental", 1, cluster.upload(Law::exponential()), 1);
    for r in crate::support::recording::received(&notes) {
        let links = (r.times.finished - r.times.started - r.times.computed).as_secs_f64();
        let ratio = links / r.times.computed.as_secs_f64();
        assert!((ratio - 2.0).abs() > 1e-6, "{r:?}");
    }
}

/// Jobs of the same number differ between workers, jobs of the same worker between numbers.
#[test]
fn every_job_has_noise_of_its_own() {
    let mut seen = std::collections::BTreeSet::new();
    for worker in 0..10 {
        for job in 0..100 {
            let g = crate::support::gradient_of(&noise(1), 1, (worker, job), &[0.0]);
            seen.insert(g[0].to_bits());
        }
    }
    assert_eq!(seen.len(), 1000);
}
