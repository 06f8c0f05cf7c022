//! When a run in virtual time ends, and what it says of itself then.

use ps_core::{Event, Stopped};
use std::time::Duration;

use asgrad::{Clock, Experiment, Law, RunError, StopReason};

use crate::support::recording::{Recorder, received};
use crate::support::{UNIT, assert_close, cluster, equal, linear, pull, quadratic, virtually};

fn three() -> Experiment {
    let objective = quadratic(&[1.0, 1.0, 1.0]);
    virtually(Experiment::with_objective(objective), &[1.0, 2.0, 3.0]).step_size(0.125)
}

#[test]
fn a_run_of_so_many_seconds_ends_then_and_takes_in_what_arrives_at_that_very_moment() {
    let summary = three().time_limit(6 * UNIT).run().unwrap();
    assert_eq!(summary.stop_reason, StopReason::Seconds);
    assert_eq!(
        (summary.gradients_per_worker, summary.updates),
        (vec![6, 3, 2], 11)
    );
    let summary = three()
        .time_limit(6 * UNIT - Duration::from_nanos(1))
        .run()
        .unwrap();
    assert_eq!(
        (summary.gradients_per_worker, summary.updates),
        (vec![5, 2, 1], 8)
    );
    assert_close(summary.seconds, 0.006 - 1e-9, 1e-15);
    assert_close(summary.updates_per_second.unwrap(), 8.0 / 0.006, 1e-3);
}

/// `x_t − 1 = (1 − γ)^t·(x_0 − 1)` with one worker: ‖∇f‖ ≤ 0.5 after ⌈ln 0.5/ln 0.875⌉ = 6 updates,
/// f ≤ 0.02 after ⌈ln 0.2/ln 0.875⌉ = 13.
#[test]
fn a_target_ends_a_run_at_the_first_version_that_reaches_it() {
    let one = || virtually(Experiment::with_objective(quadratic(&[1.0])), &[2.0]).step_size(0.125);
    let summary = one()
        .target_gradient_norm(0.5)
        .evaluate_every(1000)
        .run()
        .unwrap();
    assert_eq!(summary.stop_reason, StopReason::TargetGradientNorm);
    assert_eq!((summary.updates, summary.seconds), (6, 0.012));
    assert_close(summary.gradient_norm.unwrap(), 0.875f64.powi(6), 1e-12);
    assert_eq!(summary.time_to_target, Some(12 * UNIT));
    let summary = one().target_loss(0.02).run().unwrap();
    assert_eq!(
        (summary.stop_reason, summary.updates),
        (StopReason::TargetLoss, 13)
    );
    let summary = one().target_loss(0.02).updates(12).run().unwrap();
    assert_eq!(
        (summary.stop_reason, summary.time_to_target),
        (StopReason::Updates, None)
    );
    let summary = one().target_gradient_norm(2.0).run().unwrap();
    assert_eq!(
        (summary.updates, summary.seconds),
        (0, 0.0),
        "there from the start"
    );
}

#[test]
fn a_thousand_updates_are_made_if_nothing_is_said() {
    let summary = three().run().unwrap();
    assert_eq!(
        (summary.updates, summary.stop_reason),
        (1000, StopReason::Updates)
    );
    assert_eq!(
        summary.evaluations.len(),
        101,
        "about a hundred evaluations, and the first"
    );
}

#[test]
fn evaluations_are_of_every_so_many_versions_and_the_last() {
    let summary = three().evaluate_every(30).updates(100).run().unwrap();
    let versions: Vec<u64> = summary
        .evaluations
        .iter()
        .map(|e| e.version.number())
        .collect();
    assert_eq!(versions, [0, 30, 60, 90, 100]);
    assert!(summary.evaluations.is_sorted_by_key(|e| e.time));
    let smallest = summary
        .evaluations
        .iter()
        .map(|e| e.gradient_norm)
        .reduce(f64::min);
    assert_eq!(summary.min_gradient_norm, smallest);
    let last = summary.evaluations.last().unwrap();
    assert_eq!(
        (summary.loss, summary.gradient_norm),
        (Some(last.loss), Some(last.gradient_norm))
    );
    assert_eq!(last.time.as_secs_f64(), summary.seconds);
}

