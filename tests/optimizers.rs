//! What makes the direction of an update: against the textbook recursions, bit for bit, and beside
//! every correction.

use asgrad::theory::TheoryMeter;
use asgrad::trace::model_hash;
use asgrad::{Clock, Experiment, Law, Scalar, StepRule, StopReason, Trace, from_fn};
use problems::Quadratic;

use crate::support::each::for_every_method;
use crate::support::rules::{CORRECTIONS, OPTIMIZERS, shaped};
use crate::support::{
    assert_close, cluster, equal, linear, quadratic, scratch_file, virtually, with_value,
};

const STEP_SIZE: f64 = 0.1;
const UPDATES: u64 = 50;
const DIM: usize = 19;

fn gradient<T: Scalar>(x: &[T]) -> Vec<T> {
    let components = x.iter().enumerate();
    let component =
        |(i, x): (usize, &T)| T::from_f64(ps_core::math::sin(x.to_f64()) - i as f64 / 10.0);
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
        .updates(UPDATES)
}

/// `x ← x − γ·d`, with the direction that `direct` makes of each component of the gradient in
/// update `t = 1, 2, …`.
fn textbook<T: Scalar>(mut direct: impl FnMut(u64, usize, T, T) -> T) -> String {
    let mut x = start::<T>();
    for t in 1..=UPDATES {
        let g = gradient(&x);
        for (i, (x, g)) in x.iter_mut().zip(g).enumerate() {
            *x -= T::from_f64(STEP_SIZE) * direct(t, i, *x, g);
        }
    }
    model_hash(&x)
}

/// Every method with one worker; those that wait wait for one gradient.
#[track_caller]
fn check<T: Scalar>(optimizer: &str, expected: &str) {
    for_every_method(|named| {
        let method = with_value(named, 1);
        let experiment = shaped(experiment::<T>(&method, &[1.0]), ("", optimizer));
        let summary = experiment.run().unwrap();
        assert_eq!(summary.model_hash, expected, "{method}, {optimizer}");
    });
}

fn momentum<T: Scalar>() {
    let beta = T::from_f64(0.75);
    let mut v = [T::ZERO; DIM];
    let polyak = textbook(|_, i, _, g| {
        v[i] = beta * v[i] + g;
        v[i]
    });
    check::<T>("momentum:0.75", &polyak);
    let mut v = [T::ZERO; DIM];
    let nesterov = textbook(|_, i, _, g| {
        v[i] = beta * v[i] + g;
        g + beta * v[i]
    });
    check::<T>("nesterov:0.75", &nesterov);
}

#[test]
fn momentum_with_one_worker_is_the_textbook_recursion_bit_for_bit() {
    momentum::<f64>();
    momentum::<f32>();
}

/// Adam with `β1 = 3/4`, `β2 = 7/8`, `ε = 1/8`: powers of these are exact.
fn adam<T: Scalar>(mut m: [T; DIM], mut v: [T; DIM], decay: f64) -> String {
    let exact = T::from_f64;
    textbook(|t, i, x, g| {
        m[i] = exact(0.75) * m[i] + exact(0.25) * g;
        v[i] = exact(0.875) * v[i] + exact(0.125) * g * g;
        let power = |beta: f64| (0..t).fold(1.0, |power, _| power * beta);
        let (bias1, bias2) = (exact(1.0 - power(0.75)), exact(1.0 - power(0.875)));
        let direction = m[i] / bias1 / ((v[i] / bias2).sqrt() + exact(0.125));
        if decay == 0.0 {
            direction
        } else {
            direction + exact(decay) * x
        }
    })
}

#[test]
fn adam_with_one_worker_is_the_textbook_recursion_bit_for_bit() {
    let zeros = [0.0; DIM];
    check::<f64>("adam:0.75:0.875:0.125", &adam(zeros, zeros, 0.0));
    check::<f64>("adamw:0.25:0.75:0.875:0.125", &adam(zeros, zeros, 0.25));
    check::<f64>("adamw:0:0.75:0.875:0.125", &adam(zeros, zeros, 0.0));
    let zeros = [0.0f32; DIM];
    check::<f32>("adam:0.75:0.875:0.125", &adam(zeros, zeros, 0.0));
    check::<f32>("adamw:0.25:0.75:0.875:0.125", &adam(zeros, zeros, 0.25));
}

