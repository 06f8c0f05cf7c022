//! How long things take, and what is said when it is too long.

use std::sync::mpsc;

use asgrad::workers::Emulate;
use asgrad::{Clock, Experiment, Law, StopReason, Summary, Threads, Warning, from_fn};

use crate::{MILLISECOND, alone, cluster, linear, pull};

/// Ten workers of speeds 1 to 10 at 2 ms: 1.46 updates a millisecond for 0.6 s.
#[test]
fn real_time_is_virtual_time() {
    let _alone = alone();
    let run = |clock| {
        let experiment = Experiment::new(pull())
            .clock(clock)
            .time_limit(600 * MILLISECOND);
        experiment
            .cluster(cluster(linear(10), 2 * MILLISECOND))
            .run()
            .unwrap()
    };
    let (real, exact) = (run(Clock::Real), run(Clock::Virtual));
    let close = |what: &str, real: f64, exact: f64, tolerance: f64| {
        assert!(
            (real / exact - 1.0).abs() < tolerance,
            "{what}: {real}, not {exact}"
        );
    };
    close("updates", real.updates as f64, exact.updates as f64, 0.1);
    let mean = |summary: &Summary| summary.staleness.mean.unwrap();
    close("staleness", mean(&real), mean(&exact), 0.1);
    for (real, exact) in real
        .gradients_per_worker
        .iter()
        .zip(&exact.gradients_per_worker)
    {
        close("gradients of a worker", *real as f64, *exact as f64, 0.15);
    }
    assert_eq!(
        (real.stop_reason, real.clock),
        (StopReason::Seconds, Clock::Real)
    );
    assert!(
        real.seconds >= 0.6 && real.seconds < 0.75,
        "{}",
        real.seconds
    );
}

/// Both sides of an emulated time: the links count too, and burning the time is no faster than
/// sleeping it.
#[test]
fn links_and_spinning_take_the_time_they_are_asked_for() {
    let _alone = alone();
    for emulate in [Emulate::Sleep, Emulate::Spin] {
        let speeds = cluster(vec![1.0], 2 * MILLISECOND);
        let experiment = Experiment::new(pull())
            .cluster(speeds.download(Law::fixed()).upload(Law::fixed()))
            .threads(Threads {
                emulate,
                ..Threads::default()
            })
            .updates(20);
        // 20 · 6 ms.
        let summary = experiment.run().unwrap();
        let took = summary.seconds;
        assert!(took > 0.119 && took < 0.2, "{emulate:?}: {took} s");
    }
}

/// What one wait is overshot by is taken off the next: 300 jobs of half a millisecond take 150 ms,
/// though the operating system wakes everybody up to a tenth of a millisecond late. The best of
/// five, because this machine may be busy.
#[test]
fn overshoot_does_not_add_up() {
    let _alone = alone();
    let took = || {
        let experiment = Experiment::new(pull()).updates(300);
        let experiment = experiment.cluster(cluster(vec![1.0], MILLISECOND / 2));
        experiment.run().unwrap().seconds
    };
    let best = (0..5).map(|_| took()).find(|&seconds| seconds < 0.155);
    assert!(best.is_some(), "errors add up");
}

/// A computation that takes longer than the time it is to emulate is reported, and so are sleeps
/// that are too short.
#[test]
fn what_distorts_a_measurement_is_said() {
    let _alone = alone();
    let slow = from_fn(1, |_, x: &[f64], out: &mut [f64]| {
        out[0] = x[0];
        // A wait on a channel that nobody sends on.
        let (_keep, never) = mpsc::channel::<()>();
        assert!(never.recv_timeout(3 * MILLISECOND).is_err());
    });
    let experiment = Experiment::new(slow)
        .cluster(cluster(vec![1.0], MILLISECOND))
        .updates(5);
    let summary = experiment.run().unwrap();
    let expected = Warning::Overran {
        overruns: 5,
        gradients: 5,
    };
    assert!(
        summary.warnings.contains(&expected),
        "{:?}",
        summary.warnings
    );
    let short = cluster(vec![1.0], MILLISECOND / 5);
    let summary = Experiment::new(pull())
        .cluster(short)
        .updates(20)
        .run()
        .unwrap();
    let is_short = |w: &Warning| matches!(w, Warning::ShortSleeps { .. });
    assert!(
        summary.warnings.iter().any(is_short),
        "{:?}",
        summary.warnings
    );
}
