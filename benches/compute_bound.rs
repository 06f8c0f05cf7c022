//! Oracles that only compute: how much of it is left with the server, and with a trace.
//!
//! `cargo bench -p benches --bench compute_bound`

mod busy;
mod paired;
mod plain;

use std::path::Path;
use std::time::Duration;

use asgrad::Experiment;
use busy::{DIM, oracle, rounds_in};
use paired::{Bar, Comparison, Runner, cores};

const TIME: Duration = Duration::from_millis(200);
/// Where the trace goes; each run writes over the last one.
const TRACE: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/compute_bound.jsonl");

/// Updates a second with as many workers as cores.
fn run(rounds: u64, trace: Option<&Path>) -> f64 {
    let experiment = Experiment::new(oracle(rounds))
        .workers(cores())
        .start(vec![1.0; DIM])
        .step_size(0.0)
        .time_limit(TIME);
    let experiment = match trace {
        Some(path) => experiment.trace(path),
        None => experiment,
    };
    let summary = experiment.run().expect("nothing can fail");
    summary.updates_per_second.expect("time has passed")
}

fn against_plain_threads(runner: &Runner, name: &str, rounds: u64, bar: Bar) {
    let id = format!("compute_bound/oracle={name},workers={}", cores());
    let comparison = Comparison {
        id: &id,
        names: ("updates", "gradients alone"),
        unit: "1/s",
        bar,
    };
    let oracle = oracle(rounds);
    runner.compare(
        &comparison,
        || run(rounds, None),
        || plain::gradients_per_second(&oracle, cores(), &[1.0; DIM], TIME),
    );
}

fn trace_on_against_off(runner: &Runner, name: &str, rounds: u64) {
    let id = format!("trace/oracle={name},workers={}", cores());
    let comparison = Comparison {
        id: &id,
        names: ("trace on", "off"),
        unit: "updates/s",
        bar: Bar::AtLeast(0.97),
    };
    runner.compare(
        &comparison,
        || run(rounds, Some(Path::new(TRACE))),
        || run(rounds, None),
    );
    // It was written in vain: what counts is how long it took.
    let _ = std::fs::remove_file(TRACE);
}

fn main() {
    let Some(runner) = Runner::from_args() else {
        return;
    };
    let rounds = rounds_in(Duration::from_micros(20));
    against_plain_threads(&runner, "100us", 5 * rounds, Bar::AtLeast(0.95));
    against_plain_threads(&runner, "20us", rounds, Bar::None);
    trace_on_against_off(&runner, "20us", rounds);
}
