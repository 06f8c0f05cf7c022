//! Least squares on real threads, against the gradient alone on as many plain threads.
//!
//! 400 features, 1024 rows for each worker, mini-batches of 256, f32.
//! `cargo bench -p benches --bench least_squares`

mod paired;
mod plain;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use asgrad::workers::Serving;
use asgrad::{Experiment, Threads};
use paired::{Bar, Comparison, Runner, cores};
use problems::{Batch, Dense, EmpiricalRisk, LeastSquares};

const FEATURES: usize = 400;
const ROWS_PER_WORKER: usize = 1024;
const BATCH: NonZeroUsize = NonZeroUsize::new(256).expect("not zero");
const TIME: Duration = Duration::from_millis(200);

type Risk = EmpiricalRisk<f32, LeastSquares>;

/// Anything dense will do: what is computed does not depend on the numbers.
fn risk(n_workers: usize) -> Risk {
    let n_rows = n_workers * ROWS_PER_WORKER;
    let values = (0..n_rows * FEATURES)
        .map(|i| ps_core::math::sin(i as f64))
        .collect();
    let labels: Vec<f64> = (0..n_rows).map(|i| ps_core::math::cos(i as f64)).collect();
    let all: Vec<usize> = (0..n_rows).collect();
    let workers: Vec<_> = all.chunks(ROWS_PER_WORKER).map(<[_]>::to_vec).collect();
    let rows = Dense::new(FEATURES, values).into();
    let risk = EmpiricalRisk::new(LeastSquares, &rows, &labels, &workers);
    let risk = risk.and_then(|risk| risk.batch(Batch::Size(BATCH)));
    risk.expect("every worker has more rows than a batch")
}

/// Updates a second, and the 99th percentile of staleness.
fn run(risk: &Arc<Risk>, n_workers: usize, serving: Serving) -> (f64, f64) {
    let summary = Experiment::new(Arc::clone(risk))
        .workers(n_workers)
        .start(vec![0.5; FEATURES])
        .step_size(1e-6)
        .time_limit(TIME)
        .threads(Threads {
            serving,
            ..Threads::default()
        })
        .run();
    let summary = summary.expect("nothing can fail");
    let updates = summary.updates_per_second.expect("time has passed");
    (updates, summary.staleness.p99 as f64)
}

fn compare(runner: &Runner, n_workers: usize, serving: Serving, bars: (Bar, Bar)) {
    let name = format!("{serving:?}").to_lowercase();
    let id = format!("least_squares/400x256,f32,workers={n_workers},{name}");
    if !runner.wants(&id) {
        return;
    }
    let risk = Arc::new(risk(n_workers));
    let comparison = Comparison {
        id: &id,
        names: ("updates", "gradients alone"),
        unit: "1/s",
        bar: bars.0,
    };
    let mut staleness = Vec::new();
    let server = || {
        let (updates, p99) = run(&risk, n_workers, serving);
        staleness.push(p99);
        updates
    };
    let x = [0.5; FEATURES];
    runner.compare(&comparison, server, || {
        plain::gradients_per_second(risk.as_ref(), n_workers, &x, TIME)
    });
    runner.report(&id, "updates staleness, p99", bars.1, staleness);
}

fn main() {
    let Some(runner) = Runner::from_args() else {
        return;
    };
    let (few, many) = (cores(), 4 * cores());
    let bars = (Bar::AtLeast(0.95), Bar::AtMost(3.0 * few as f64));
    compare(&runner, few, Serving::Combining, bars);
    compare(&runner, few, Serving::Thread, (Bar::None, Bar::None));
    let bars = (Bar::AtLeast(0.95), Bar::None);
    compare(&runner, many, Serving::Combining, bars);
    compare(&runner, many, Serving::Thread, (Bar::None, Bar::None));
}
