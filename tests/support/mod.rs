//! What the tests share.

pub(crate) mod assignments;
pub(crate) mod books;
pub(crate) mod each;
pub(crate) mod failing;
pub(crate) mod mutated;
pub(crate) mod naive;
pub(crate) mod naive_desk;
pub(crate) mod naive_rules;
pub(crate) mod noisy;
pub(crate) mod recording;
pub(crate) mod rules;

use std::time::Duration;

use asgrad::{Clock, Cluster, Experiment, Law, Scalar, Seed};
use ps_core::{JobId, Oracle, WorkerId, from_fn, gradient_at};

/// One unit of time.
pub(crate) const UNIT: Duration = Duration::from_millis(1);

/// Workers of these speeds whose computations follow this law.
pub(crate) fn cluster(speeds: &[f64], law: Law) -> Cluster {
    Cluster::new(speeds.to_vec(), UNIT).unwrap().compute(law)
}

/// Every law, with the default of its parameter.
pub(crate) fn laws() -> Vec<Law> {
    let names = Law::all().iter().map(|law| law.name);
    names.map(|name| name.parse().unwrap()).collect()
}

/// `1, 2, …, n`.
pub(crate) fn linear(n: u32) -> Vec<f64> {
    (1..=n).map(f64::from).collect()
}

/// `1, 1, …, 1`.
pub(crate) fn equal(n: usize) -> Vec<f64> {
    vec![1.0; n]
}

/// An experiment in virtual time on workers of these speeds with fixed compute times.
pub(crate) fn virtually<T: Scalar>(experiment: Experiment<T>, speeds: &[f64]) -> Experiment<T> {
    experiment
        .clock(Clock::Virtual)
        .cluster(cluster(speeds, Law::fixed()))
}

/// `f_i(x) = ½‖x − c_i‖²` in one dimension.
pub(crate) fn quadratic(centres: &[f64]) -> problems::Quadratic<f64> {
    problems::Quadratic::new(centres)
}

/// `½x²`, whoever computes.
pub(crate) fn pull<T: Scalar>() -> impl Oracle<T> + 'static {
    from_fn(1, |_, x: &[T], out: &mut [T]| out[0] = x[0])
}

/// The gradient that an oracle computes for this worker and job in a run with this seed.
pub(crate) fn gradient_of<T: Scalar>(
    oracle: &(impl Oracle<T> + ?Sized),
    seed: u64,
    (worker, job): (usize, u64),
    x: &[T],
) -> Vec<T> {
    let (worker, job) = (WorkerId::new(worker), JobId::new(job));
    gradient_at(oracle, worker, job, Seed::new(seed), x).unwrap()
}

/// A named method with its first key, if it has one, set to this value.
pub(crate) fn with_value(named: &methods::rules::NamedMethod, value: usize) -> String {
    match named.parameters {
        [] => named.name.to_owned(),
        [key, ..] => format!("{}:{}={value}", named.name, key.name),
    }
}

/// Every named method as it is, with each word that one of its keys knows, and with a large number
/// for each key that may be 0.
pub(crate) fn variants() -> Vec<String> {
    use methods::rules::ALL;
    use ps_core::form::Domain;
    let mut variants = Vec::new();
    for named in ALL {
        variants.push(named.name.to_owned());
        for key in named.parameters {
            let values: Vec<String> = match key.domain {
                Domain::Word(words) => words.iter().map(|word| (*word).to_owned()).collect(),
                Domain::Count(0, _) | Domain::Microseconds => vec!["1500".to_owned()],
                _ => Vec::new(),
            };
            let with = |value: String| format!("{}:{}={value}", named.name, key.name);
            variants.extend(values.into_iter().map(with));
        }
    }
    variants
}

/// A file for this test alone, gone before it begins.
pub(crate) fn scratch_file(name: &str) -> std::path::PathBuf {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_file(&path);
    path
}

/// Whether two numbers agree to so many parts of the larger one (or of 1, if both are smaller).
#[track_caller]
pub(crate) fn assert_close(actual: f64, expected: f64, tolerance: f64) {
    let scale = actual.abs().max(expected.abs()).max(1.0);
    assert!(
        (actual - expected).abs() <= tolerance * scale,
        "{actual} is not {expected} to {tolerance}"
    );
}

/// The driver with threads whose turns are run like this.
pub(crate) fn serving_by(serving: asgrad::workers::Serving) -> asgrad::Threads {
    asgrad::Threads {
        serving,
        ..asgrad::Threads::default()
    }
}
