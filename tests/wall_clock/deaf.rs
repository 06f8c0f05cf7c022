//! A worker that does not answer in time.

use std::sync::mpsc;
use std::time::Duration;

use asgrad::workers::Serving;
use asgrad::{
    Experiment, OnLoss, Oracle, RunError, StopReason, Summary, Threads, Warning, WorkerId, from_fn,
};
use ps_core::sync::Mutex;

use crate::{MILLISECOND, alone, cluster, comes_to, n_threads, seconds_of};

/// Later than the limit and the patience, but before a run that goes on without it ends.
const LATE: Duration = Duration::from_millis(120);

/// Worker 1 comes back from its third job late, or when it is let go.
fn deaf(let_go: mpsc::Receiver<()>) -> impl Oracle {
    let (let_go, jobs) = (Mutex::new(let_go), Mutex::new(0));
    from_fn(1, move |job, x: &[f64], out: &mut [f64]| {
        out[0] = x[0];
        if job.worker().index() == 1 {
            *jobs.lock() += 1;
            if *jobs.lock() == 3 {
                let _ = let_go.lock().recv_timeout(LATE);
            }
        }
    })
}

fn with_a_deaf_worker(serving: Serving, policy: OnLoss) -> (Result<Summary, RunError>, f64) {
    let (let_go, wait) = mpsc::channel();
    let before = n_threads();
    let threads = Threads {
        serving,
        patience: 20 * MILLISECOND,
        ..Threads::default()
    };
    let experiment = Experiment::new(deaf(wait))
        .workers(3)
        .cluster(cluster(vec![1.0; 3], MILLISECOND))
        .threads(threads)
        .job_limit(60 * MILLISECOND)
        .on_lost_worker(policy)
        .updates(500);
    let result = seconds_of(|| experiment.run());
    drop(let_go);
    assert!(comes_to(before), "it leaves when it is let go");
    result
}

/// The run ends with a reason that names worker and job, and does not wait for the deaf thread.
#[test]
fn a_worker_that_does_not_answer_is_given_up() {
    let _alone = alone();
    for serving in [Serving::Combining, Serving::Thread] {
        let (result, took) = with_a_deaf_worker(serving, OnLoss::Stop);
        let RunError::Failed(summary) = result.unwrap_err() else {
            panic!("it failed otherwise");
        };
        let StopReason::Hung { worker, waited, .. } = summary.stop_reason else {
            panic!("{}", summary.stop_reason);
        };
        assert_eq!(worker, WorkerId::new(1));
        assert_eq!(summary.gradients_per_worker[1], 2);
        assert!(
            waited > 60 * MILLISECOND && waited < 300 * MILLISECOND,
            "{waited:?}"
        );
        let said = summary.stop_reason.to_string();
        assert!(said.starts_with("worker 1 has not answered job "), "{said}");
        assert!(took < 1.0, "{took} s");
        let left = |warning: &Warning| *warning == Warning::LeftBehind { worker };
        assert!(summary.warnings.iter().any(left), "{:?}", summary.warnings);

        let (result, _) = with_a_deaf_worker(serving, OnLoss::Continue);
        let summary = result.unwrap();
        assert_eq!(summary.updates, 500, "the others go on");
        assert!(summary.seconds > 2.0 * LATE.as_secs_f64() - 0.1);
        assert_eq!(
            summary.gradients_per_worker[1], 2,
            "a late answer is ignored"
        );
    }
}

/// Worker 1 never comes back from its third job, until it is let go.
fn with_a_silent_worker(method: &str, policy: OnLoss) -> (Result<Summary, RunError>, Vec<u64>) {
    let (let_go, wait) = mpsc::channel::<()>();
    let (let_go_of, jobs) = (Mutex::new(wait), Mutex::new(0));
    let silent = from_fn(1, move |job, x: &[f64], out: &mut [f64]| {
        out[0] = x[0] - 1.0;
        if job.worker().index() == 1 {
            *jobs.lock() += 1;
            if *jobs.lock() == 3 {
                let _ = let_go_of.lock().recv();
            }
        }
    });
    let threads = Threads {
        silence: 50 * MILLISECOND,
        patience: 20 * MILLISECOND,
        ..Threads::default()
    };
    let experiment = Experiment::new(silent).method(method).workers(3);
    let session = experiment
        .threads(threads)
        .on_lost_worker(policy)
        .updates(200)
        .build()
        .unwrap();
    let live = session.live();
    let (over, is_over) = mpsc::channel::<()>();
    let looks = std::thread::Builder::new().spawn(move || {
        let mut named = Vec::new();
        while is_over.recv_timeout(5 * MILLISECOND) == Err(mpsc::RecvTimeoutError::Timeout) {
            named.extend(live.waited_for().iter().map(|it| it.worker.index() as u64));
        }
        named.dedup();
        named
    });
    let result = session.run();
    drop((over, let_go));
    (result, looks.unwrap().join().unwrap())
}

/// By default nothing hangs: a worker for which the others wait is named while the run goes on, and
/// fenced after six times as long. Where the others make updates, nobody is.
#[test]
fn a_worker_that_everybody_waits_for_is_named_and_then_fenced() {
    let _alone = alone();
    for method in ["minibatch", "ssp:bound=5"] {
        let (result, named) = with_a_silent_worker(method, OnLoss::Stop);
        let error = result.unwrap_err();
        let StopReason::Hung { worker, waited, .. } = error.summary().unwrap().stop_reason else {
            panic!("{method}: {error}");
        };
        assert_eq!(worker, WorkerId::new(1), "{method}");
        assert!(waited > 300 * MILLISECOND, "{method}: {waited:?}");
        assert_eq!(named, [1], "{method}");
        let (result, named) = with_a_silent_worker(method, OnLoss::Continue);
        let summary = result.unwrap();
        assert_eq!((summary.updates, named), (200, vec![1]), "{method}");
        assert_eq!(summary.lost_workers.len(), 1);
        assert_eq!(summary.lost_workers[0].worker, WorkerId::new(1));
    }
    for method in ["pure", "hogwild"] {
        let (result, _) = with_a_silent_worker(method, OnLoss::Stop);
        let summary = result.unwrap();
        assert_eq!(summary.updates, 200, "{method}");
        assert_eq!(summary.lost_workers, []);
    }
}

/// Hogwild! ends where nobody comes back any more.
#[test]
fn hogwild_ends_when_all_workers_are_silent() {
    let _alone = alone();
    let (let_go, wait) = mpsc::channel::<()>();
    let (let_go_of, jobs) = (Mutex::new(wait), Mutex::new(0));
    let silent = from_fn(1, move |_, x: &[f64], out: &mut [f64]| {
        out[0] = x[0] - 1.0;
        *jobs.lock() += 1;
        if *jobs.lock() > 100 {
            let _ = let_go_of.lock().recv();
        }
    });
    let threads = Threads {
        silence: 50 * MILLISECOND,
        patience: 20 * MILLISECOND,
        ..Threads::default()
    };
    let experiment = Experiment::new(silent).method("hogwild").workers(2);
    let error = experiment.threads(threads).updates(1000).run().unwrap_err();
    drop(let_go);
    let summary = error.summary().unwrap();
    assert!(
        matches!(summary.stop_reason, StopReason::Hung { .. }),
        "{error}"
    );
    assert_eq!(summary.updates, 100);
}
