//! Where the methods go when workers of different speeds want different things: limits in closed
//! form.
//!
//! `f_i(x) = ½(x − c_i)²` with centres 3, 0, −6 (mean −1) on workers that need 1, 2 and 7 units.

use asgrad::{Law, StepRule};
use ps_core::{Event, Updated};

use crate::support::recording::{Recording, Setup};
use crate::support::{assert_close, cluster, linear, quadratic};

const CENTRES: [f64; 3] = [3.0, 0.0, -6.0];
const SPEEDS: [f64; 3] = [1.0, 2.0, 7.0];

fn run(method: &str, step_size: f64, updates: u64) -> Recording {
    let mut setup = Setup::new(method, &[10.0], updates);
    setup.step_size = step_size;
    setup.record(quadratic(&CENTRES), &cluster(&SPEEDS, Law::fixed()))
}

/// The mean of what the last `count` gradients were computed at, `x_π`.
fn mean_read(run: &Recording, count: usize) -> f64 {
    let reads: Vec<f64> = run
        .received()
        .map(|r| run.models[usize::try_from(r.read_version.number()).unwrap()].values()[0])
        .collect();
    reads[reads.len() - count..].iter().sum::<f64>() / count as f64
}

/// In 14 units the workers deliver 14, 7 and 2 gradients: p = (14, 7, 2)/23, and `Σ p_i c_i` =
/// (42 + 0 − 12)/23 = 30/23. In the limit the run repeats itself every 23 updates, so those 23
/// gradients `x_π − c` add up to nothing: the mean of `x_π` is 30/23 *exactly*, whatever γ. And no
/// version is farther from it than `γ·(23 + τ_max)·max|g|`.
#[test]
fn pure_goes_to_the_mean_weighted_by_speed_and_not_to_the_minimum() {
    for step_size in [0.05, 0.01] {
        let run = run("pure", step_size, 23 * 300);
        assert_close(mean_read(&run, 23), 30.0 / 23.0, 1e-12);
        let staleness = run.received().map(|r| r.staleness()).max().unwrap();
        let bound = step_size * (23.0 + staleness as f64) * 10.0;
        assert!((run.last()[0] - 30.0 / 23.0).abs() < bound);
    }
}

/// Waiting for everybody gives the mean gradient: `x_{t+1} + 1 = (1 − γ)(x_t + 1)`.
#[test]
fn mini_batch_goes_to_the_minimum_geometrically() {
    let run = run("minibatch", 0.125, 200);
    for (t, model) in run.models.iter().enumerate() {
        let t = i32::try_from(t).unwrap();
        assert_close(model.values()[0], -1.0 + 11.0 * 0.875f64.powi(t), 1e-12);
    }
    assert_close(run.last()[0], -1.0, 1e-10);
}

/// Five workers that need 1, 2, 3, 4 and 5 units: in 60 units they deliver 60, 30, 20, 15 and 12
/// gradients, and `pure` goes to the mean of the centres 5, 3, −1, −7, −10 with these weights over
/// 137: (300 + 90 − 20 − 105 − 120)/137 = 145/137. The minimiser is their mean, −2. Malenia steps
/// along `x + 2` exactly, whatever the numbers in its rows; Ringleader's rows are at most 8 updates
/// old, and with γ = 0.02 its error shrinks by some 2 % an update.
#[test]
fn malenia_and_ringleader_go_to_the_minimum_where_pure_does_not() {
    let centres = [5.0, 3.0, -1.0, -7.0, -10.0];
    let run = |method: &str, step_size: f64, updates| {
        let mut setup = Setup::new(method, &[10.0], updates);
        setup.step_size = step_size;
        setup.record(quadratic(&centres), &cluster(&linear(5), Law::fixed()))
    };
    let pure = run("pure", 0.02, 137 * 100);
    assert_close(mean_read(&pure, 137), 145.0 / 137.0, 1e-12);
    assert!((pure.last()[0] + 2.0).abs() > 1.0, "{}", pure.last()[0]);
    for method in ["malenia", "malenia:batch=12"] {
        let malenia = run(method, 0.125, 200);
        for (t, model) in (0..).zip(&malenia.models) {
            assert_close(model.values()[0], -2.0 + 12.0 * 0.875f64.powi(t), 1e-12);
        }
    }
    let ringleader = run("ringleader", 0.02, 2000);
    assert_close(ringleader.last()[0], -2.0, 1e-12);
}

