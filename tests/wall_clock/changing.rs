//! Speeds that change with time, on the real clock.

use asgrad::workers::{Emulate, Serving, Slowdowns};
use asgrad::{Clock, Experiment, StopReason, Threads};

use crate::{MILLISECOND, alone, cluster, pull, seconds_of};

/// The same function of time for both clocks: a worker's outages come when they come.
#[test]
fn real_slowdowns_are_virtual_slowdowns() {
    let _alone = alone();
    let run = |clock| {
        let text = "outages:60ms,40ms,periodic:0.5,100ms";
        let slowdowns: Slowdowns = text.parse().unwrap();
        let slow = slowdowns.0.into_iter();
        let slow = slow.fold(
            cluster(vec![1.0, 2.0, 3.0, 4.0], 2 * MILLISECOND),
            |c, s| c.slowdown(s),
        );
        let experiment = Experiment::new(pull()).clock(clock).cluster(slow);
        experiment.time_limit(300 * MILLISECOND).run().unwrap()
    };
    let (real, exact) = (run(Clock::Real), run(Clock::Virtual));
    let ratio = real.updates as f64 / exact.updates as f64;
    assert!(
        (ratio - 1.0).abs() < 0.15,
        "{} updates, not {}",
        real.updates,
        exact.updates
    );
}

/// Asleep or busy, whoever serves: a job that never ends is left when the run ends.
#[test]
fn a_worker_that_never_answers_leaves_with_the_others() {
    let _alone = alone();
    for (emulate, serving) in [
        (Emulate::Sleep, Serving::Combining),
        (Emulate::Sleep, Serving::Thread),
        (Emulate::Spin, Serving::Combining),
    ] {
        for (method, updates) in [("minibatch", 0..1), ("pure", 10..41)] {
            let dead = cluster(vec![1.0, f64::INFINITY], MILLISECOND);
            let threads = Threads {
                emulate,
                serving,
                ..Threads::default()
            };
            let experiment = Experiment::new(pull()).method(method).cluster(dead);
            let experiment = experiment.threads(threads).time_limit(40 * MILLISECOND);
            let (summary, took) = seconds_of(|| experiment.run().unwrap());
            assert_eq!(summary.stop_reason, StopReason::Seconds);
            assert!(
                updates.contains(&summary.updates),
                "{method}: {}",
                summary.updates
            );
            assert_eq!(summary.gradients_per_worker[1], 0);
            assert!(
                took < 0.5 && summary.warnings.iter().all(|w| !is_left(w)),
                "{took} s"
            );
        }
    }
}

fn is_left(warning: &asgrad::Warning) -> bool {
    matches!(warning, asgrad::Warning::LeftBehind { .. })
}
