//! Speeds that change with time, workers that never answer, and times that were measured.

use std::time::Duration;

use asgrad::explain::Explanation;
use asgrad::workers::{ClusterSpec, Slowdowns};
use asgrad::{
    Clock, Cluster, ConfigError, Experiment, Fault, Law, RunError, RunSpec, StopReason, Summary,
    Trace,
};
use ps_core::WorkerId;

use crate::support::recording::{Recorder, received};
use crate::support::{UNIT, assert_close, cluster, equal, linear, quadratic, scratch_file};

const EVERY_KIND: &str = "periodic:0.5,20ms,drift:0.5,0.5,outages:9ms,3ms,bursts:15ms,5ms,3";

fn slowed(cluster: Cluster, slowdowns: &str) -> Cluster {
    let slowdowns: Slowdowns = slowdowns.parse().unwrap();
    slowdowns.0.into_iter().fold(cluster, Cluster::slowdown)
}

fn on(cluster: Cluster) -> Experiment {
    let centres: Vec<f64> = (0..cluster.n_workers()).map(|i| i as f64).collect();
    Experiment::with_objective(quadratic(&centres))
        .clock(Clock::Virtual)
        .cluster(cluster)
        .step_size(0.05)
}

/// When each gradient arrived, and whose.
fn arrivals(experiment: Experiment) -> Vec<(Duration, usize)> {
    let recorder = Recorder::default();
    experiment.observer(recorder.clone()).run().unwrap();
    let notes = recorder.take();
    received(&notes)
        .map(|r| (r.time, r.worker.index()))
        .collect()
}

fn failed(experiment: Experiment) -> Summary {
    match experiment.run().unwrap_err() {
        RunError::Failed(summary) => *summary,
        error => panic!("it failed otherwise: {error}"),
    }
}

/// A second each, doubling every second: jobs begin at 0, 1, 3 and 11 s and take 1, 2, 8 and, at
/// the bound, 100 s.
#[test]
fn a_drifting_worker_takes_what_can_be_worked_out_by_hand() {
    let second = Duration::from_secs(1);
    let one = Cluster::new(vec![1.0], second).unwrap();
    let times = arrivals(on(slowed(one, "drift:1")).updates(4));
    let expected = [1, 3, 11, 111].map(|seconds| (seconds * second, 0));
    assert_eq!(times, expected);
}

/// Bursts that change no speed, and a drift of nothing, are drawn, and change no other draw and no
/// time.
#[test]
fn a_slowdown_shifts_no_other_draw() {
    let run = |slowdowns: &str| {
        let drawn = cluster(&linear(5), Law::lognormal(1.0));
        let drawn = drawn.download(Law::exponential()).upload(Law::poisson());
        let slow = match slowdowns {
            "" => drawn,
            text => slowed(drawn, text),
        };
        let summary = on(slow).method("random").updates(500).run().unwrap();
        (summary.model_hash, summary.seconds.to_bits())
    };
    assert_eq!(run("bursts:5ms,5ms,1,drift:0,periodic:0,1s"), run(""));
}

#[test]
fn the_same_seed_gives_the_same_slowdowns_and_another_gives_others() {
    let run = |slowdowns: &str, seed| {
        let slow = slowed(cluster(&linear(4), Law::fixed()), slowdowns);
        arrivals(on(slow).seed(seed).updates(300))
    };
    for slowdowns in [
        "periodic:0.5,20ms",
        "outages:9ms,3ms",
        "bursts:15ms,5ms,3",
        EVERY_KIND,
    ] {
        assert_eq!(run(slowdowns, 1), run(slowdowns, 1), "{slowdowns}");
        assert_ne!(run(slowdowns, 1), run(slowdowns, 2), "{slowdowns}");
    }
}

/// Three quarters of the time up: 20 workers, 10 s, 40 ms a cycle, so the share of all has a
/// standard error of √(2·¾·¼·7.5 ms/200 s) = 0.0038; 4 of them, and a job in progress for each
/// worker.
#[test]
fn workers_with_outages_do_their_share_of_the_work() {
    let slow = slowed(cluster(&equal(20), Law::fixed()), "outages:30ms,10ms");
    let summary = on(slow).time_limit(Duration::from_secs(10)).run().unwrap();
    let share = summary.gradients as f64 / (20.0 * 10_000.0);
    assert!((share - 0.75).abs() < 4.0 * 0.0038 + 0.0001, "{share}");
}

