//! What theory prescribes is what runs, and its bound on the staleness of pure holds.

use asgrad::methods::{Assumptions, Prescription};
use asgrad::{Experiment, Law, Method, OptimizerRule, StepRule, Summary};
use methods::rules::Immediate;

use crate::support::{cluster, equal, linear, virtually};

fn assumptions(smoothness: f64, noise: f64, accuracy: f64) -> Assumptions {
    Assumptions::new(smoothness, noise, accuracy).unwrap()
}

fn schedule(method: &str, speeds: &[f64], updates: u64) -> Experiment {
    virtually(Experiment::schedule_only(), speeds)
        .method(method)
        .updates(updates)
}

/// Without noise and with L = 1, γ = 1/(2R) tells R.
fn bound_and_longest(method: &str, speeds: &[f64], updates: u64) -> (f64, f64) {
    let run = schedule(method, speeds, updates).theory(assumptions(1.0, 0.0, 1.0));
    let summary: Summary = run.run().unwrap();
    (0.5 / summary.step_size, summary.staleness.max as f64)
}

/// `R = Σ ⌈s_n/s_j⌉` over all but the slowest: reached where the times of the fast do not meet
/// those of the slow too often.
#[test]
fn no_gradient_of_pure_is_staler_than_theory_reckons_with() {
    let halves: Vec<f64> = [vec![1.0; 4], vec![37.0; 4]].concat();
    let odd = vec![1.0, 1.7, 2.9, 3.1, 7.3, 11.9];
    for (speeds, expected) in [
        (linear(10), 32.0),
        (equal(7), 6.0),
        (halves, 4.0 * 37.0 + 3.0),
        (odd, 12.0 + 7.0 + 5.0 + 4.0 + 2.0),
        (vec![1.0, 1000.0], 1000.0),
    ] {
        let (bound, longest) = bound_and_longest("pure", &speeds, 20_000);
        assert!((bound - expected).abs() < 1e-9, "{speeds:?}: {bound}");
        assert!(longest <= expected, "{speeds:?}: {longest} > {expected}");
        assert!(longest >= 0.9 * expected, "{speeds:?}: {longest}");
    }
}

#[test]
fn no_gradient_of_ssp_is_staler_than_theory_reckons_with() {
    for method in ["ssp:bound=0", "ssp", "ssp:bound=2"] {
        let (bound, longest) = bound_and_longest(method, &linear(6), 5_000);
        assert!(longest <= bound + 1e-9, "{method}: {longest} > {bound}");
    }
}

#[test]
fn what_runs_is_what_is_prescribed() {
    let noisy = assumptions(2.0, 1.0, 0.125);
    let prescription: Prescription = schedule("malenia", &linear(4), 10)
        .prescription(&noisy)
        .unwrap();
    let summary = schedule("malenia", &linear(4), 10).theory(noisy).run();
    let summary = summary.unwrap();
    assert_eq!(summary.method, prescription.method().to_string());
    assert_eq!(summary.method, "malenia:batch=8");
    assert_eq!(summary.step_size, 0.25);
    assert_eq!(prescription.step_size(), 0.25);
}

#[test]
fn what_theory_does_not_know_is_refused() {
    let noisy = assumptions(2.0, 1.0, 0.125);
    let refused = |experiment: Experiment, part: &str| {
        let error = experiment.theory(noisy).build().unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    };
    let sgd = || schedule("sgd", &linear(4), 10);
    refused(
        sgd().step_rule(StepRule::staleness()),
        "step rule staleness",
    );
    let momentum = OptimizerRule::momentum(0.5);
    refused(sgd().optimizer(momentum), "optimizer momentum:0.5");
    let own: Box<dyn Method> = Box::new(Immediate::new(Box::new(methods::assignment::Pure)));
    refused(sgd().own_method("mine", own), "nothing for `mine`");
    refused(sgd().method("fedbuff"), "method `fedbuff`");
    let drawn = sgd()
        .method("pure")
        .cluster(cluster(&linear(4), Law::exponential()));
    refused(drawn, "largest staleness");
    let fewer = sgd().method("pure").concurrency(3);
    refused(fewer, "largest staleness");
}

/// The first worker needs 1 unit and 7 for its download, the second 2 and 1: R = ⌈8/3⌉.
#[test]
fn links_take_their_time_as_well() {
    let links = cluster(&linear(2), Law::fixed())
        .download(Law::fixed())
        .link_times(vec![7.0, 1.0], vec![1.0, 1.0])
        .unwrap();
    let run = schedule("pure", &linear(2), 100).cluster(links);
    let summary = run.theory(assumptions(1.0, 0.0, 1.0)).run().unwrap();
    assert_eq!(summary.step_size, 0.5 / 3.0);
    assert_eq!(summary.staleness.max, 3);
}
