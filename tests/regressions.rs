//! Faults that a reader found: each once, so that none comes back.

use std::panic::panic_any;
use std::time::Duration;

use asgrad::{
    Clock, Cluster, Experiment, OnLoss, Oracle, Replay, RunError, StopReason, Trace, from_fn,
};
use methods::{Arrival, Gradient, Method, Server};
use ps_core::{OracleError, WorkerId};
use workers::{ClusterError, Latency};

use crate::support::{UNIT, assert_close, pull, quadratic, scratch_file, virtually};

/// A target far off the evaluated versions: the run must not go on to the next of them, 2,000,000
/// updates away.
#[test]
fn a_target_on_the_real_clock_is_not_only_looked_for_at_evaluated_versions() {
    let experiment = Experiment::with_objective(quadratic(&[1.0])).step_size(0.001);
    let summary = experiment
        .updates(u64::MAX)
        .target_gradient_norm(0.5)
        .time_limit(Duration::from_secs(20))
        .evaluate_every(u64::MAX)
        .run()
        .unwrap();
    assert_eq!(summary.stop_reason, StopReason::TargetGradientNorm);
    assert!(summary.time_to_target.unwrap() < Duration::from_secs(10));
}

#[test]
fn a_limit_of_updates_that_is_never_reached_does_not_thin_the_evaluations() {
    for clock in [Clock::Real, Clock::Virtual] {
        let cluster = Cluster::new(vec![1.0], UNIT).unwrap();
        let experiment = Experiment::with_objective(quadratic(&[1.0])).cluster(cluster);
        let experiment = experiment.clock(clock).updates(1_000_000_000);
        let summary = experiment.time_limit(100 * UNIT).run().unwrap();
        let evaluated = summary.evaluations.iter().map(|e| e.version.number());
        assert!(
            evaluated.eq(0..=summary.updates),
            "{clock:?}: every version"
        );
        assert!(summary.updates > 10, "{clock:?}: {}", summary.updates);
    }
}

/// Two workers of speed 1 and 2 wait for each other: versions come at 2, 4, 6, … units, the end
/// at 5.5.
#[test]
fn the_last_version_is_evaluated_at_the_time_when_it_was_published() {
    for every in [1, 1000] {
        let experiment = virtually(
            Experiment::with_objective(quadratic(&[1.0, 2.0])),
            &[1.0, 2.0],
        );
        let experiment = experiment.method("minibatch").evaluate_every(every);
        let summary = experiment.time_limit(UNIT * 11 / 2).run().unwrap();
        let last = summary.evaluations.last().unwrap();
        assert_eq!((last.version.number(), last.time), (2, 4 * UNIT));
        assert_close(summary.seconds, 0.0055, 1e-12);
    }
}

/// A panic whose payload panics again when it is dropped gets past the net around the oracle.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            panic!("the payload too");
        }
    }
}

#[test]
fn a_panic_beside_the_oracle_loses_the_worker_and_hangs_nobody() {
    for policy in [OnLoss::Stop, OnLoss::Continue] {
        let oracle = from_fn(1, |job, x: &[f64], out: &mut [f64]| {
            if job.worker().index() == 1 {
                panic_any(Bomb);
            }
            out[0] = x[0];
        });
        let experiment = Experiment::new(oracle).method("minibatch").workers(2);
        match (policy, experiment.on_lost_worker(policy).updates(10).run()) {
            (OnLoss::Continue, Ok(summary)) => assert_eq!(summary.updates, 10),
            (OnLoss::Stop, Err(RunError::Failed(summary))) => {
                let said = summary.stop_reason.to_string();
                assert!(
                    said.contains("worker 1") && said.contains("the payload too"),
                    "{said}"
                );
            }
            (_, other) => panic!("{policy:?}: {other:?}"),
        }
    }
}

fn fails_on_its_second_job() -> impl Oracle + 'static {
    let n_jobs = ps_core::sync::Mutex::new(0);
    from_fn(
        1,
        move |job, x: &[f64], out: &mut [f64]| -> Result<(), OracleError> {
            out[0] = x[0];
            if job.worker().index() == 0 {
                *n_jobs.lock() += 1;
                if *n_jobs.lock() == 2 {
                    return Err("gone".into());
                }
            }
            Ok(())
        },
    )
}

