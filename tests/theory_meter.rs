//! What the theory meter finds where it is known in closed form.

use std::fs;

use asgrad::replay::ReplayError;
use asgrad::theory::lower_bound::{heterogeneous, homogeneous};
use asgrad::theory::{TargetFrom, Term, Theory, TheoryError, TheoryMeter};
use asgrad::{Experiment, Objective, Scalar, Trace};
use problems::{Dense, EmpiricalRisk, LeastSquares};
use proptest::prelude::*;

use crate::support::noisy::Noisy;
use crate::support::{UNIT, assert_close, equal, quadratic, scratch_file, virtually};

/// Records a run in virtual time on workers with these fixed speeds.
fn record<T: Scalar>(
    name: &str,
    objective: impl Objective<T> + 'static,
    speeds: &[f64],
    set_up: impl FnOnce(Experiment<T>) -> Experiment<T>,
) -> Trace {
    let path = scratch_file(&format!("theory-meter-{name}.jsonl"));
    let experiment = virtually(Experiment::with_objective(objective), speeds);
    set_up(experiment).trace(&path).run().unwrap();
    Trace::open(path).unwrap()
}

/// The meter's findings on `f_i(x) = ½(x − c_i)²`, run from 0.
fn on_quadratic(
    (name, method): (&str, &str),
    centres: &[f64],
    speeds: &[f64],
    (step_size, updates): (f64, u64),
) -> Theory {
    let trace = record(name, quadratic(centres), speeds, |experiment| {
        let experiment = experiment.method(method).step_size(step_size);
        experiment.updates(updates)
    });
    let meter = TheoryMeter::new(&trace, quadratic(centres));
    meter.measure().unwrap()
}

fn noisy() -> Noisy {
    Noisy {
        curvatures: (1..=20).map(|j| 0.1 * f64::from(j).powi(2)).collect(),
        centres: vec![4.0, -2.0, 10.0, 0.0],
        variances: vec![1.0, 2.0, 0.0, 5.0],
        knows_workers: true,
    }
}

fn on_noisy(name: &str, problem: &Noisy) -> Theory {
    let trace = record(name, problem.clone(), &equal(4), |experiment| {
        experiment.step_size(0.01).updates(400)
    });
    let meter = TheoryMeter::new(&trace, problem.clone());
    meter.draws(32).measure().unwrap()
}

#[test]
fn smoothness_noise_and_heterogeneity_of_quadratics_are_recovered() {
    let theory = on_quadratic(
        ("recovered", "pure"),
        &[4.0, -2.0, 10.0],
        &[1.0, 2.0, 3.0],
        (0.1, 300),
    );
    assert_close(theory.smoothness.largest, 1.0, 1e-8);
    assert_close(theory.smoothness.of_one_worker.unwrap(), 1.0, 1e-8);
    assert_eq!((theory.noise.mean, theory.noise.largest), (0.0, 0.0));
    for (found, expected) in theory
        .heterogeneity
        .per_worker
        .iter()
        .zip([0.0, 36.0, 36.0])
    {
        assert_close(*found, expected, 1e-12);
    }
    assert_close(theory.heterogeneity.mean, 24.0, 1e-12);
    assert_close(theory.heterogeneity.largest, 36.0, 1e-12);
    assert!(theory.worker_gradients_are_exact);
}

/// 32 draws at 20 versions: the mean of uniform squares in 20 dimensions has a standard deviation of 0.8 % then.
#[test]
fn with_noise_they_are_recovered_within_five_per_cent() {
    let problem = noisy();
    let theory = on_noisy("noisy", &problem);
    assert_close(theory.smoothness.largest / 40.0, 1.0, 0.05);
    assert_close(theory.noise.mean / 2.0, 1.0, 0.05);
    for (found, expected) in theory.noise.per_worker.iter().zip(&problem.variances) {
        assert!((found - expected).abs() <= 0.05 * expected, "{found}");
    }
    let pairs = theory.heterogeneity.per_worker.iter();
    for (found, expected) in pairs.zip(problem.heterogeneity()) {
        assert_close(*found, expected, 1e-9);
    }
}

