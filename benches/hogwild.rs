//! Hogwild! against `pure` on a server, and sparse against dense updates.
//!
//! `cargo bench -p benches --bench hogwild`

mod paired;

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use asgrad::{Cluster, Experiment, JobContext, Law, Objective, Oracle, OracleError};
use paired::{Bar, Comparison, Runner};
use problems::{Batch, ProblemSpec, Regularizer, Source};
use ps_core::{Seed, from_fn};

const DIM: usize = 400;
const WORKERS: usize = 2;
/// Multiplications that wait for one another: about 20 µs.
const SOME_WORK: u32 = 16_000;

fn cluster() -> Cluster {
    let cluster = Cluster::new(vec![1.0; WORKERS], Duration::from_millis(1));
    cluster.expect("equal workers").compute(Law::none())
}

/// All components, after so much work.
fn oracle(work: u32) -> impl Oracle<f32> {
    from_fn(DIM, move |_, _: &[f32], out: &mut [f32]| {
        let mut value = 1.0f32;
        for _ in 0..work {
            value = black_box(value) * 0.999_999;
        }
        out.fill(black_box(1.0));
    })
}

/// Updates a second.
fn rate(method: &str, oracle: impl Oracle<f32> + 'static, updates: u64) -> f64 {
    let experiment = Experiment::new(oracle).method(method).cluster(cluster());
    let summary = experiment.step_size(1e-9).updates(updates).run();
    let summary = summary.expect("nothing can fail");
    summary.updates_per_second.expect("time has passed")
}

/// The same objective, whose gradients nobody knows to be sparse.
struct Dense(Arc<dyn Objective<f32>>);

impl Oracle<f32> for Dense {
    fn dim(&self) -> usize {
        self.0.dim()
    }

    fn gradient(
        &self,
        job: &mut JobContext<'_>,
        x: &[f32],
        out: &mut [f32],
    ) -> Result<(), OracleError> {
        self.0.gradient(job, x, out)
    }
}

/// LIBSVM's w7a, where it is at hand.
fn w7a() -> Option<Arc<dyn Objective<f32>>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/w7a.txt");
    let spec = ProblemSpec {
        regularizer: Regularizer::none(),
        batch: Batch::Size(1.try_into().ok()?),
        ..ProblemSpec::new(Source::Libsvm(path))
    };
    Some(spec.load(WORKERS, Seed::new(1)).ok()?.objective)
}

fn main() {
    let Some(runner) = Runner::from_args() else {
        return;
    };
    for (name, work, updates) in [("no-op", 0, 50_000), ("20us", SOME_WORK, 5_000)] {
        let comparison = Comparison {
            id: &format!("hogwild/{name},d=400,f32,workers=2"),
            names: ("hogwild", "pure"),
            unit: "updates/s",
            bar: Bar::None,
        };
        let run = |method: &str| rate(method, oracle(work), updates);
        runner.compare(&comparison, || run("hogwild"), || run("pure"));
    }
    let Some(objective) = w7a() else {
        return;
    };
    let comparison = Comparison {
        id: "hogwild/w7a,batch=1,f32,workers=2",
        names: ("sparse", "dense"),
        unit: "updates/s",
        bar: Bar::None,
    };
    let sparse = || rate("hogwild", Arc::clone(&objective), 50_000);
    let dense = || rate("hogwild", Dense(Arc::clone(&objective)), 50_000);
    runner.compare(&comparison, sparse, dense);
}