#[test]
fn weight_decay_in_front_of_momentum_goes_through_it_and_behind_it_does_not() {
    let mut v = [0.0; DIM];
    let in_front = textbook(|_, i, x: f64, g| {
        v[i] = 0.75 * v[i] + (g + 0.25 * x);
        v[i]
    });
    check::<f64>("weight-decay:0.25,momentum:0.75", &in_front);
    let mut v = [0.0; DIM];
    let behind = textbook(|_, i, x: f64, g| {
        v[i] = 0.75 * v[i] + g;
        v[i] + 0.25 * x
    });
    check::<f64>("momentum:0.75,weight-decay:0.25", &behind);
    assert_ne!(in_front, behind);
}

/// Gradients 2, −1, 3 with `β1 = 1/2`, `β2 = 3/4`, `ε = 1`, `γ = 1`:
/// `m = 1, 0, 3/2`, `v = 1, 1, 3`; unbiased `m = 2, 0, 12/7`, `v = 4, 16/7, 192/37`;
/// so `d = 2/3, 0, (12/7)/(√(192/37) + 1)`.
#[test]
fn the_first_steps_of_adam_are_those_by_hand() {
    let oracle = from_fn(1, |job, _: &[f64], out: &mut [f64]| {
        out[0] = match job.job().number() {
            0 => 2.0,
            1 => -1.0,
            _ => 3.0,
        };
    });
    let experiment = virtually(Experiment::new(oracle), &[1.0]).step_size(1.0);
    let experiment = shaped(experiment, ("", "adam:0.5:0.75:1"));
    let x = experiment.updates(3).run().unwrap().model.values()[0];
    let third = 12.0 / 7.0 / ((192.0f64 / 37.0).sqrt() + 1.0);
    assert_close(x, -2.0 / 3.0 - third, 1e-15);
}

/// Both kinds: those that are left out, and those that are computed and change nothing.
#[test]
fn an_optimizer_of_strength_zero_is_none_bit_for_bit() {
    let run = |method: &str, optimizer: &str| {
        let experiment = shaped(experiment::<f64>(method, &linear(4)), ("", optimizer));
        experiment.run().unwrap().model_hash
    };
    for_every_method(|named| {
        let plain = run(named.name, "");
        for optimizer in ["momentum:0", "nesterov:0", "weight-decay:0"] {
            assert_eq!(run(named.name, optimizer), plain);
        }
    });
    // A mean of two or four is exact.
    for method in ["pure", "shuffled", "pure-waiting:b=2", "fedbuff:b=4"] {
        let plain = run(method, "");
        for optimizer in ["momentum:1e-200", "nesterov:1e-200", "weight-decay:1e-200"] {
            assert_eq!(run(method, optimizer), plain, "{method}, {optimizer}");
        }
    }
}

/// Adam steps by about γ whatever the size of what it is given: by γ and not by γ/b where b
/// gradients are held.
#[test]
fn an_update_along_held_gradients_is_along_their_mean() {
    for method in ["pure", "minibatch", "pure-waiting:b=3", "fedbuff:b=4"] {
        let oracle = from_fn(1, |_, _: &[f64], out: &mut [f64]| out[0] = 5.0);
        let experiment = virtually(Experiment::new(oracle), &equal(4)).method(method);
        let experiment = shaped(experiment.step_size(0.1), ("", "adam"));
        let x = experiment.updates(10).run().unwrap().model.values()[0];
        assert_close(x, -1.0, 1e-6);
    }
}

