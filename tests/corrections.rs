//! What is done to each gradient: against the plain formulas, bit for bit.

use asgrad::trace::model_hash;
use asgrad::{Experiment, RunError, Scalar, StopReason, from_fn};
use methods::{Arrival, Gradient, Method, Server};
use ps_core::WorkerId;

use crate::support::each::for_every_method;
use crate::support::rules::{CORRECTIONS, OPTIMIZERS, shaped};
use crate::support::{assert_close, equal, linear, virtually};

const STEP_SIZE: f64 = 0.3;
const UPDATES: usize = 40;
const DIM: usize = 19;

/// A gradient of the model alone, with components of 0 and −0.
fn gradient<T: Scalar>(x: &[T]) -> Vec<T> {
    let components = x.iter().enumerate();
    let component = |(i, x): (usize, &T)| match i {
        3 => T::ZERO,
        7 => -T::ZERO,
        _ => T::from_f64(3.0 * x.to_f64() - i as f64 / 4.0),
    };
    components.map(component).collect()
}

fn start<T: Scalar>() -> Vec<T> {
    (0..DIM)
        .map(|i| T::from_f64(ps_core::math::cos(i as f64)))
        .collect()
}

fn experiment<T: Scalar>(method: &str, speeds: &[f64]) -> Experiment<T> {
    let oracle = from_fn(DIM, |_, x: &[T], out: &mut [T]| {
        out.copy_from_slice(&gradient(x));
    });
    virtually(Experiment::new(oracle), speeds)
        .method(method)
        .start(start())
        .step_size(STEP_SIZE)
        .updates(UPDATES as u64)
}

fn last<T: Scalar>(method: &str, speeds: &[f64], corrections: &str) -> String {
    let experiment = shaped(experiment::<T>(method, speeds), (corrections, ""));
    experiment.run().unwrap().model_hash
}

/// `pure` with two equal workers: each gradient but the first is of the version before the newest.
fn one_update_late<T: Scalar>(mut correct: impl FnMut(&mut [T], &[T], &[T])) -> Vec<T> {
    let mut models = vec![start::<T>()];
    for t in 0..UPDATES {
        let (x, read) = (&models[t], &models[t.saturating_sub(1)]);
        let mut g = gradient(read);
        correct(&mut g, x, read);
        let step_size = T::from_f64(STEP_SIZE);
        let next = x.iter().zip(&g).map(|(x, g)| *x - step_size * *g);
        models.push(next.collect());
    }
    models.pop().unwrap()
}

fn check<T: Scalar>(corrections: &str, correct: impl FnMut(&mut [T], &[T], &[T])) {
    let expected = model_hash(&one_update_late(correct));
    let actual = last::<T>("pure", &equal(2), corrections);
    assert_eq!(actual, expected, "{corrections}, {}", T::NAME);
}

fn clipping<T: Scalar>() {
    check::<T>("clip-value:0.5", |g, _, _| {
        let most = T::from_f64(0.5);
        let clip = |g: T| if g > most { most } else { g };
        g.iter_mut().for_each(|g| *g = -clip(-clip(*g)));
    });
    check::<T>("clip:0.75", |g, _, _| {
        // In the order of the server's sixteen sums: the last three components go to the first.
        let square = |i: usize| g[i].to_f64() * g[i].to_f64();
        let first = square(0) + square(16) + square(17) + square(18);
        let squares = (1..16).fold(first, |sum, i| sum + square(i));
        let scale = T::from_f64(0.75 / squares.sqrt());
        if squares.sqrt() > 0.75 {
            g.iter_mut().for_each(|g| *g = *g * scale);
        }
    });
}

#[test]
fn clipped_gradients_are_those_of_the_plain_formula() {
    clipping::<f64>();
    clipping::<f32>();
}

fn compensation<T: Scalar>() {
    let mut is_first = true;
    check::<T>("dc:0.04", |g, x, read| {
        for ((g, x), read) in g.iter_mut().zip(x).zip(read) {
            if !is_first {
                *g += T::from_f64(0.04) * *g * *g * (*x - *read);
            }
        }
        is_first = false;
    });
    let (mut v, mut is_first) = (vec![T::ZERO; DIM], true);
    check::<T>("dc-adaptive:0.2:0.75", |g, x, read| {
        for (((g, v), x), read) in g.iter_mut().zip(&mut v).zip(x).zip(read) {
            let square = *g * *g;
            *v = T::from_f64(0.75) * *v + T::from_f64(0.25) * square;
            let weight = T::from_f64(0.2) / (*v + T::from_f64(1e-7)).sqrt();
            if !is_first {
                *g += weight * square * (*x - *read);
            }
        }
        is_first = false;
    });
}

