//! The threads driver when oracles return at once: nothing is left but handing over.
//!
//! `cargo bench -p benches --bench threads`

mod paired;

use std::sync::Arc;
use std::time::Duration;

use asgrad::Experiment;
use methods::{Engine, MethodSpec, StepRule, StopRule};
use paired::{Bar, Comparison, Runner, rate};
use ps_core::{Oracle, Seed, Snapshot, from_fn};
use workers::{Cluster, Driver, Law, Prepared, Serving, Threads};

const DIM: usize = 400;
const MAX_WORKERS: u64 = 8;

/// Enough for a tenth of a second or so.
fn updates(serving: Serving) -> u64 {
    match serving {
        Serving::Combining => 200_000,
        Serving::Thread => 20_000,
    }
}

fn no_op() -> impl Oracle<f32> {
    from_fn(DIM, |job, _: &[f32], out: &mut [f32]| {
        // A worker's first buffer holds NaN; what later ones hold is as good as any gradient.
        if job.job().number() < MAX_WORKERS {
            out.fill(0.0);
        }
        out[0] = 1.0;
    })
}

fn cluster(n_workers: usize) -> Cluster {
    let cluster = Cluster::new(vec![1.0; n_workers], Duration::from_millis(1));
    cluster.expect("equal workers").compute(Law::none())
}

/// Updates a second of the driver and the engine alone.
fn bare(n_workers: usize, serving: Serving) -> f64 {
    let pure: MethodSpec = "pure".parse().expect("a method's name");
    let method = pure.build(n_workers, n_workers);
    let method = method.expect("pure takes any number of workers");
    let first = Snapshot::initial(&[1.0f32; DIM]);
    let updates = updates(serving);
    let step_size = StepRule::constant().with(0.0);
    let engine = Engine::new(method, step_size, n_workers, n_workers, first, Seed::new(1));
    let engine = engine.stop_rule(StopRule {
        updates: Some(updates),
        ..StopRule::default()
    });
    let oracle: Arc<dyn Oracle<f32>> = Arc::new(no_op());
    let threads = Threads {
        serving,
        ..Threads::default()
    };
    let cluster = Arc::new(cluster(n_workers));
    let run = Prepared::new(engine, Some(oracle), cluster, Seed::new(1));
    let finished = Box::new(threads).drive(run);
    rate(updates, finished.expect("threads can be started").time)
}

/// Updates a second of an experiment: with statistics.
fn experiment(n_workers: usize, serving: Serving) -> f64 {
    let summary = Experiment::new(no_op())
        .workers(n_workers)
        .start(vec![1.0; DIM])
        .step_size(0.0)
        .updates(updates(serving))
        .threads(Threads {
            serving,
            ..Threads::default()
        })
        .run();
    let summary = summary.expect("nothing can fail");
    summary.updates_per_second.expect("time has passed")
}

type Run = fn(usize, Serving) -> f64;

fn compare(runner: &Runner, name: &str, n_workers: usize, run: Run) {
    let id = format!("threads/{name},d=400,f32,workers={n_workers}");
    let comparison = Comparison {
        id: &id,
        names: ("combining", "thread"),
        unit: "updates/s",
        bar: Bar::None,
    };
    let (mut combining, mut thread) = (Vec::new(), Vec::new());
    let kept = |rates: &mut Vec<f64>, serving| {
        let rate = run(n_workers, serving);
        rates.push(rate);
        rate
    };
    let first = || kept(&mut combining, Serving::Combining);
    runner.compare(&comparison, first, || kept(&mut thread, Serving::Thread));
    if name == "bare" && n_workers == 2 && !combining.is_empty() {
        let bar = Bar::AtLeast(2e6);
        runner.report(&format!("{id},combining"), "updates/s", bar, combining);
        runner.report(&format!("{id},thread"), "updates/s", Bar::None, thread);
    }
}

fn main() {
    let Some(runner) = Runner::from_args() else {
        return;
    };
    let runs: [(&str, Run); 2] = [("bare", bare), ("experiment", experiment)];
    for (name, run) in runs {
        for n_workers in [1, 2, 8] {
            compare(&runner, name, n_workers, run);
        }
    }
}