#[test]
fn curvature_is_found_where_the_path_does_not_go() {
    // Without noise the path is on the first axis, which is the flattest one.
    let problem = Noisy {
        variances: vec![0.0; 4],
        ..noisy()
    };
    let smoothness = on_noisy("flat-path", &problem).smoothness;
    assert_close(smoothness.along_path / 0.1, 1.0, 1e-6);
    assert_close(smoothness.curvature / 40.0, 1.0, 0.05);
    assert_close(smoothness.of_one_worker.unwrap() / 40.0, 1.0, 0.05);
}

/// `f_1` = ½x² and `f_2` = ½·4x².
#[test]
fn one_worker_may_be_more_curved_than_all_together() {
    let problem = || {
        let rows = Dense::new(1, vec![1.0, 2.0]).into();
        EmpiricalRisk::<f64, _>::new(LeastSquares, &rows, &[1.0, 0.0], &[vec![0], vec![1]]).unwrap()
    };
    let trace = record("curved-worker", problem(), &equal(2), |experiment| {
        experiment.updates(50)
    });
    let theory = TheoryMeter::new(&trace, problem()).measure().unwrap();
    assert_close(theory.smoothness.largest, 2.5, 1e-8);
    assert_close(theory.smoothness.of_one_worker.unwrap(), 4.0, 1e-8);
    // A full batch has no noise, to the last bit.
    assert_eq!(theory.noise.largest, 0.0);
}

#[test]
fn gradients_of_workers_that_are_not_known_are_averaged_and_said_to_be() {
    let problem = Noisy {
        knows_workers: false,
        ..noisy()
    };
    let theory = on_noisy("unknown", &problem);
    assert!(!theory.worker_gradients_are_exact);
    assert_eq!(theory.smoothness.of_one_worker, None);
    assert_close(theory.noise.mean / 2.0, 1.0, 0.05);
    // The mean of 32 draws is off by σ²/32, of which the average is taken off.
    let expected = problem.heterogeneity().iter().sum::<f64>() / 4.0;
    let too_much = theory.heterogeneity.mean - expected;
    assert!(too_much.abs() < 2.0 * 2.0 / 32.0, "{too_much}");
}

#[test]
fn single_precision_is_enough_for_five_per_cent() {
    let problem = || problems::Quadratic::<f32>::new(&[3.0, 0.0, -6.0]);
    let trace = record("f32", problem(), &equal(3), |experiment| {
        experiment.updates(300)
    });
    let theory = TheoryMeter::new(&trace, problem()).measure().unwrap();
    assert_close(theory.smoothness.largest, 1.0, 0.05);
    assert_close(theory.heterogeneity.mean / 14.0, 1.0, 1e-5);
}

#[test]
fn equal_data_have_no_heterogeneity_at_all() {
    for method in ["pure", "shuffled", "fedbuff:b=2"] {
        let centres = [0.3; 3];
        let run = (0.1, 200);
        let theory = on_quadratic(("equal-data", method), &centres, &[1.0, 2.0, 7.0], run);
        assert_eq!(theory.heterogeneity.largest, 0.0, "{method}");
        assert_eq!(theory.sequence_correlation.mean_of_largest, 0.0, "{method}");
        assert_eq!(theory.delay_variance.largest, 0.0, "{method}");
        assert_eq!(theory.bound.unwrap().dominant, Term::Descent, "{method}");
    }
}

/// Blocks of two jobs are the epochs: the sum is ±1 after the first and 0 after the second.
#[test]
fn a_permutation_of_two_strays_by_one_deviation_and_comes_back() {
    let theory = on_quadratic(("two", "shuffled"), &[1.0, -1.0], &equal(2), (0.5, 101));
    let found = theory.sequence_correlation;
    assert_eq!((found.period, found.blocks), (2, 51));
    assert_close(found.value, 1.0, 1e-12);
    assert_close(found.mean_of_largest, 1.0, 1e-12);
}