/// Four jobs on two workers, three waited for. A held gradient of the lost worker brings no job
/// back.
#[test]
fn waiting_does_not_starve_the_others_when_a_sender_is_lost() {
    let experiment = virtually(Experiment::new(fails_on_its_second_job()), &[1.0, 1.5]);
    let experiment = experiment.method("pure-waiting:b=3").concurrency(4);
    let summary = experiment
        .on_lost_worker(OnLoss::Continue)
        .updates(20)
        .run()
        .unwrap();
    assert_eq!(summary.updates, 20);
}

#[test]
fn times_that_virtual_time_cannot_count_are_refused() {
    for (speed, unit) in [(0.4, 1), (1e-323, 1_000_000)] {
        let error = Cluster::new(vec![speed], Duration::from_nanos(unit)).unwrap_err();
        assert!(
            error.to_string().contains("at least a nanosecond"),
            "{error}"
        );
    }
}

#[test]
fn a_step_size_beyond_single_precision_is_refused_there() {
    let error = Experiment::new(pull::<f32>())
        .workers(1)
        .step_size(1e300)
        .run()
        .unwrap_err();
    assert!(
        error.to_string().contains("step-size 1e300")
            && format!("{error:#}").contains("--step-size 1e300"),
        "{error}"
    );
}

#[test]
fn a_key_that_is_given_twice_is_refused() {
    let error = "pure-waiting:b=3:b=4"
        .parse::<asgrad::methods::MethodSpec>()
        .unwrap_err();
    assert!(error.to_string().contains("`b` is given twice"), "{error}");
}

/// Ten jobs, one after the other, and then none.
#[derive(Debug)]
struct Budget(u64);

impl Method for Budget {
    fn start(&mut self, server: &mut Server<'_>) {
        server.assign(WorkerId::new(0));
    }

    fn on_gradient(&mut self, arrival: &Arrival, gradient: Gradient<'_>, server: &mut Server<'_>) {
        server.step(gradient, 0.1);
        self.0 -= 1;
        if self.0 > 0 {
            server.assign(arrival.worker);
        }
    }

    fn on_worker_lost(&mut self, _worker: WorkerId, _server: &mut Server<'_>) {}
}

/// `x_t = 3 (1 − 0.9^t)`, so the loss after 10 updates is ½ (3 · 0.9^10)² = 0.547, and one
/// before 0.675.
#[test]
fn a_run_whose_last_update_leaves_nothing_to_do_is_replayed() {
    for (name, target) in [("updates", None), ("target", Some(0.6))] {
        let path = scratch_file(&format!("regressions-budget-{name}.jsonl"));
        let experiment = Experiment::with_objective(quadratic(&[3.0]))
            .own_method("budget", Box::new(Budget(10)))
            .trace(&path);
        let experiment = match target {
            Some(target) => experiment.target_loss(target).evaluate_every(1),
            None => experiment.updates(10),
        };
        let summary = virtually(experiment, &[1.0]).run().unwrap();
        assert_eq!(summary.updates, 10, "{name}");
        let replayed = Replay::new(&Trace::open(&path).unwrap())
            .objective(quadratic(&[3.0]))
            .own_method(Box::new(Budget(10)))
            .run()
            .unwrap();
        assert_eq!(replayed.divergence, None, "{name}");
    }
}

#[test]
fn a_machine_on_which_jobs_take_no_time_is_refused_by_the_worker() {
    let none = Latency {
        download: Duration::ZERO,
        compute: Some(Duration::ZERO),
        upload: Duration::ZERO,
    };
    let some = Latency {
        upload: Duration::from_nanos(1),
        ..none
    };
    assert!(Cluster::recorded(vec![vec![none, some]; 2]).is_ok());
    let error = Cluster::recorded(vec![vec![some], vec![none; 3]]).unwrap_err();
    assert_eq!(error, ClusterError::NoTimeRecorded { worker: 1 });
    assert!(error.to_string().contains("worker 1's jobs"), "{error}");
}
