//! What the theory meter finds on problems that are hard for it: spectra that hide their top,
//! gradients of workers that are not known, methods and sizes of one's own.

use asgrad::theory::{TheoryError, TheoryMeter};
use asgrad::{Clock, Experiment, JobContext, Law, Objective, Oracle, OracleError, Trace};
use methods::{Arrival, Gradient, Method, Server};
use ps_core::WorkerId;

use crate::support::noisy::Noisy;
use crate::support::{cluster, quadratic, scratch_file, virtually};

/// The largest curvature that the meter finds along a run that never goes where it is largest.
fn largest(curvatures: Vec<f64>, seed: u64) -> f64 {
    let problem = Noisy {
        curvatures,
        centres: vec![0.0],
        variances: vec![0.0],
        knows_workers: false,
    };
    let top = problem.curvatures.iter().copied().fold(0.0, f64::max);
    let start = |h: &f64| if *h == top { 0.0 } else { 1.0 };
    let start: Vec<f64> = problem.curvatures.iter().map(start).collect();
    let path = scratch_file("curvature.jsonl");
    virtually(Experiment::with_objective(problem.clone()), &[1.0])
        .start(start.clone())
        .seed(seed)
        .updates(4)
        .trace(&path)
        .run()
        .unwrap();
    let meter = TheoryMeter::new(&Trace::open(&path).unwrap(), problem);
    meter
        .start(start)
        .draws(2)
        .measure()
        .unwrap()
        .smoothness
        .largest
}

#[test]
fn a_top_eigenvalue_that_hardly_stands_out_is_found_within_five_per_cent() {
    let with_top = |mut rest: Vec<f64>, top: f64| {
        rest[7] = top;
        rest
    };
    let even = |d: u32| {
        (1..=d)
            .map(|j| f64::from(j) / f64::from(d))
            .collect::<Vec<_>>()
    };
    let spectra = [
        with_top(vec![1.0; 650], 1.1),
        with_top(vec![1.0; 2000], 1.1),
        with_top(vec![1.0; 10_000], 1.2),
        with_top(vec![1.0; 20_000], 1.3),
        with_top(even(650), 1.1),
        with_top(even(10_000), 1.3),
        even(1000),
        even(5000),
        vec![2.0; 5],
        vec![1e-12; 3],
    ];
    for curvatures in spectra {
        let d = curvatures.len();
        let top = curvatures.iter().copied().fold(0.0, f64::max);
        for seed in [1, 2, 3] {
            let found = largest(curvatures.clone(), seed) / top;
            assert!(
                (0.95..1.000_001).contains(&found),
                "d = {d}: {found} of {top}"
            );
        }
    }
}

/// `ζ²` = 1/4 and `σ²` = 100/3, of which the means of 16 draws keep 1.04. Its estimate at one
/// version has a standard deviation of about 0.2, and the mean over 20 versions one of 0.04.
#[test]
fn noise_is_not_taken_for_heterogeneity_where_gradients_of_workers_are_not_known() {
    let problem = Noisy {
        curvatures: vec![1.0; 100],
        centres: vec![-0.5, 0.5],
        variances: vec![100.0 / 3.0; 2],
        knows_workers: false,
    };
    let path = scratch_file("curvature-unknown.jsonl");
    Experiment::with_objective(problem.clone())
        .clock(Clock::Virtual)
        .cluster(cluster(&[1.0, 2.0], Law::fixed()))
        .updates(50)
        .trace(&path)
        .run()
        .unwrap();
    let trace = Trace::open(&path).unwrap();
    let theory = TheoryMeter::new(&trace, problem).measure().unwrap();
    assert!(!theory.worker_gradients_are_exact);
    let found = theory.heterogeneity.mean;
    assert!((found - 0.25).abs() < 0.2, "{found}");
    assert!(
        theory
            .heterogeneity
            .per_worker
            .iter()
            .all(|value| *value >= 0.0)
    );
}

#[derive(Debug)]
struct Own;

impl Method for Own {
    fn start(&mut self, server: &mut Server<'_>) {
        (0..server.n_workers()).for_each(|worker| server.assign(WorkerId::new(worker)));
    }

    fn on_gradient(&mut self, arrival: &Arrival, gradient: Gradient<'_>, server: &mut Server<'_>) {
        server.step(gradient, 0.1);
        server.assign(arrival.worker);
    }

    fn on_worker_lost(&mut self, _worker: WorkerId, _server: &mut Server<'_>) {}
}

#[test]
fn a_method_of_ones_own_is_measured_and_a_target_below_0_is_refused() {
    let path = scratch_file("curvature-own.jsonl");
    let experiment =
        Experiment::with_objective(quadratic(&[3.0, 1.0])).own_method("mine", Box::new(Own));
    virtually(experiment, &[1.0, 2.0])
        .updates(50)
        .trace(&path)
        .run()
        .unwrap();
    let trace = Trace::open(&path).unwrap();
    let meter = || TheoryMeter::new(&trace, quadratic(&[3.0, 1.0])).own_method(Box::new(Own));
    assert_eq!(meter().measure().unwrap().method, "mine");
    for target in [-1.0, f64::NAN, f64::INFINITY] {
        let error = meter().target(target).measure().unwrap_err();
        assert!(matches!(error, TheoryError::BadTarget(_)), "{error}");
    }
}

/// Two gradients of 40,000,000 numbers would be kept for a version.
#[test]
fn a_problem_whose_gradients_do_not_fit_is_refused_by_theory() {
    #[derive(Clone)]
    struct Large;
    impl Oracle for Large {
        fn dim(&self) -> usize {
            40_000_000
        }

        fn gradient(
            &self,
            _: &mut JobContext<'_>,
            _: &[f64],
            _: &mut [f64],
        ) -> Result<(), OracleError> {
            Ok(())
        }
    }
    impl Objective for Large {
        fn loss(&self, _: &[f64]) -> f64 {
            0.0
        }

        fn full_gradient(&self, _: &[f64], _: &mut [f64]) {}
    }
    let path = scratch_file("curvature-large.jsonl");
    let experiment = Experiment::<f64>::schedule_only();
    let run = virtually(experiment, &[1.0, 2.0]).updates(2).trace(&path);
    run.run().unwrap();
    let trace = Trace::open(&path).unwrap();
    let error = TheoryMeter::new(&trace, Large).measure().unwrap_err();
    let said = error.to_string();
    assert!(
        said.starts_with("2 workers times 40000000 parameters"),
        "{said}"
    );
}