/// In blocks that are epochs of four, `E‖…‖² = k(n − k)/(n − 1)·ζ²` is largest for k = 2, with 4/3·ζ² ≤ n/2·ζ². Over 5,001 epochs
/// the mean has a standard deviation of 1.2 %.
#[test]
fn shuffled_strays_as_far_as_a_random_permutation_does() {
    let centres = [3.0, 0.0, 1.0, -4.0];
    let theory = on_quadratic(("four", "shuffled"), &centres, &equal(4), (0.25, 20_000));
    let (found, zeta) = (theory.sequence_correlation, theory.heterogeneity.mean);
    assert_eq!((found.period, found.blocks), (4, 5_001));
    assert_close(found.value / zeta, 4.0 / 3.0, 0.05);
    assert!(found.value <= 2.0 * zeta);
    assert!(found.mean_of_largest >= found.value);
}

/// Blocks of eight jobs. Worker 1 has the second job of all and no other: in the first block the sum is 1, 0, 1, …, 6, in the others
/// 1, 2, …, 8.
#[test]
fn assigning_one_worker_alone_strays_with_the_square_of_the_period() {
    let speeds = [1.0, 1e6];
    let theory = on_quadratic(("favoured", "pure"), &[1.0, -1.0], &speeds, (0.125, 798));
    let found = theory.sequence_correlation;
    assert_eq!((found.period, found.blocks), (8, 100));
    assert_close(found.value, (36.0 + 99.0 * 64.0) / 100.0, 1e-12);
    assert_close(found.mean_of_largest, found.value, 1e-12);
    assert_eq!(theory.bound.unwrap().dominant, Term::Sequence);
}

#[test]
fn mini_batches_stray_no_farther_in_longer_blocks() {
    let centres = [1.0, 1.0, -1.0, -1.0];
    for step_size in [1.0, 0.5, 0.25] {
        let run = (step_size, 100);
        let theory = on_quadratic(("minibatch", "minibatch"), &centres, &equal(4), run);
        // A mean of four: each gradient makes a quarter of the step, so blocks have 4, 8, 16 jobs.
        assert_eq!(theory.step_sizes.used, step_size / 4.0);
        assert_close(
            theory.sequence_correlation.period as f64,
            4.0 / step_size,
            0.0,
        );
        // Two of one side, then two of the other.
        assert_close(theory.sequence_correlation.value, 4.0, 1e-12);
        assert_eq!((theory.ages.oldest, theory.ages.concurrency), (3, 4));
    }
}

/// The slow worker ends up with both jobs: their deviations add up to 2, and `τ_C²ζ²` = 4 is reached. With pure
/// assignment each has one, and they cancel.
#[test]
fn delay_variance_is_that_of_the_jobs_that_are_out() {
    let speeds = [1.0, 1000.0];
    let run = (0.01, 50);
    let shuffled = on_quadratic(("queue", "shuffled"), &[1.0, -1.0], &speeds, run);
    assert_close(shuffled.delay_variance.largest, 4.0, 1e-12);
    let pure = on_quadratic(("no-queue", "pure"), &[1.0, -1.0], &speeds, run);
    assert_close(pure.delay_variance.largest, 0.0, 1e-12);
    assert_eq!(
        pure.ages.oldest, 50,
        "the slow worker's first job is still out"
    );
}

/// Of each mini-batch both jobs are out when the first comes back, and cancel; then there is one. At the end there are both.
#[test]
fn the_mean_delay_variance_is_over_arrivals_and_the_end() {
    let run = (0.1, 50);
    let theory = on_quadratic(("mean", "minibatch"), &[1.0, -1.0], &equal(2), run);
    assert_close(theory.delay_variance.largest, 1.0, 1e-12);
    assert_close(theory.delay_variance.mean, 50.0 / 101.0, 1e-12);
}