/// `Σ_t (x_π − c_k) = (x_0 − x_T)/γ`. Shuffled assigns everybody the same number of jobs but for
/// one, and at most C are still out: the mean of `x_π` is −1 up to
/// `(|x_0 − x_T|/γ + (1 + C)·Σ|c_i + 1|)/T`.
#[test]
fn shuffled_goes_to_the_minimum() {
    let (step_size, updates) = (0.01, 20_000);
    let run = run("shuffled", step_size, updates);
    let far = (10.0 - run.last()[0]).abs() / step_size + 4.0 * (4.0 + 1.0 + 5.0);
    let mean = mean_read(&run, usize::try_from(updates).unwrap());
    assert!((mean + 1.0).abs() <= far / updates as f64, "{mean}");
    assert!((mean + 1.0).abs() < 0.07, "{mean}");
}

/// The same with uniform draws: the received centres have mean −1 and variance 14, so their mean
/// over T has a standard deviation of √(14/T) = 0.026; five of them are exceeded with a probability
/// below 10⁻⁶ for a fresh seed.
#[test]
fn random_goes_to_the_minimum() {
    let (step_size, updates) = (0.01, 20_000);
    let run = run("random", step_size, updates);
    let mean = mean_read(&run, usize::try_from(updates).unwrap());
    let far = (10.0 - run.last()[0]).abs() / step_size / updates as f64;
    let bound = 5.0 * (14.0 / updates as f64).sqrt() + far;
    assert!(
        (mean + 1.0).abs() < bound && bound < 0.25,
        "{mean} ± {bound}"
    );
}

/// A smaller step for late gradients does not cure the bias: the fast workers' gradients are the
/// fresh ones.
#[test]
fn step_rules_for_late_gradients_keep_the_bias_of_pure() {
    for rule in [StepRule::mishchenko(), StepRule::koloskova()] {
        let mut setup = Setup::new("pure", &[10.0], 23 * 300);
        (setup.step_size, setup.step_rule) = (0.01, rule.clone());
        let run = setup.record(quadratic(&CENTRES), &cluster(&SPEEDS, Law::fixed()));
        // Worker 2 is 6 to 10 updates late: its weight goes down, and the limit up.
        assert!(run.last()[0] > 30.0 / 23.0, "{rule}: {}", run.last()[0]);
        for r in run.received() {
            let (staleness, gamma) = (r.staleness() as f64, r.step_size.unwrap());
            assert_close(gamma, 0.01 * (3.0 / staleness).min(1.0), 1e-15);
        }
    }
}

/// The step size of a buffer is that of the gradient that fills it, over b because the buffer is a
/// mean.
#[test]
fn a_buffers_step_size_is_that_of_the_gradient_that_fills_it() {
    for method in ["pure-waiting:b=2", "random-waiting:b=2", "fedbuff:b=2"] {
        for rule in [
            StepRule::koloskova(),
            StepRule::mishchenko(),
            StepRule::decreasing(),
        ] {
            let mut setup = Setup::new(method, &[1.0], 300);
            (setup.step_rule, setup.concurrency) = (rule.clone(), Some(4));
            let run = setup.record(quadratic(&CENTRES), &cluster(&SPEEDS, Law::exponential()));
            let mut filling = None;
            for note in &run.notes {
                match note {
                    Event::Received(r) => filling = Some(r),
                    Event::Updated(Updated { step_size, .. }) => {
                        let r = filling.unwrap();
                        let staleness = r.staleness() as f64;
                        let factor = match rule.name() {
                            "koloskova" => (4.0 / staleness).min(1.0),
                            "mishchenko" => (3.0 / staleness).min(1.0),
                            _ => 1.0 / (r.version.number() as f64 + 1.0).sqrt(),
                        };
                        assert_close(*step_size, 0.1 * factor / 2.0, 1e-15);
                    }
                    _ => {}
                }
            }
        }
    }
}