#[test]
fn whatever_is_not_finite_or_not_known_is_null_in_the_summary() {
    let oracle = pull::<f64>();
    let summary = virtually(Experiment::new(oracle), &[1.0])
        .updates(3)
        .run()
        .unwrap();
    let json = serde_json::to_value(&summary).unwrap();
    for unknown in ["loss", "gradient_norm", "min_gradient_norm", "accuracy"] {
        assert!(json[unknown].is_null(), "{unknown}");
    }
    assert_eq!(json["stop_reason"], "updates");
    assert_eq!(json["clock"], "virtual");
    let fields = "method updates gradients discarded seconds loss gradient_norm min_gradient_norm accuracy staleness \
                  concurrency gradients_per_worker updates_per_second stop_reason model_hash step_size seed clock unused_rows";
    assert_eq!(
        json.as_object().unwrap().len(),
        fields.split_whitespace().count()
    );
    assert!(
        fields
            .split_whitespace()
            .all(|field| json.get(field).is_some())
    );
}

/// Ends from outside, like Ctrl-C.
#[test]
fn a_stop_handle_ends_a_run_in_virtual_time() {
    let session = three().updates(u64::MAX).build().unwrap();
    session.stop_handle().stop();
    let summary = session.run().unwrap();
    assert_eq!(
        (summary.stop_reason, summary.updates),
        (StopReason::Requested, 0)
    );
}

/// The percentiles of staleness by nearest rank, the counts and the concurrency, recomputed from
/// the events.
#[test]
fn the_summary_counts_what_the_events_say() {
    for method in ["pure", "random", "fedbuff:b=4", "pure-waiting:b=3"] {
        let recorder = Recorder::default();
        let experiment = Experiment::<f64>::schedule_only()
            .method(method)
            .clock(Clock::Virtual);
        let experiment = experiment
            .cluster(cluster(&linear(6), Law::exponential()))
            .concurrency(9);
        let summary = experiment
            .observer(recorder.clone())
            .updates(777)
            .run()
            .unwrap();
        let notes = recorder.take();
        let mut staleness: Vec<u64> = received(&notes).map(|r| r.staleness()).collect();
        staleness.sort_unstable();
        let nearest = |p: usize| staleness[(staleness.len() * p).div_ceil(100) - 1];
        let mean = staleness.iter().sum::<u64>() as f64 / staleness.len() as f64;
        let said = summary.staleness;
        assert_eq!(
            (said.p50, said.p90, said.p99),
            (nearest(50), nearest(90), nearest(99))
        );
        assert_eq!(
            (said.mean, said.max),
            (Some(mean), *staleness.last().unwrap())
        );
        let out: usize = received(&notes).map(|r| r.concurrency).sum();
        assert_eq!(
            summary.concurrency.mean,
            Some(out as f64 / staleness.len() as f64)
        );
        assert_eq!(summary.gradients, staleness.len() as u64);
        let Some(Event::Stopped(Stopped { time, .. })) = notes.last() else {
            panic!("the last event is the end");
        };
        assert_eq!(time.as_secs_f64(), summary.seconds);
    }
}

#[test]
fn a_million_workers_are_no_trouble_for_a_schedule() {
    let experiment = Experiment::<f64>::schedule_only().clock(Clock::Virtual);
    let experiment = experiment.cluster(cluster(&equal(1_000_000), Law::exponential()));
    let summary = experiment.updates(100_000).run().unwrap();
    assert_eq!(summary.concurrency.max, 1_000_000);
}

#[test]
fn an_experiment_that_failed_still_has_its_summary() {
    let objective = quadratic(&[1.0]);
    let experiment = virtually(Experiment::with_objective(objective), &[1.0]).step_size(1e9);
    let RunError::Failed(summary) = experiment.run().unwrap_err() else {
        panic!("it diverges");
    };
    assert!(summary.updates > 1 && summary.seconds > 0.0);
    assert_eq!(
        serde_json::to_value(&summary).unwrap()["stop_reason"],
        "diverged"
    );
}