/// Equal speeds: delays are 0, 1, 2, and then 3 for ever.
#[test]
fn the_step_size_that_theory_allows_is_next_to_the_one_used() {
    let centres = [0.0, 0.0, 0.0, 0.0];
    let theory = on_quadratic(("step-sizes", "pure"), &centres, &equal(4), (0.2, 100));
    assert_eq!((theory.ages.oldest, theory.ages.concurrency), (3, 4));
    let sizes = theory.step_sizes;
    assert_close(sizes.used, 0.2, 1e-12);
    // All gradients were 0: the path has no length, but there is curvature.
    assert_close(sizes.by_smoothness.unwrap(), 1.0, 1e-8);
    assert_close(sizes.by_age.unwrap(), 1.0 / 12f64.sqrt(), 1e-8);
    assert_close(sizes.ratio.unwrap(), 0.2 * 12f64.sqrt(), 1e-8);
}

/// `f` = ½x² from x = 2 with one worker and γ = ½: the losses are 2, ½, ⅛, … and `‖∇f‖²` = 4, 1, ¼, ….
#[test]
fn the_terms_of_the_bound_are_next_to_the_measured_gradient() {
    let trace = record("terms", quadratic(&[0.0]), &[1.0], |experiment| {
        experiment.start(vec![2.0]).step_size(0.5).updates(2)
    });
    let meter = TheoryMeter::new(&trace, quadratic(&[0.0]));
    let bound = meter.start(vec![2.0]).measure().unwrap().bound.unwrap();
    assert_eq!(bound.gradients, 2);
    assert_eq!(bound.descent_to_lowest_seen, 2.0 - 0.125);
    assert_eq!(bound.descent, 1.875 / (0.5 * 2.0));
    assert_eq!(
        (bound.noise, bound.sequence, bound.jobs_out),
        (0.0, 0.0, 0.0)
    );
    assert_eq!(bound.measured, (4.0 + 1.0 + 0.25) / 3.0);
}

/// One gradient takes 1 and 2 ms. Without noise a round of Rennala is one gradient of the faster worker, and one of Malenia lasts
/// until the slower one has delivered.
#[test]
fn times_on_the_recorded_machine_are_those_worked_out_by_hand() {
    let problem = || quadratic(&[0.0, 0.0]);
    let trace = record("times", problem(), &[1.0, 2.0], |experiment| {
        experiment.start(vec![2.0]).step_size(0.5).updates(40)
    });
    let meter = TheoryMeter::new(&trace, problem()).start(vec![2.0]);
    // Δ = 2, but for 2⁻⁴⁰: LΔ/ε = 8.5.
    let times = meter.target(2.0 / 8.5).measure().unwrap().times;
    assert_close(times.steps, 8.5, 1e-6);
    assert_eq!(times.batch, 0.0);
    assert_eq!(times.mean_seconds, [Some(0.001), Some(0.002)]);
    assert_eq!(times.target_from, TargetFrom::Asked);
    let (rennala, malenia) = (times.rennala.unwrap(), times.malenia.unwrap());
    assert_eq!((rennala.rounds, rennala.seconds), (9, 0.009));
    assert_eq!((malenia.rounds, malenia.seconds), (9, 0.018));
    let homogeneous = times.homogeneous.unwrap();
    assert_eq!(homogeneous.useful_workers, 1);
    assert_close(homogeneous.bracket, 0.0085, 1e-6);
    assert_close(times.heterogeneous.unwrap(), 0.017, 1e-6);
}

#[test]
fn a_worker_that_delivered_nothing_leaves_different_data_without_a_bound() {
    let theory = on_quadratic(("absent", "pure"), &[3.0, 0.0], &[1.0, 1e6], (0.1, 50));
    assert_eq!(theory.times.mean_seconds, [Some(0.001), None]);
    assert_eq!(
        (theory.times.heterogeneous, theory.times.malenia),
        (None, None)
    );
    assert!(theory.times.homogeneous.is_some());
    assert_eq!(theory.times.target_from, TargetFrom::SmallestMeasured);
    assert!(theory.times.reached.is_some());
}

