//! Compares a method of one's own with others, replays its recorded run, and explains it. Takes the
//! folder for the traces.

mod throttle;

#[cfg(test)]
mod tests;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;

use asgrad::compare::{Compared, Comparison, Tuned};
use asgrad::explain::Explanation;
use asgrad::method_prelude::Method;
use asgrad::prelude::*;
use asgrad::problems::{Problem, ProblemSpec};
use asgrad::theory::TheoryMeter;
use asgrad::{End, Replay, Seed, Trace};

use throttle::Throttle;

type Failure = Box<dyn Error + Send + Sync>;

/// A fresh one.
fn throttle() -> Box<dyn Method> {
    Box::<Throttle>::default()
}

fn main() -> Result<(), Failure> {
    let folder = std::env::args_os().nth(1);
    study(&folder.map_or_else(|| "traces".into(), PathBuf::from))
}

fn study(traces: &Path) -> Result<(), Failure> {
    let compared = compare(traces)?;
    for warning in compared.tuned.iter().filter_map(Tuned::warning) {
        println!("warning: {warning}");
    }
    println!("{compared}");
    let trace = Trace::open(traces.join("throttle-seed1.jsonl.gz"))?;
    replay(&trace)?;
    explain(&trace)
}

/// Handwritten digits, one for each of ten workers.
fn digits(seed: u64) -> Result<Problem<f64>, Failure> {
    Ok(ProblemSpec::new("digits".parse()?).load(10, Seed::new(seed))?)
}

/// On real threads; worker i takes i + 1 ms for a gradient.
fn compare(traces: &Path) -> Result<Compared, Failure> {
    let speeds = (1..=10).map(f64::from).collect();
    let cluster = Cluster::new(speeds, Duration::from_millis(1))?;
    let experiment = |seed| {
        let objective = digits(seed)?.objective;
        Ok(Experiment::with_objective(objective).cluster(cluster.clone()))
    };
    let comparison = Comparison::new(experiment)
        .methods(["minibatch", "pure", "ringleader"])
        .own_method("throttle", throttle)
        .end(End::after(Duration::from_millis(500)))
        .repeat(1)
        .traces_to(traces);
    Ok(comparison.run()?)
}

/// The race of the threads again, on one thread.
fn replay(trace: &Trace) -> Result<(), Failure> {
    let replayed = Replay::new(trace)
        .objective(digits(trace.header().spec.seed)?.objective)
        .own_method(throttle())
        .run()?;
    if let Some(divergence) = replayed.divergence {
        return Err(divergence.to_string().into());
    }
    println!("replayed {} lines, bit for bit", replayed.lines);
    Ok(())
}

/// Who did what, how long that took, and what theory says of it.
fn explain(trace: &Trace) -> Result<(), Failure> {
    let explained = Explanation::of(trace)?;
    println!("conservation law: {:?}", explained.conservation.verdict);
    for account in &explained.workers {
        let (worker, gradients) = (account.worker, account.gradients);
        let share = 100.0 * account.update_share.unwrap_or(0.0);
        let wasted = account.wasted;
        println!(
            "worker {worker}: {gradients} gradients, {share:.1} % of updates, {wasted:.1?} wasted"
        );
    }
    for finding in &explained.findings {
        println!("- {finding}");
    }
    let theory = TheoryMeter::new(trace, digits(trace.header().spec.seed)?.objective)
        .own_method(throttle())
        .measure()?;
    println!("smoothness along the run: {:.2}", theory.smoothness.largest);
    Ok(())
}