#[test]
fn delay_compensation_is_that_of_the_plain_formula() {
    compensation::<f64>();
    compensation::<f32>();
}

fn gaps<T: Scalar>() {
    check::<T>("gap-aware:0.25", |g, x, read| {
        for ((g, x), read) in g.iter_mut().zip(x).zip(read) {
            *g = *g / (T::ONE + (*x - *read).abs() / T::from_f64(0.25));
        }
    });
    // With one update between read and newest, the mean has taken in the gap itself.
    let (mut sum, mut updates) = (0.0, 0.0);
    let expected = one_update_late::<T>(|g, x, read| {
        let gaps = x.iter().zip(read).map(|(x, r)| x.to_f64() - r.to_f64());
        let squares: f64 = gaps.map(|gap| gap * gap).sum();
        if squares == 0.0 {
            return;
        }
        sum += squares.sqrt() / (DIM as f64).sqrt();
        updates += 1.0;
        let size = T::from_f64(sum / updates);
        for ((g, x), read) in g.iter_mut().zip(x).zip(read) {
            *g = *g / (T::ONE + (*x - *read).abs() / size);
        }
    });
    let experiment = shaped(experiment::<T>("pure", &equal(2)), ("gap-aware", ""));
    let summary = experiment.run().unwrap();
    let tolerance = if T::NAME == "f32" { 1e-5 } else { 1e-12 };
    for (actual, expected) in summary.model.values().iter().zip(&expected) {
        let off = (actual.to_f64() - expected.to_f64()).abs();
        assert!(off < tolerance, "{actual} is not {expected}");
    }
}

#[test]
fn gap_aware_gradients_are_those_of_the_plain_formula() {
    gaps::<f64>();
    gaps::<f32>();
}

/// Both kinds: those that are left out, and those that are computed and change nothing.
#[test]
fn a_correction_without_a_bound_or_strength_is_none_bit_for_bit() {
    const OFF: [&str; 4] = ["clip:inf", "clip-value:inf", "dc:0", "dc-adaptive:0"];
    const FAR: [&str; 4] = ["clip:1e30", "clip-value:1e30", "gap-aware:1e30", "dc:1e-40"];
    for_every_method(|named| {
        for correction in OFF.iter().chain(&FAR) {
            // Adding 0 to −0 is no rounding error, but turns a sign.
            let [with, without] =
                [correction, ""].map(|correction| last::<f64>(named.name, &linear(4), correction));
            assert_eq!(with, without, "{correction}");
            let [with, without] =
                [correction, ""].map(|correction| last::<f32>(named.name, &linear(4), correction));
            assert_eq!(with, without, "{correction}, f32");
        }
    });
}

#[test]
fn corrections_for_staleness_do_nothing_where_there_is_none() {
    let for_staleness = CORRECTIONS.iter().filter(|rule| !rule.starts_with("clip"));
    for correction in for_staleness {
        for_every_method(|named| {
            if named.name == "fedbuff" {
                return;
            }
            let plain = last::<f64>(named.name, &[1.0], "");
            assert_eq!(last::<f64>(named.name, &[1.0], correction), plain);
            let plain = last::<f32>(named.name, &[1.0], "");
            assert_eq!(last::<f32>(named.name, &[1.0], correction), plain);
        });
    }
}

/// Two workers that always pull by 10 and by 1: clipped to 2, their mean is 1.5, not 2.
#[test]
fn held_gradients_are_clipped_one_by_one() {
    let oracle = from_fn(1, |job, _: &[f64], out: &mut [f64]| {
        out[0] = [10.0, 1.0][job.worker().index()];
    });
    let experiment = virtually(Experiment::new(oracle), &equal(2)).method("minibatch");
    let experiment = shaped(experiment, ("clip:2", "")).step_size(1.0).updates(3);
    assert_eq!(experiment.run().unwrap().model.values(), [-4.5]);
}

#[test]
fn corrections_are_applied_in_the_order_in_which_they_are_given() {
    let run = |corrections| {
        let oracle = from_fn(2, |_, _: &[f64], out: &mut [f64]| {
            out.copy_from_slice(&[30.0, 40.0]);
        });
        let experiment = virtually(Experiment::new(oracle), &[1.0]).step_size(1.0);
        let summary = shaped(experiment, (corrections, "")).updates(1).run();
        summary.unwrap().model.values().to_vec()
    };
    assert_eq!(run("clip:5,clip-value:3.5"), [-3.0, -3.5]);
    let clipped_last = run("clip-value:3.5,clip:5");
    assert!(clipped_last.iter().all(|x| (x + 3.5).abs() < 0.1));
}