/// The weights of three gradients are not those of two: a velocity of sums would jump.
#[test]
fn momentum_does_not_notice_that_fewer_gradients_are_held() {
    let oracle = |fails: u64| {
        ps_core::from_fn(1, move |job, _: &[f64], out: &mut [f64]| {
            assert!(job.worker().index() != 2 || job.job().number() < fails);
            out[0] = 1.0;
        })
    };
    let run = |fails| {
        let experiment = virtually(Experiment::new(oracle(fails)), &equal(3));
        let experiment = experiment
            .method("minibatch")
            .on_lost_worker(asgrad::OnLoss::Continue);
        let experiment = shaped(experiment, ("", "momentum:0.5")).step_size(1.0);
        experiment.updates(20).run().unwrap().model.values()[0]
    };
    assert_close(run(15), run(u64::MAX), 1e-12);
}

fn on_four_workers<T: Scalar>(method: &str) -> Experiment<T> {
    let centres = [1.0, -2.0, 0.5].repeat(4);
    Experiment::with_objective(Quadratic::in_dimension(3, &centres))
        .method(method)
        .clock(Clock::Virtual)
        .cluster(cluster(&linear(4), Law::exponential()))
}

fn solves<T: Scalar>(method: &str, lists: (&str, &str), tolerance: f64) {
    let cosine = StepRule::cosine(4000);
    let experiment = shaped(on_four_workers::<T>(method), lists).step_rule(cosine);
    let summary = experiment.step_size(0.05).updates(4000).run().unwrap();
    assert_eq!(summary.stop_reason, StopReason::Updates);
    let norm = summary.gradient_norm.unwrap();
    assert!(norm < tolerance, "{method}, {lists:?}, {}: {norm}", T::NAME);
}

/// Homogeneous data. A decay of λ moves the minimum by λ‖c‖; the steps of Adam do not shrink by
/// themselves, so `γ` does.
#[test]
fn every_correction_with_every_optimizer_solves_a_quadratic() {
    for correction in CORRECTIONS.into_iter().chain([""]) {
        for optimizer in OPTIMIZERS.into_iter().chain([""]) {
            let tolerance = match optimizer {
                "adam" => 1e-3,
                optimizer if optimizer.contains("w") => 0.01,
                _ => 1e-5,
            };
            for method in ["pure", "shuffled-waiting:b=2"] {
                solves::<f64>(method, (correction, optimizer), tolerance);
                solves::<f32>(method, (correction, optimizer), tolerance);
            }
        }
    }
}

/// A decay is scaled by the step size like everything else.
#[test]
fn a_zero_step_moves_nothing_whatever_is_made_of_the_gradient() {
    let start = [0.1, -7.0, 3.0];
    for correction in CORRECTIONS.into_iter().chain([""]) {
        for optimizer in OPTIMIZERS {
            for method in ["pure", "pure-waiting:b=3", "fedbuff:b=2"] {
                let experiment = on_four_workers(method).start(start.to_vec()).step_size(0.0);
                let experiment = shaped(experiment, (correction, optimizer)).updates(30);
                let summary = experiment.run().unwrap();
                assert_eq!(summary.updates, 30);
                assert_eq!(summary.model.values(), start, "{correction}, {optimizer}");
            }
        }
    }
}

#[test]
fn theory_states_no_bound_for_steps_that_are_not_plain() {
    let has_bound = |corrections: &str, optimizers: &str| {
        let path = scratch_file("optimizers-bound.jsonl");
        let objective = || quadratic(&[1.0, 2.0]);
        let experiment = virtually(Experiment::with_objective(objective()), &equal(2));
        let experiment = shaped(experiment, (corrections, optimizers));
        experiment.trace(&path).run().unwrap();
        let trace = Trace::open(path).unwrap();
        let theory = TheoryMeter::new(&trace, objective()).measure();
        theory.unwrap().bound.is_some()
    };
    assert!(has_bound("", ""));
    assert!(OPTIMIZERS.iter().all(|optimizer| !has_bound("", optimizer)));
    assert!(
        CORRECTIONS
            .iter()
            .all(|correction| !has_bound(correction, ""))
    );
}
