//! With one worker and one job outstanding every method is plain SGD, bit for bit (`methods.md`
//! §21, property 1).

use asgrad::trace::model_hash;
use asgrad::{Clock, Experiment, Law, Objective, StepRule, from_fn};
use methods::rules;
use ps_core::form::Domain;
use rand::RngExt;

use crate::support::each::for_each;
use crate::support::{cluster, gradient_of, with_value};

const STEP_SIZE: f64 = 0.3;
const UPDATES: u64 = 60;
const SEED: u64 = 7;

/// Every named method, waiting for one gradient where it waits, with the smallest threshold where
/// it has one and with a large one, and with each of its words.
fn methods() -> Vec<String> {
    let mut methods = Vec::new();
    for named in rules::ALL {
        methods.push(with_value(named, 1));
        for key in named.parameters {
            match key.domain {
                Domain::Word(words) => {
                    let with =
                        |word: &&str| format!("{}:{}={word}", with_value(named, 1), key.name);
                    methods.extend(words.iter().map(with));
                }
                _ if ["threshold", "bound", "limit"].contains(&key.name) => {
                    methods.push(format!("{}:{}=100000", named.name, key.name));
                }
                _ => {}
            }
        }
    }
    methods
}

/// `x ← x − γ·g`, as everybody would write it.
fn sgd(oracle: &(impl asgrad::Oracle + ?Sized), start: &[f64]) -> Vec<f64> {
    let mut x = start.to_vec();
    for job in 0..UPDATES {
        let g = gradient_of(oracle, SEED, (0, job), &x);
        for (x, g) in x.iter_mut().zip(g) {
            *x -= STEP_SIZE * g;
        }
    }
    x
}

fn experiment(oracle: impl asgrad::Oracle + 'static, method: &str) -> Experiment {
    Experiment::new(oracle)
        .method(method)
        .workers(1)
        .step_size(STEP_SIZE)
        .seed(SEED)
        .updates(UPDATES)
}

/// A gradient with noise of its own for each job, in a dimension that fills no vector register.
fn noisy() -> impl asgrad::Oracle {
    from_fn(19, |job, x: &[f64], out: &mut [f64]| {
        for (component, (x, out)) in x.iter().zip(out).enumerate() {
            let noise: f64 = job.rng().random_range(-1.0..1.0);
            *out = ps_core::math::sin(*x) - component as f64 / 10.0 + noise;
        }
    })
}

#[test]
fn every_method_with_one_worker_is_sgd_bit_for_bit() {
    let start: Vec<f64> = (0..19).map(|i| ps_core::math::cos(f64::from(i))).collect();
    let expected = sgd(&noisy(), &start);
    for_each(
        &methods(),
        |method| method.clone(),
        |method| {
            let summary = experiment(noisy(), method)
                .start(start.clone())
                .clock(Clock::Virtual)
                .cluster(cluster(&[2.0], Law::exponential()))
                .run()
                .unwrap();
            assert_eq!(summary.model.values(), expected, "{method}");
            assert_eq!(summary.model_hash, model_hash(&expected), "{method}");
            assert_eq!((summary.staleness.max, summary.updates), (0, UPDATES));
        },
    );
}

#[test]
fn every_method_with_one_real_thread_is_sgd_bit_for_bit() {
    let start = vec![0.5; 19];
    let expected = model_hash(&sgd(&noisy(), &start));
    for_each(
        &methods(),
        |method| method.clone(),
        |method| {
            let experiment = experiment(noisy(), method).start(start.clone());
            assert_eq!(experiment.run().unwrap().model_hash, expected, "{method}");
        },
    );
}

#[test]
fn step_rules_that_look_at_staleness_are_constant_for_one_worker() {
    let expected = model_hash(&sgd(&noisy(), &[1.0; 19]));
    for rule in [
        StepRule::mishchenko(),
        StepRule::koloskova(),
        StepRule::staleness(),
        StepRule::piag(1.0),
        StepRule::piag2(),
    ] {
        let summary = experiment(noisy(), "pure").start(vec![1.0; 19]);
        let summary = summary.step_rule(rule.clone()).run().unwrap();
        assert_eq!(summary.model_hash, expected, "{rule}");
    }
}

#[test]
fn the_decreasing_rule_divides_by_the_root_of_the_update_number() {
    let mut x = [1.0];
    for t in 1..=UPDATES {
        x[0] -= STEP_SIZE / (t as f64).sqrt() * (x[0] - 4.0);
    }
    let oracle = from_fn(1, |_, x: &[f64], out: &mut [f64]| out[0] = x[0] - 4.0);
    let experiment = experiment(oracle, "pure").start(vec![1.0]);
    let summary = experiment.step_rule(StepRule::decreasing()).run().unwrap();
    assert_eq!(summary.model.values(), x);
}

#[test]
fn mini_batches_of_the_digits_are_those_of_the_loop() {
    let spec = problems::ProblemSpec::new("digits".parse().unwrap());
    let problem = spec.load::<f64>(1, asgrad::Seed::new(SEED)).unwrap();
    let start = vec![0.0; problem.objective.dim()];
    let expected = sgd(&*problem.objective, &start);
    let summary = experiment(problem.objective.clone(), "shuffled");
    let summary = summary.run().unwrap();
    assert_eq!(summary.model_hash, model_hash(&expected));
    assert!(problem.objective.loss(summary.model.values()) < 1.5);
}
