//! What needs real time: threads, sleeps, deadlines. A binary of its own and one test at a time; orders and generous
//! bounds, never exact durations.
#![expect(clippy::unwrap_used, reason = "a panic is the report")]

mod called_off;
mod changing;
mod deaf;

use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use asgrad::{
    Clock, Cluster, Emulate, Experiment, Law, OnLoss, Oracle, Serving, Snapshot, StopReason,
    Summary, Threads, Version, Warning, from_fn,
};
use problems::Quadratic;

const MILLISECOND: Duration = Duration::from_millis(1);

/// Measures how long something takes.
fn seconds_of<R>(run: impl FnOnce() -> R) -> (R, f64) {
    #[expect(
        clippy::disallowed_methods,
        reason = "how long something takes is what is tested"
    )]
    let now = std::time::Instant::now;
    let start = now();
    let result = run();
    (result, (now() - start).as_secs_f64())
}

/// How many threads this process has.
#[cfg(target_os = "linux")]
fn n_threads() -> usize {
    std::fs::read_dir("/proc/self/task").unwrap().count()
}

#[cfg(not(target_os = "linux"))]
fn n_threads() -> usize {
    0
}

/// Leaves the core to others for a while.
fn pause() {
    let (_keep, never) = mpsc::channel::<()>();
    let _ = never.recv_timeout(2 * MILLISECOND);
}

fn cluster(speeds: Vec<f64>, unit: Duration) -> Cluster {
    Cluster::new(speeds, unit).unwrap()
}

fn pull() -> impl Oracle + 'static {
    from_fn(1, |_, x: &[f64], out: &mut [f64]| out[0] = x[0])
}

fn linear(n: u32) -> Vec<f64> {
    (1..=n).map(f64::from).collect()
}

/// Ten workers of speeds 1 to 10 at 2 ms: 1.46 updates a millisecond for 0.6 s.
fn real_time_is_virtual_time() {
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

/// Both sides of an emulated time: the links count too, and burning the time is no faster than sleeping it.
fn links_and_spinning_take_the_time_they_are_asked_for() {
    for emulate in [Emulate::Sleep, Emulate::Spin] {
        let speeds = cluster(vec![1.0], 2 * MILLISECOND);
        let experiment = Experiment::new(pull())
            .cluster(speeds.download(Law::Fixed).upload(Law::Fixed))
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

/// What one wait is overshot by is taken off the next: 300 jobs of half a millisecond take 150 ms, though the operating
/// system wakes everybody up to a tenth of a millisecond late. The best of five, because this machine may be busy.
fn overshoot_does_not_add_up() {
    let took = || {
        let experiment = Experiment::new(pull()).updates(300);
        let experiment = experiment.cluster(cluster(vec![1.0], MILLISECOND / 2));
        experiment.run().unwrap().seconds
    };
    let best = (0..5).map(|_| took()).find(|&seconds| seconds < 0.155);
    assert!(best.is_some(), "errors add up");
}

fn two_thousand_sleeping_workers_start_run_and_stop() {
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
    let run = thread::Builder::new().spawn(move || session.run().unwrap());
    let mut during = 0;
    while store.version().number() < 3000 {
        during = during.max(n_threads());
        pause();
    }
    let summary = run.unwrap().join().unwrap();
    assert_eq!(summary.updates, 4000);
    if cfg!(target_os = "linux") {
        assert!(during >= before + 2000, "{during} threads");
        assert_eq!(n_threads(), before, "every thread was joined");
    }
    let counts = &summary.gradients_per_worker;
    let busy = counts.iter().filter(|&&count| count > 0).count();
    assert!(busy > 1900, "{busy} workers delivered");
}

/// A job of a minute is left at once, however the time is spent and whoever serves.
fn a_stop_handle_interrupts_long_waits() {
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
        let run = thread::Builder::new().spawn(move || session.run().unwrap());
        while cfg!(target_os = "linux") && n_threads() < started + 4 {
            pause();
        }
        let (summary, took) = seconds_of(|| {
            stop.stop();
            run.unwrap().join().unwrap()
        });
        assert_eq!(summary.stop_reason, StopReason::Requested);
        assert_eq!((summary.updates, summary.gradients), (0, 0));
        assert!(took < 0.5, "{emulate:?}: {took} s");
    }
}

/// Somebody who looks into the store while the run goes on sees versions grow, each with its own values.
fn a_reader_sees_versions_grow() {
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
        let run = thread::Builder::new().spawn(move || session.run().unwrap());
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
        let summary = run.unwrap().join().unwrap();
        assert!(summary.updates >= 2_000);
    }
}

/// `x_t = 0.9^t` for one worker: ‖∇f‖ ≤ 0.01 after 44 updates, which the side thread sees a little later.
fn a_target_ends_a_real_run() {
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

/// A computation that takes longer than the time it is to emulate is reported, and so are sleeps that are too short.
fn what_distorts_a_measurement_is_said() {
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

/// Threads come and go in their hundreds, with deadlines, and nothing hangs.
fn short_runs_with_a_deadline_never_hang() {
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
            // A worker that the operating system delays may be taken for lost; that is no failure here.
            drop(experiment.run());
        }
        done.send(()).unwrap();
    });
    let ended = wait.recv_timeout(Duration::from_secs(60));
    ended.expect("a run hangs");
    runs.unwrap().join().unwrap();
}

#[test]
fn everything_that_needs_real_time() {
    let checks: [(&str, fn()); 13] = [
        ("real time is virtual time", real_time_is_virtual_time),
        ("overshoot", overshoot_does_not_add_up),
        (
            "links and spinning",
            links_and_spinning_take_the_time_they_are_asked_for,
        ),
        (
            "2000 workers",
            two_thousand_sleeping_workers_start_run_and_stop,
        ),
        ("stop handle", a_stop_handle_interrupts_long_waits),
        (
            "deaf worker",
            deaf::a_worker_that_does_not_answer_is_given_up,
        ),
        (
            "called off",
            called_off::tens_of_thousands_of_jobs_that_are_called_off_leave_nothing_behind,
        ),
        ("slow-downs", changing::real_slowdowns_are_virtual_slowdowns),
        (
            "never answers",
            changing::a_worker_that_never_answers_leaves_with_the_others,
        ),
        ("reader", a_reader_sees_versions_grow),
        ("target", a_target_ends_a_real_run),
        ("warnings", what_distorts_a_measurement_is_said),
        ("short runs", short_runs_with_a_deadline_never_hang),
    ];
    for (name, check) in checks {
        let ((), took) = seconds_of(check);
        eprintln!("{name}: {took:.2} s");
    }
}
