//! Runs that are watched, stopped and joined while they go on.

use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use asgrad::workers::{Emulate, Serving};
use asgrad::{
    Experiment, OnLoss, Session, Snapshot, StopReason, Summary, Threads, Version, from_fn,
};
use problems::Quadratic;

use crate::{MILLISECOND, alone, cluster, comes_to, n_threads, pause, pull, seconds_of};

/// Runs it on a thread with a name of its own, so that [`n_threads`] counts it.
fn run_beside(session: Session) -> JoinHandle<Summary> {
    let builder = thread::Builder::new().name("run".to_owned());
    builder.spawn(move || session.run().unwrap()).unwrap()
}

#[test]
fn two_thousand_sleeping_workers_start_run_and_stop() {
    let _alone = alone();
    let before = n_threads();
    let unit = 100 * MILLISECOND;
    let experiment = Experiment::new(pull())
        .cluster(cluster(vec![1.0; 2000], unit))
        .threads(Threads {
            stack_size: 256 << 10,
            ..Threads::default()
        })
        .updates(4000);
    let session = experiment.build().unwrap();
    let store = session.store();
    let run = run_beside(session);
    let mut during = 0;
    while store.version().number() < 3000 {
        during = during.max(n_threads());
        pause();
    }
    let summary = run.join().unwrap();
    assert_eq!(summary.updates, 4000);
    if cfg!(target_os = "linux") {
        assert!(during >= before + 2000, "{during} threads");
        assert!(comes_to(before), "every thread was joined");
    }
    let counts = &summary.gradients_per_worker;
    let busy = counts.iter().filter(|&&count| count > 0).count();
    assert!(busy > 1900, "{busy} workers delivered");
}

/// A job of a minute is left at once, however the time is spent and whoever serves.
#[test]
fn a_stop_handle_interrupts_long_waits() {
    let _alone = alone();
    for (emulate, serving) in [
        (Emulate::Sleep, Serving::Combining),
        (Emulate::Sleep, Serving::Thread),
        (Emulate::Spin, Serving::Combining),
    ] {
        let threads = Threads {
            emulate,
            serving,
            ..Threads::default()
        };
        let session = Experiment::new(pull())
            .cluster(cluster(vec![60.0; 3], Duration::from_secs(1)))
            .threads(threads)
            .build()
            .unwrap();
        let (stop, started) = (session.stop_handle(), n_threads());
        let run = run_beside(session);
        while cfg!(target_os = "linux") && n_threads() < started + 4 {
            pause();
        }
        let (summary, took) = seconds_of(|| {
            stop.stop();
            run.join().unwrap()
        });
        assert_eq!(summary.stop_reason, StopReason::Requested);
        assert_eq!((summary.updates, summary.gradients), (0, 0));
        assert!(took < 0.5, "{emulate:?}: {took} s");
        assert!(comes_to(started), "every thread was joined");
    }
}

/// Somebody who looks into the store while the run goes on sees versions grow, each with its own
/// values.
#[test]
fn a_reader_sees_versions_grow() {
    let _alone = alone();
    // x_t = t: the gradient is −1 and the step 1.
    let oracle = Arc::new(from_fn(64, |_, _: &[f64], out: &mut [f64]| out.fill(-1.0)));
    for serving in [Serving::Combining, Serving::Thread] {
        let session = Experiment::new(Arc::clone(&oracle))
            .workers(2)
            .step_size(1.0)
            .threads(Threads {
                serving,
                ..Threads::default()
            })
            .updates(u64::MAX)
            .build()
            .unwrap();
        let (store, stop) = (session.store(), session.stop_handle());
        let run = run_beside(session);
        let mut newest = Version::ZERO;
        while newest.number() < 2_000 {
            let announced = store.version();
            let seen: Snapshot = store.snapshot();
            assert!(newest <= announced && announced <= seen.version());
            let t = seen.version().number() as f64;
            assert!(
                seen.values().iter().all(|&v| v == t),
                "version {t}: {:?}",
                seen.values()
            );
            newest = seen.version();
        }
        stop.stop();
        let summary = run.join().unwrap();
        assert!(summary.updates >= 2_000);
    }
}

/// `x_t = 0.9^t` for one worker: ‖∇f‖ ≤ 0.01 after 44 updates, which the side thread sees a little
/// later.
#[test]
fn a_target_ends_a_real_run() {
    let _alone = alone();
    let experiment = Experiment::with_objective(Quadratic::new(&[0.0]))
        .cluster(cluster(vec![1.0], MILLISECOND))
        .start(vec![1.0])
        .target_gradient_norm(0.01)
        .evaluate_every(1);
    let summary = experiment.time_limit(Duration::from_secs(5)).run().unwrap();
    assert_eq!(summary.stop_reason, StopReason::TargetGradientNorm);
    assert!(
        summary.updates >= 44 && summary.updates < 1000,
        "{}",
        summary.updates
    );
    let reached = summary.time_to_target.unwrap().as_secs_f64();
    assert!(reached <= summary.seconds && reached > 0.043, "{reached}");
    let first = summary
        .evaluations
        .iter()
        .find(|e| e.gradient_norm <= 0.01)
        .unwrap();
    assert_eq!(first.time.as_secs_f64(), reached);
}

/// Threads come and go in their hundreds, with deadlines, and nothing hangs.
#[test]
fn short_runs_with_a_deadline_never_hang() {
    let _alone = alone();
    let (done, wait) = mpsc::channel();
    let runs = thread::Builder::new().spawn(move || {
        for run in 0..60 {
            let serving = if run % 2 == 0 {
                Serving::Thread
            } else {
                Serving::Combining
            };
            let experiment = Experiment::new(pull())
                .workers(1 + run % 3)
                .threads(Threads {
                    serving,
                    ..Threads::default()
                })
                .job_limit(MILLISECOND)
                .on_lost_worker(OnLoss::Continue)
                .time_limit(MILLISECOND);
            // A worker that the operating system delays may be taken for lost; that is no failure
            // here.
            drop(experiment.run());
        }
        done.send(()).unwrap();
    });
    let ended = wait.recv_timeout(Duration::from_secs(60));
    ended.expect("a run hangs");
    runs.unwrap().join().unwrap();
}
