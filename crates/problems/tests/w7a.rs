//! LIBSVM's w7a, where it is at hand: what is in it, and how long a logistic gradient on its sparse
//! rows takes (at most 60 ns a row, one thread, full batch):
//!
//! `cargo test --release -p asgrad-problems --test w7a -- --ignored --nocapture`

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use problems::{Batch, Partition, ProblemSpec};
use ps_core::{JobContext, JobId, Scalar, Seed, WorkerId};

const W7A: &str = "../../../shared/data/w7a.txt";
const ROWS: u32 = 25_057;

/// The least of 101 runs.
#[expect(
    clippy::disallowed_methods,
    reason = "a measurement needs a clock, and nothing depends on what it reads"
)]
fn least(mut run: impl FnMut()) -> Duration {
    let once = |_| {
        let start = Instant::now();
        run();
        start.elapsed()
    };
    (0..101).map(once).min().expect("there are some")
}

fn nanoseconds_a_row<T: Scalar>() -> f64 {
    let source = W7A.parse().expect("any path is a source");
    let spec = ProblemSpec {
        batch: Batch::Full,
        partition: Some(Partition::contiguous()),
        ..ProblemSpec::new(source)
    };
    let objective = spec
        .load::<T>(1, Seed::new(1))
        .expect("w7a is well formed")
        .objective;
    let x: Vec<T> = (0..300)
        .map(|j| T::from_f64(ps_core::math::sin(f64::from(j))))
        .collect();
    let mut out = vec![T::ZERO; x.len()];
    let time = least(|| {
        let mut job = JobContext::new(WorkerId::new(0), JobId::new(0), Seed::new(1), &|| false);
        let done = objective.gradient(&mut job, black_box(&x), &mut out);
        done.expect("worker 0 has data");
    });
    time.as_nanos() as f64 / f64::from(ROWS)
}

fn is_missing() -> bool {
    let is_missing = !Path::new(W7A).exists();
    if is_missing {
        eprintln!("SKIPPED: {W7A} is missing");
    }
    is_missing
}

/// With ten contiguous shares worker 0 has every positive row, and the nine others have none.
#[test]
fn all_739_positive_rows_lie_in_the_first_tenth() {
    if is_missing() {
        return;
    }
    let data = problems::libsvm::load(Path::new(W7A)).expect("w7a is well formed");
    let positive = |labels: &[f64]| labels.iter().filter(|&&label| label == 1.0).count();
    assert_eq!((data.n_rows(), data.n_features()), (25_057, 300));
    assert_eq!(positive(data.labels()), 739);
    assert_eq!(positive(&data.labels()[..2460]), 739);
}

#[test]
#[ignore = "a measurement, for release builds"]
fn a_gradient_on_sparse_rows_takes_at_most_60_nanoseconds_a_row() {
    if is_missing() {
        return;
    }
    let load = least(|| {
        let data = problems::libsvm::load(Path::new(W7A)).expect("w7a is well formed");
        assert_eq!((data.n_rows(), data.n_features()), (25_057, 300));
    });
    let (double, single) = (nanoseconds_a_row::<f64>(), nanoseconds_a_row::<f32>());
    eprintln!("f64 {double:.1} ns a row, f32 {single:.1} ns a row, reading {load:?}");
    assert!(double <= 60.0, "{double}");
}
