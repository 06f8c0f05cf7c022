//! How a run of Hogwild! ends, and what it refuses before it begins.

use std::time::Duration;

use asgrad::workers::Serving;
use asgrad::{
    Clock, CorrectionRule, Experiment, OnLoss, OptimizerRule, RunError, StepRule, StopReason,
    Threads, Warning, from_fn,
};

use crate::support::failing::{failing, problem};
use crate::support::quadratic;

/// Two workers that never come to an end by themselves.
fn endless() -> Experiment {
    let experiment = Experiment::with_objective(quadratic(&[1.0, 1.0])).method("hogwild");
    experiment.updates(u64::MAX).step_size(1e-3)
}

#[test]
fn the_time_ends_it() {
    /// So small that the model is still far from the minimum in the end.
    const STEP_SIZE: f64 = 1e-7;
    let limit = Duration::from_millis(5);
    let experiment = endless().step_size(STEP_SIZE).time_limit(limit);
    let summary = experiment.run().unwrap();
    assert_eq!(summary.stop_reason, StopReason::Seconds);
    assert!(summary.seconds >= limit.as_secs_f64() && summary.seconds < 5.0);
    let gradients: u64 = summary.gradients_per_worker.iter().sum();
    assert_eq!(
        (summary.gradients, gradients),
        (summary.updates, summary.updates)
    );
    // The gradient is 1 − x where it was read, so at most 1 and no less than at the newest model.
    let (x, n) = (summary.model.values()[0], summary.updates as f64);
    let (least, most) = (1.0 - ps_core::math::pow(1.0 - STEP_SIZE, n), STEP_SIZE * n);
    assert!(
        x >= least - 1e-9 && x <= most + 1e-9,
        "{x} after {n} updates"
    );
    assert!(summary.updates > 0);
}

/// Jobs of 2 ms: no worker has come back from more of them than there was time for.
#[test]
fn the_time_ends_it_whatever_is_under_way() {
    let cluster = crate::support::cluster(&[2.0; 2], asgrad::Law::fixed());
    let limit = Duration::from_millis(7);
    let summary = endless().cluster(cluster).time_limit(limit).run().unwrap();
    assert_eq!(summary.stop_reason, StopReason::Seconds);
    // On a busy machine it is over later than it should be.
    assert!(summary.seconds >= 0.007 && summary.seconds < 5.0);
    for &count in &summary.gradients_per_worker {
        assert!(
            count as f64 * 0.002 <= summary.seconds,
            "{count} in {} s",
            summary.seconds
        );
    }
}

#[test]
fn a_target_that_is_reached_ends_it() {
    let summary = endless().target_loss(1e-4).run().unwrap();
    assert_eq!(summary.stop_reason, StopReason::TargetLoss);
    let reached = summary.time_to_target.unwrap();
    let of = summary
        .evaluations
        .iter()
        .find(|e| e.time == reached)
        .unwrap();
    assert!(of.loss <= 1e-4);
}

#[test]
fn whoever_has_a_handle_ends_it() {
    let session = endless().build().unwrap();
    let (stop, mut live) = (session.stop_handle(), session.live());
    let run = std::thread::Builder::new().spawn(move || session.run());
    let mut look = live.look(2);
    while look.gradients.iter().sum::<u64>() < 100 {
        look = live.look(2);
    }
    assert!(look.recent.gradients > 0 && look.recent.concurrency > 0);
    stop.stop();
    let summary = run.unwrap().join().unwrap().unwrap();
    assert_eq!(summary.stop_reason, StopReason::Requested);
    assert!(look.version.number() <= summary.updates);
}

fn failed(error: RunError) -> (StopReason, Vec<f64>) {
    let RunError::Failed(summary) = error else {
        panic!("{error}");
    };
    (summary.stop_reason, summary.model.values().to_vec())
}

#[test]
fn a_gradient_that_is_no_number_ends_it_and_touches_nothing() {
    let bad = from_fn(2, |job, _: &[f64], out: &mut [f64]| {
        out.fill(0.0);
        out[1] = if job.job().number() == 9 {
            f64::NAN
        } else {
            0.0
        };
    });
    let experiment = Experiment::new(bad).method("hogwild").workers(2);
    let (reason, model) = failed(experiment.run().unwrap_err());
    let StopReason::NotFinite {
        job, read_version, ..
    } = reason
    else {
        panic!("{reason}");
    };
    assert_eq!((job.number(), model), (9, vec![0.0; 2]));
    // The jobs before it, of which the other worker's last may not have ended.
    assert!((8..=9).contains(&read_version.number()), "{reason}");
}

