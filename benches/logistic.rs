//! The logistic gradient on sparse rows: all of w7a (25,057 × 300, 11.6 non-zeros a row) on one
//! thread.
//!
//! `cargo bench -p benches --bench logistic`
#![expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
#![expect(clippy::print_stdout, reason = "it says which data it measures")]

mod paired;

use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use paired::{Bar, Runner};
use problems::{Csr, Dataset, EmpiricalRisk, Logistic, Side, libsvm};
use ps_core::{JobContext, JobId, Oracle, Scalar, Seed, WorkerId};

const W7A: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/w7a.txt");
const ROWS: u32 = 25_057;
const FEATURES: u32 = 300;
const GRADIENTS: u32 = 10;

/// w7a, or rows of the same shape where it is missing.
fn data() -> Dataset {
    libsvm::load(Path::new(W7A)).unwrap_or_else(|error| {
        println!("{error}; measuring generated rows of the same shape instead");
        generated()
    })
}

/// 11 or 12 ones in each row, at columns that are spread out, and 3 % of the labels positive, as in
/// w7a.
fn generated() -> Dataset {
    let (mut starts, mut columns) = (vec![0], Vec::new());
    for row in 0..ROWS {
        let n_ones = 11 + u32::from(row % 5 < 3);
        let mut ones: Vec<u32> = (0..n_ones)
            .map(|one| one * (FEATURES / n_ones) + (row * 7 + one * row) % (FEATURES / n_ones))
            .collect();
        ones.sort_unstable();
        columns.extend(ones);
        starts.push(columns.len());
    }
    let values = vec![1.0; columns.len()];
    let rows = Csr::new(FEATURES as usize, starts, columns, values);
    let labels = (0..ROWS).map(|row| if row % 33 == 0 { 1.0 } else { -1.0 });
    Dataset::new(rows.expect("columns increase"), labels.collect())
}

fn nanoseconds_a_row<T: Scalar>(runner: &Runner, data: &Dataset) {
    let side = |&label: &f64| {
        if label > 0.0 {
            Side::Positive
        } else {
            Side::Negative
        }
    };
    let labels: Vec<Side> = data.labels().iter().map(side).collect();
    let all = [(0..data.n_rows()).collect()];
    let risk = EmpiricalRisk::<T, _>::new(Logistic, data.rows(), &labels, &all);
    let risk = risk.expect("the one worker has rows");
    let x: Vec<T> = (0..risk.dim())
        .map(|j| T::from_f64((j as f64).sin()))
        .collect();
    let mut out = vec![T::ZERO; risk.dim()];
    let rows = f64::from(GRADIENTS) * data.n_rows() as f64;
    let id = format!("logistic/w7a,full batch,{}", T::NAME);
    runner.measure(&id, "ns a row", Bar::AtMost(32.0), || {
        let start = Instant::now();
        for _ in 0..GRADIENTS {
            let mut job = JobContext::new(WorkerId::new(0), JobId::new(0), Seed::new(1), &|| false);
            let done = risk.gradient(&mut job, black_box(&x), &mut out);
            done.expect("worker 0 has data");
        }
        start.elapsed().as_nanos() as f64 / rows
    });
}

fn main() {
    let Some(runner) = Runner::from_args() else {
        return;
    };
    let data = data();
    nanoseconds_a_row::<f64>(&runner, &data);
    nanoseconds_a_row::<f32>(&runner, &data);
}