/// Steps with what is finite, lets the rest go.
#[derive(Debug)]
struct Picky;

impl Method for Picky {
    fn start(&mut self, server: &mut Server<'_>) {
        for worker in (0..server.n_workers()).map(WorkerId::new) {
            server.assign(worker);
        }
    }

    fn on_gradient(&mut self, arrival: &Arrival, gradient: Gradient<'_>, server: &mut Server<'_>) {
        if !arrival.job.number().is_multiple_of(3) {
            server.step(gradient, 0.1);
        }
        server.assign(arrival.worker);
    }

    fn on_worker_lost(&mut self, _worker: WorkerId, _server: &mut Server<'_>) {}
}

#[test]
fn a_gradient_that_is_let_go_leaves_no_trace_in_a_correction() {
    for correction in CORRECTIONS {
        let oracle = from_fn(1, |job, x: &[f64], out: &mut [f64]| {
            let is_bad = job.job().number().is_multiple_of(3);
            out[0] = if is_bad { f64::NAN } else { x[0] - 2.0 };
        });
        let experiment = virtually(Experiment::new(oracle), &linear(2));
        let experiment = experiment.own_method("picky", Box::new(Picky));
        let experiment = shaped(experiment, (correction, "momentum:0.5"));
        let x = experiment.updates(600).run().unwrap().model.values()[0];
        assert!((x - 2.0).abs() < 1e-6, "{correction}: {x}");
    }
}

/// Why runs end whose second component is this number in every job from the tenth on; the first is
/// 1 always.
fn ends_with(value: f64, rules: (&str, &str), step_size: f64) -> [StopReason; 2] {
    ["pure", "pure-waiting:b=2"].map(|method| {
        let oracle = from_fn(2, move |job, _: &[f64], out: &mut [f64]| {
            let is_late = job.job().number() >= 10;
            out.copy_from_slice(&[1.0, if is_late { value } else { 1.0 }]);
        });
        let experiment = virtually(Experiment::new(oracle), &linear(3)).method(method);
        let experiment = shaped(experiment, rules).step_size(step_size);
        match experiment.updates(60).run() {
            Err(RunError::Failed(summary)) => summary.stop_reason,
            Err(error) => panic!("{rules:?}: {error}"),
            Ok(summary) => summary.stop_reason,
        }
    })
}

#[test]
fn a_gradient_that_is_not_finite_is_named_whatever_is_done_to_it() {
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        for (correction, optimizer) in every_pair() {
            for reason in ends_with(value, (correction, optimizer), 0.01) {
                assert!(
                    matches!(reason, StopReason::NotFinite { job, .. } if job.number() >= 10),
                    "{value}, {correction}, {optimizer}: {reason}"
                );
            }
        }
    }
}

fn every_pair() -> impl Iterator<Item = (&'static str, &'static str)> {
    let corrections = CORRECTIONS.into_iter().chain([""]);
    corrections.flat_map(|correction| {
        let optimizers = OPTIMIZERS.into_iter().chain([""]);
        optimizers.map(move |optimizer| (correction, optimizer))
    })
}

#[test]
fn a_finite_gradient_is_not_blamed_for_what_is_made_of_it() {
    for rules in [
        ("dc:1e300", ""),
        ("dc:1", "momentum:0.5"),
        ("", "weight-decay:1e308"),
    ] {
        for reason in ends_with(1e160, rules, 0.5) {
            let is_overflow = matches!(reason, StopReason::Diverged { .. });
            assert!(is_overflow, "{rules:?}: {reason}");
        }
    }
}

#[test]
fn a_huge_gradient_is_clipped_like_any_other() {
    for correction in ["clip:2", "clip-value:2"] {
        for reason in ends_with(1e300, (correction, ""), 0.5) {
            assert_eq!(reason, StopReason::Updates, "{correction}");
        }
    }
    let oracle = from_fn(2, |_, _: &[f64], out: &mut [f64]| {
        out.copy_from_slice(&[3e300, -4e300]);
    });
    let experiment = virtually(Experiment::new(oracle), &[1.0]).step_size(1.0);
    let summary = shaped(experiment, ("clip:5", "")).updates(1).run().unwrap();
    assert_close(summary.model.values()[0], -3.0, 1e-12);
    assert_close(summary.model.values()[1], 4.0, 1e-12);
}