/// All of them at once: between two arrivals of any worker everybody has made the same progress.
#[test]
fn a_burst_slows_everybody_down_at_the_same_time() {
    let slow = slowed(cluster(&equal(8), Law::fixed()), "bursts:15ms,15ms,5");
    let times = arrivals(on(slow).updates(800));
    for together in times.chunks(8) {
        assert!(together.iter().all(|(time, _)| *time == together[0].0));
    }
    let longest = times.windows(9).map(|w| w[8].0 - w[0].0).max().unwrap();
    assert_eq!(longest, 5 * UNIT);
}

#[test]
fn a_worker_that_never_answers_does_not_keep_the_others() {
    let dead = cluster(&[1.0, 2.0, f64::INFINITY], Law::fixed());
    let summary = on(dead.clone()).updates(30).run().unwrap();
    assert_eq!(summary.gradients_per_worker, [20, 10, 0]);
    assert_close(summary.seconds, 0.020, 1e-12);
    // Whatever the law: with no emulated time the others would be real, but this one is not.
    for law in [Law::exponential(), Law::poisson(), Law::pareto(2.5)] {
        let dead = slowed(
            dead.clone().compute(law.clone()).upload(law.clone()),
            EVERY_KIND,
        );
        let summary = on(dead).time_limit(100 * UNIT).run().unwrap();
        assert_eq!(summary.gradients_per_worker[2], 0, "{law}");
        assert_eq!(summary.stop_reason, StopReason::Seconds);
    }
}

#[test]
fn whoever_waits_for_a_worker_that_never_answers_ends_with_a_reason() {
    let dead = || on(cluster(&[1.0, f64::INFINITY, 2.0], Law::fixed())).method("minibatch");
    let summary = dead().time_limit(5 * UNIT).run().unwrap();
    assert_eq!(summary.stop_reason, StopReason::Seconds);
    assert_eq!((summary.updates, summary.seconds), (0, 0.005));
    let summary = failed(dead().updates(10));
    let StopReason::Hung { worker, waited, .. } = summary.stop_reason else {
        panic!("{}", summary.stop_reason);
    };
    assert_eq!((worker, waited), (WorkerId::new(1), Duration::MAX));
    assert_close(summary.seconds, 0.002, 1e-12);
}

#[test]
fn a_run_that_may_never_end_is_refused() {
    let nobody = Cluster::new(vec![f64::INFINITY; 2], UNIT).unwrap_err();
    assert!(nobody.to_string().contains("none ever answers"), "{nobody}");
    let dead = || on(cluster(&[1.0, f64::INFINITY], Law::fixed())).clock(Clock::Real);
    let error = dead().updates(10).build().unwrap_err();
    assert!(
        matches!(
            error,
            ConfigError::Misfit {
                fault: Fault::MayNeverEnd { .. },
                ..
            }
        ),
        "{error}"
    );
    assert!(
        error.to_string().contains("worker 1 never answers"),
        "{error}"
    );
    assert!(dead().time_limit(UNIT).build().is_ok());
    let none = slowed(cluster(&[1.0], Law::none()), "drift:1");
    let error = on(none).clock(Clock::Real).build().unwrap_err();
    assert!(
        matches!(
            error,
            ConfigError::Misfit {
                fault: Fault::NothingToSlowDown,
                ..
            }
        ),
        "{error}"
    );
}

/// Time that a worker stood still is part of what it was at, to the nanosecond, up to the end of
/// the run.
#[test]
fn no_time_is_lost_by_slow_workers_and_dead_ones() {
    let path = scratch_file("changing-speeds.jsonl");
    let speeds = [1.0, 2.0, f64::INFINITY, 3.0];
    let links = cluster(&speeds, Law::exponential())
        .download(Law::fixed())
        .upload(Law::poisson());
    let slow = on(slowed(links, EVERY_KIND)).time_limit(200 * UNIT);
    slow.trace(&path).run().unwrap();
    let trace = Trace::open(&path).unwrap();
    assert!(
        trace
            .header()
            .cluster()
            .contains("slowed down by periodic:0.5,20ms and drift:0.5,0.5 and outages")
    );
    let explanation = Explanation::of(&trace).unwrap();
    assert_eq!(explanation.impossible_times, 0);
    assert_eq!(explanation.duration, 200 * UNIT);
    for worker in &explanation.workers {
        assert_eq!(worker.times.total(), explanation.duration);
        assert_eq!(worker.unaccounted + worker.beyond, Duration::ZERO);
    }
}

