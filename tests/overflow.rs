//! What leaves the range of the number type: whose fault it is, and what becomes of constants that
//! are nothing in it.

use asgrad::ps_core::Action;
use asgrad::{Experiment, RunError, Scalar, StopReason, Summary, from_fn};
use problems::Quadratic;

use crate::support::recording::{Recorder, Setup, received};
use crate::support::rules::shaped;
use crate::support::{assert_close, cluster, equal, quadratic, virtually};

fn failed<T: Scalar>(experiment: Experiment<T>) -> Summary<T> {
    match experiment.run().unwrap_err() {
        RunError::Failed(summary) => *summary,
        error => panic!("{error}"),
    }
}

fn holding<T: Scalar>(method: &str, centre: f64) -> StopReason {
    let oracle = Quadratic::<T>::new(&[centre; 3]);
    let experiment = virtually(Experiment::new(oracle), &equal(3)).method(method);
    failed(experiment.step_size(1e-30).updates(10)).stop_reason
}

/// Gradients of 10³⁰⁸ are finite, the sum of two is not.
#[test]
fn a_held_sum_that_overflows_is_no_fault_of_the_finite_gradient_that_came_last() {
    for method in ["minibatch", "rennala", "iag", "fedbuff:b=2"] {
        for reason in [
            holding::<f64>(method, -1e308),
            holding::<f32>(method, -2e38),
        ] {
            let is_right =
                matches!(reason, StopReason::Diverged { version, .. } if version.number() == 0);
            assert!(is_right, "{method}: {reason:?}");
        }
    }
}

#[test]
fn a_bad_gradient_is_neither_applied_nor_held() {
    for method in ["pure", "minibatch", "fedbuff:b=2", "ringleader", "iag"] {
        let oracle = from_fn(1, |_, _: &[f64], out: &mut [f64]| out[0] = f64::NAN);
        let recorder = Recorder::default();
        let experiment = virtually(Experiment::new(oracle), &equal(2)).method(method);
        let summary = failed(experiment.observer(recorder.clone()).updates(10));
        assert!(matches!(summary.stop_reason, StopReason::NotFinite { .. }));
        let notes = recorder.take();
        let actions: Vec<_> = received(&notes).map(|r| r.action).collect();
        assert_eq!(actions, [Action::Discarded], "{method}");
        assert_eq!((summary.gradients, summary.discarded), (1, 1), "{method}");
    }
}

/// One component is always 0: with a divisor of 0 its direction would be 0/0.
#[test]
fn an_epsilon_that_is_nothing_in_f32_still_keeps_the_divisor_from_zero() {
    let oracle = from_fn(2, |_, _: &[f32], out: &mut [f32]| {
        out.copy_from_slice(&[1.0, 0.0])
    });
    let experiment = virtually(Experiment::new(oracle), &[1.0]).step_size(0.1);
    let experiment = shaped(experiment, ("", "adam:0.9:0.999:1e-46"));
    let summary = experiment.updates(10).run().unwrap();
    assert_close(summary.model.values()[0].into(), -1.0, 1e-6);
    assert_eq!(summary.model.values()[1], 0.0);
}

/// A gradient of 1, and then none: `x` moves by less and less.
#[test]
fn a_velocity_fades_even_where_beta_is_one_in_f32() {
    let far = |optimizer: &str| {
        let oracle = from_fn(1, |job, _: &[f32], out: &mut [f32]| {
            out[0] = if job.job().number() == 0 { 1.0 } else { 0.0 };
        });
        let experiment = virtually(Experiment::new(oracle), &[1.0]).step_size(1.0);
        let experiment = shaped(experiment, ("", optimizer)).updates(2000);
        -experiment.run().unwrap().model.values()[0]
    };
    assert!(far("momentum:0.99999999") < 2000.0);
    // The first step is along g and v both.
    assert!(far("nesterov:0.99999999") < 2001.0);
}

/// Gaps are huge beside an update of that size: a late gradient counts for almost nothing, unless
/// the update that it missed was such a one. So every other of the 21 updates moves the model.
#[test]
fn an_update_size_that_is_nothing_in_f32_does_not_turn_gap_awareness_off() {
    let far = |correction: &str| {
        let oracle = from_fn(1, |_, _: &[f32], out: &mut [f32]| out[0] = 1.0);
        let experiment = virtually(Experiment::new(oracle), &equal(2)).step_size(0.5);
        let experiment = shaped(experiment, (correction, "")).updates(21);
        -experiment.run().unwrap().model.values()[0]
    };
    assert_eq!(far(""), 10.5);
    assert_close(far("gap-aware:1e-50").into(), 5.5, 1e-6);
}

/// Four components of 1.5·10³⁰⁸ have the norm 3·10³⁰⁸; in f32 the factor 10⁻⁸/(6·10³⁸) is nothing.
#[test]
fn a_gradient_whose_norm_is_out_of_range_is_clipped_to_the_norm_asked_for() {
    fn clipped<T: Scalar>(component: f64, correction: &str) -> Vec<f64> {
        let oracle = from_fn(4, move |_, _: &[T], out: &mut [T]| {
            out.fill(T::from_f64(component));
            out[3] = -out[3];
        });
        let experiment = virtually(Experiment::new(oracle), &[1.0]).step_size(1.0);
        let summary = shaped(experiment, (correction, "")).updates(1).run();
        let model = summary.unwrap().model;
        model.values().iter().map(|v| v.to_f64()).collect()
    }
    for (x, norm) in [
        (clipped::<f64>(1.5e308, "clip:2"), 2.0),
        (clipped::<f64>(1.5e308, "clip:1e300"), 1e300),
        (clipped::<f64>(1.5e308, "clip:1e-6"), 1e-6),
        (clipped::<f32>(3e38, "clip:1e-8"), 1e-8),
        (clipped::<f32>(3e38, "clip:2"), 2.0),
    ] {
        for (x, sign) in x.iter().zip([-1.0, -1.0, -1.0, 1.0]) {
            assert_close(x / norm, sign * 0.5, 1e-6);
        }
    }
}

/// The steps of many updates at a constant delay are what they were after some hundreds.
#[test]
fn equal_shares_of_a_budget_do_not_drift() {
    let mut setup = Setup::new("pure", &[0.0], 200_000);
    (setup.step_size, setup.step_rule) = (0.3, crate::support::rules::step_rule("piag2"));
    let run = setup.record(
        quadratic(&[1.0, 2.0, 3.0]),
        &cluster(&equal(3), asgrad::Law::fixed()),
    );
    let late = run.received().skip(1000);
    assert!(
        late.into_iter()
            .all(|r| (r.step_size.unwrap() - 0.1).abs() < 1e-15)
    );
}
