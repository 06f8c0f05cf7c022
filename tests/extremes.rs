//! Settings and failures at the edge of what is allowed: never a panic of ours, a hang, or a wrong
//! accusation.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use asgrad::methods::{Arrival, StepContext};
use asgrad::{
    Clock, Cluster, Experiment, JobContext, Objective, Oracle, OracleError, RunError, StepSize,
    StopReason, Threads, from_fn,
};

use crate::support::{equal, pull, scratch_file, virtually};

const FOR_EVER: Duration = Duration::MAX;

fn on_two_threads(threads: Threads) -> Experiment {
    let experiment = Experiment::new(pull::<f64>()).workers(2).threads(threads);
    experiment.updates(100)
}

#[test]
fn a_job_limit_may_be_for_ever() {
    let experiment = on_two_threads(Threads::default()).job_limit(FOR_EVER);
    assert_eq!(experiment.run().unwrap().updates, 100);
}

#[test]
fn patience_may_be_for_ever() {
    let threads = Threads {
        patience: FOR_EVER,
        ..Threads::default()
    };
    assert_eq!(on_two_threads(threads).run().unwrap().updates, 100);
}

#[test]
fn a_run_may_last_for_ever() {
    // Several times: what went wrong once went wrong in the first microsecond of a run.
    for _ in 0..50 {
        let real = on_two_threads(Threads::default()).time_limit(FOR_EVER);
        assert_eq!(real.run().unwrap().updates, 100);
    }
    let exact = virtually(Experiment::new(pull::<f64>()), &equal(2)).time_limit(FOR_EVER);
    assert_eq!(exact.updates(100).run().unwrap().updates, 100);
}

/// A job of the slowest worker that is accepted ends with virtual time itself, and so do all that
/// follow.
#[test]
fn the_slowest_workers_there_can_be_are_no_reason_to_panic() {
    let cluster = Cluster::new(vec![1e9], Duration::from_secs(3600)).unwrap();
    let experiment = Experiment::new(pull::<f64>()).clock(Clock::Virtual);
    let summary = experiment.cluster(cluster).updates(100).run().unwrap();
    let end_of_time = Duration::from_nanos(u64::MAX).as_secs_f64();
    assert_eq!((summary.updates, summary.seconds), (100, end_of_time));
}

/// γ·g leaves the range, though g = 10¹⁰ is finite: the step is at fault, not the worker's
/// gradient.
#[test]
fn a_finite_gradient_is_not_said_to_be_infinite() {
    for method in ["pure", "minibatch"] {
        let oracle = from_fn(1, |_, _: &[f64], out: &mut [f64]| out[0] = 1e10);
        let experiment = virtually(Experiment::new(oracle), &[1.0]).method(method);
        let RunError::Failed(summary) = experiment.step_size(1e300).run().unwrap_err() else {
            panic!("it failed otherwise");
        };
        let reason = summary.stop_reason;
        assert!(matches!(reason, StopReason::Diverged { .. }), "{reason}");
    }
}

#[derive(Debug)]
struct Squeamish(u64);

impl StepSize for Squeamish {
    fn at(&mut self, _: &Arrival, run: &StepContext) -> f64 {
        assert!(run.version.number() < self.0, "I cannot look at that");
        0.1
    }
}

/// When the run has returned, with an error or without, its trace is whole up to what went wrong.
#[test]
fn the_trace_of_a_run_whose_server_panicked_is_written_when_the_run_returns() {
    for _ in 0..20 {
        let path = scratch_file("panicked.jsonl");
        let experiment = on_two_threads(Threads::default());
        let experiment = experiment.own_step_size("squeamish", Box::new(Squeamish(2999)));
        experiment.trace(&path).updates(10_000).run().unwrap_err();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.ends_with('\n'));
        let received = text.lines().filter(|line| line.contains("\"received\""));
        assert_eq!(received.count(), 3000);
    }
}

/// Trains well, but cannot be evaluated.
struct Unmeasurable;

impl Oracle for Unmeasurable {
    fn dim(&self) -> usize {
        1
    }

    fn gradient(
        &self,
        _job: &mut JobContext<'_>,
        x: &[f64],
        out: &mut [f64],
    ) -> Result<(), OracleError> {
        out.copy_from_slice(x);
        Ok(())
    }
}

impl Objective for Unmeasurable {
    fn loss(&self, _x: &[f64]) -> f64 {
        panic!("no loss")
    }

    fn full_gradient(&self, _x: &[f64], _out: &mut [f64]) {
        panic!("no gradient")
    }
}

/// However it ends: with nobody left to look at the target, the run must not go on for ever.
#[test]
fn a_run_to_a_target_ends_when_the_evaluation_panics() {
    let experiment = Experiment::with_objective(Unmeasurable).workers(1);
    let session = experiment.target_gradient_norm(0.1).build().unwrap();
    let stop = session.stop_handle();
    let (done, wait) = mpsc::channel();
    let run = thread::Builder::new().spawn(move || {
        // Dropped when the run returns or panics.
        let _done = done;
        drop(session.run());
    });
    let ended = wait.recv_timeout(Duration::from_secs(10));
    stop.stop();
    let _ = run.unwrap().join();
    let expected: Result<(), _> = Err(mpsc::RecvTimeoutError::Disconnected);
    assert_eq!(ended, expected, "it would have gone on for ever");
}