fn measured(name: &str, text: &str) -> Result<Cluster, String> {
    let path = scratch_file(name);
    std::fs::write(&path, text).unwrap();
    Cluster::measured(&path).map_err(|error| error.to_string())
}

#[test]
fn measured_times_are_taken_one_after_the_other_and_then_again() {
    let milliseconds = |times: &[(u64, usize)]| -> Vec<_> {
        let time = |&(time, worker): &(u64, usize)| (Duration::from_millis(time), worker);
        times.iter().map(time).collect()
    };
    let expected = milliseconds(&[(1, 0), (4, 0), (5, 0), (7, 1), (8, 0), (9, 0)]);
    for text in [
        "0,0.001\n1,0.007\n0,0.003\n",
        "worker,seconds\r\n 0, 1e-3\r\n\r\n0,3e-3\r\n1,\"7e-3\"\r\n",
        "job,Seconds,worker\n1,0.001,0\n2,0.003,0\nx,0.007,1\n",
    ] {
        let cluster = measured("measured.csv", text).unwrap();
        assert!(
            ClusterSpec::from(&cluster)
                .to_string()
                .starts_with("compute as measured in ")
        );
        assert_eq!(arrivals(on(cluster).updates(6)), expected, "{text}");
    }
    // On top of them: links that are drawn, and slow-downs. 1 ms each way: the second job begins at
    // 3 ms.
    let cluster = measured("measured.csv", "0,0.001\n").unwrap();
    let links = on(cluster.clone().download(Law::fixed()).upload(Law::fixed()));
    assert_eq!(arrivals(links.updates(2)), milliseconds(&[(3, 0), (6, 0)]));
    let calm = arrivals(on(cluster.clone()).updates(50));
    assert!(arrivals(on(slowed(cluster, "outages:5ms,5ms")).updates(50)) > calm);
}

#[test]
fn a_bad_file_of_times_is_refused_with_file_line_value_and_bound() {
    let missing = scratch_file("measured-missing.csv");
    let error = Cluster::measured(&missing).unwrap_err().to_string();
    assert!(
        error.contains("cannot read") && error.contains("measured-missing.csv"),
        "{error}"
    );
    for (text, part) in [
        (
            "0,1\n1,x\n",
            "measured-bad.csv:2: seconds `x`: expected a number of seconds from 1e-9 to 1e9",
        ),
        (
            "worker,seconds\n0,1\n-1,1\n",
            ":3: worker `-1`: expected a whole number from 0 to 9999999",
        ),
        ("0,1\n10000000,1\n", ":2: worker `10000000`"),
        ("0,1\n0.5,1\n", ":2: worker `0.5`"),
        ("0,0\n", ":1: seconds `0`"),
        ("0,nan\n", ":1: seconds `nan`"),
        ("0,inf\n", ":1: seconds `inf`"),
        ("0,2e9\n", ":1: seconds `2e9`"),
        ("0\n", ":1: seconds ``"),
        ("0,1\n2,1\n", "worker 1 of 3 has no time"),
        ("worker,time\n0,1\n", "no column `seconds` in the header"),
        ("worker,seconds\n", "no rows"),
        ("", "no rows"),
    ] {
        let error = measured("measured-bad.csv", text).expect_err(text);
        assert!(error.contains(part), "{text:?}: {error}");
    }
}

#[test]
fn a_latency_model_is_made_of_what_it_says_it_is_made_of() {
    let path = scratch_file("measured-whole.csv");
    std::fs::write(&path, "0,0.001\n1,0.002\n2,0.003\n").unwrap();
    let measured = format!("file:{}", path.display());
    let settings = [
        ("times", "sqrt"),
        ("unit", "2ms"),
        ("download", "exponential"),
        ("upload-times", "equal"),
        ("slowdown", "outages:20ms,10ms,drift:0.1"),
    ];
    for compute in ["fixed", "none", &measured] {
        let mut spec = RunSpec::default();
        for (name, text) in settings.iter().chain([&("compute", compute)]) {
            spec.set(name, text).unwrap();
        }
        let cluster = spec.cluster.cluster(3).unwrap();
        assert_eq!(ClusterSpec::from(&cluster), spec.cluster);
        // So that a run on it does not read files again.
        let again = asgrad::cluster(&spec.cluster, 3).unwrap();
        assert_eq!(again.times(), cluster.times());
    }
}