#[test]
fn a_trace_that_is_cut_is_measured_as_far_as_it_goes() {
    let centres = [1.0, -1.0];
    let whole = on_quadratic(("cut", "pure"), &centres, &equal(2), (0.1, 100));
    let path = scratch_file("theory-meter-cut-short.jsonl");
    let text = fs::read_to_string(path.with_file_name("theory-meter-cut.jsonl")).unwrap();
    // Evaluations stand between the gradients.
    let mut gradients = text.match_indices("{\"event\":\"received\"");
    fs::write(&path, &text[..gradients.nth(50).unwrap().0]).unwrap();
    let trace = Trace::open(path).unwrap();
    let cut = TheoryMeter::new(&trace, quadratic(&centres)).measure();
    let cut = cut.unwrap();
    let gradients = [whole, cut.clone()].map(|of| of.bound.unwrap().gradients);
    assert_eq!(gradients, [100, 50]);
    assert_eq!((cut.versions[0], *cut.versions.last().unwrap()), (0, 50));
    assert_close(cut.heterogeneity.mean, 1.0, 1e-12);
}

#[test]
fn another_problem_than_the_recorded_one_is_an_error() {
    let centres = [1.0, -1.0];
    on_quadratic(("other", "pure"), &centres, &equal(2), (0.1, 100));
    let path = scratch_file("theory-meter-none.jsonl");
    let trace = Trace::open(path.with_file_name("theory-meter-other.jsonl")).unwrap();
    let measure = |centres: &[f64]| TheoryMeter::new(&trace, quadratic(centres)).measure();
    let diverged = measure(&[1.0, -2.0]).unwrap_err();
    assert!(matches!(diverged, TheoryError::Diverged(_)), "{diverged}");
    let workers = measure(&[1.0, -1.0, 0.0]).unwrap_err();
    assert!(
        matches!(workers, TheoryError::Replay(ReplayError::Workers { .. })),
        "{workers}"
    );
}

#[test]
fn a_run_that_diverged_is_measured_where_it_is_finite() {
    let path = scratch_file("theory-meter-diverged.jsonl");
    let problem = || quadratic(&[1.0, -1.0]);
    let evaluated = Experiment::with_objective(problem()).evaluate_every(1);
    for (experiment, versions) in [(evaluated, 20), (Experiment::new(problem()), 10)] {
        let run = virtually(experiment, &[1.0, 2.0]).step_size(1e3);
        assert!(run.trace(&path).run().is_err());
        // Of about a hundred versions half have a loss that is finite; if none was evaluated, that turns out too late.
        let meter = TheoryMeter::new(&Trace::open(&path).unwrap(), problem());
        let theory = meter.measure().unwrap();
        assert_eq!(theory.versions.len(), versions);
        assert!(theory.step_sizes.ratio.unwrap() > 1e3);
        assert!(theory.bound.unwrap().measured.is_finite());
        assert_close(theory.smoothness.curvature, 1.0, 1e-6);
    }
}

#[test]
fn a_trace_without_a_model_or_without_a_gradient_is_an_error() {
    let problem = || quadratic(&[1.0, -1.0]);
    let measure = |trace: &Trace| TheoryMeter::new(trace, problem()).measure().unwrap_err();
    let path = scratch_file("theory-meter-schedule.jsonl");
    let schedule = virtually(Experiment::<f64>::schedule_only(), &equal(2));
    schedule.trace(&path).run().unwrap();
    let error = measure(&Trace::open(path).unwrap());
    assert!(
        matches!(error, TheoryError::Replay(ReplayError::Dimension { .. })),
        "{error}"
    );
    let early = record("early", problem(), &equal(2), |experiment| {
        experiment.time_limit(UNIT / 2)
    });
    assert!(matches!(measure(&early), TheoryError::NoGradients));
}

proptest! {
    #[test]
    fn equal_data_never_need_longer_than_data_that_differ(
        speeds in prop::collection::vec(1e-6..1e6f64, 1..50),
        a in 1e-3..1e9f64,
        b in 0.0..1e9f64,
    ) {
        let equal = homogeneous(&speeds, a, b).unwrap().bracket;
        let different = heterogeneous(&speeds, a, b).unwrap();
        prop_assert!(equal <= different * (1.0 + 1e-12));
    }
}