#[test]
fn a_model_that_runs_away_ends_it_and_stays_finite() {
    let experiment = Experiment::with_objective(quadratic(&[0.0, 0.0])).method("hogwild");
    let experiment = experiment.start(vec![1.0]).step_size(3.0).updates(100_000);
    let (reason, model) = failed(experiment.run().unwrap_err());
    assert!(matches!(reason, StopReason::Diverged { version, .. } if version.number() > 100));
    assert!(model[0].is_finite() && model[0].abs() > 1e100, "{model:?}");
}

#[test]
fn an_oracle_that_panics_or_fails_ends_it_by_name() {
    let panics = from_fn(1, |job, _: &[f64], out: &mut [f64]| {
        assert!(job.job().number() < 20, "out of rows");
        out[0] = 1.0;
    });
    let experiment = Experiment::new(panics).method("hogwild").workers(2);
    let (reason, _) = failed(experiment.run().unwrap_err());
    let said = reason.to_string();
    assert!(
        said.contains("on job 2") && said.contains("out of rows"),
        "{said}"
    );
    let oracle = failing(problem::<f64>(2, 1), |_, _| true);
    let all = Experiment::new(oracle).method("hogwild");
    let (reason, _) = failed(all.on_lost_worker(OnLoss::Continue).run().unwrap_err());
    assert!(matches!(reason, StopReason::AllLost { .. }), "{reason}");
}

#[test]
fn an_observer_that_panics_is_dropped_and_every_thread_is_joined() {
    struct Panics;
    impl asgrad::Observer for Panics {
        fn observe(&mut self, _: &asgrad::Event) {
            panic!("no room");
        }
    }
    let summary = endless().updates(100).observer(Panics).run().unwrap();
    let dropped = |warning: &Warning| matches!(warning, Warning::ObserverDropped(_));
    assert!(summary.warnings.iter().any(dropped));
}

#[test]
fn what_needs_a_server_is_refused_by_the_name_of_its_option() {
    let serving = Threads {
        serving: Serving::Thread,
        ..Threads::default()
    };
    let momentum = OptimizerRule::momentum(0.5);
    let cases = [
        (endless().clock(Clock::Virtual), "--clock virtual"),
        (endless().concurrency(3), "--concurrency 3"),
        (
            endless().step_rule(StepRule::koloskova()),
            "--step-rule koloskova",
        ),
        (
            endless().correction(CorrectionRule::clip(1.0)),
            "--correction clip:1",
        ),
        (endless().optimizer(momentum), "--optimizer momentum:0.5"),
        (endless().threads(serving), "--server thread"),
        (
            endless().job_limit(Duration::from_secs(1)),
            "--job-limit 1s",
        ),
        (endless().method("hogwild:b=3"), "has no key `b`"),
        (endless().method("Hogwild!"), "did you mean `hogwild`?"),
    ];
    for (experiment, expected) in cases {
        let experiment =
            experiment.cluster(crate::support::cluster(&[1.0; 2], asgrad::Law::fixed()));
        let error = format!("{:#}", experiment.build().unwrap_err());
        assert!(error.contains(expected), "{error}");
    }
    assert!(
        endless().concurrency(2).build().is_ok(),
        "one job each is what it has"
    );
}

/// An update is taken when there is a gradient to make it of, so whoever is slow, or never answers,
/// keeps nobody waiting.
#[test]
fn a_run_of_so_many_updates_does_not_wait_for_the_slow() {
    for slowest in [1e6, f64::INFINITY] {
        let cluster = crate::support::cluster(&[0.1, 0.1, slowest], asgrad::Law::fixed());
        let experiment = Experiment::with_objective(quadratic(&[1.0, 2.0, 3.0]));
        let experiment = experiment.method("hogwild").cluster(cluster).updates(50);
        let summary = experiment.run().unwrap();
        assert_eq!((summary.updates, summary.gradients), (50, 50));
        assert_eq!(summary.gradients_per_worker[2], 0);
    }
}
