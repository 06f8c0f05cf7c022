//! Oracles that only compute: how much of it is left with the server, and with a trace.
//!
//! The oracle does a fixed number of multiplications, not a fixed time: whoever takes the core from
//! it makes it later. `cargo bench -p benches --bench compute_bound`
#![expect(clippy::disallowed_methods, reason = "a benchmark measures time")]

mod paired;
mod plain;

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use asgrad::Experiment;
use paired::{Bar, Comparison, Runner, cores};
use ps_core::{Oracle, from_fn};

const DIM: usize = 400;
const TIME: Duration = Duration::from_millis(200);
/// Where the trace goes; each run writes over the last one.
const TRACE: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/compute_bound.jsonl");

/// Numbers that stay near 1, each waiting for the one before.
fn multiply(rounds: u64) -> f32 {
    let mut value = black_box(1.0f32);
    for _ in 0..rounds {
        value = value * 0.5 + 0.5;
    }
    black_box(value)
}

/// How many rounds take this long, on a core that is free now and then.
fn rounds_in(time: Duration) -> u64 {
    const ROUNDS: u32 = 100_000;
    let once = |_| {
        let start = Instant::now();
        multiply(ROUNDS.into());
        start.elapsed()
    };
    let least = (0..101).map(once).min().expect("there are some");
    let rounds = time.as_secs_f64() / least.as_secs_f64() * f64::from(ROUNDS);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "positive and far below 2^64"
    )]
    let rounds = rounds as u64;
    rounds
}

fn oracle(rounds: u64) -> impl Oracle<f32> {
    from_fn(DIM, move |_, _: &[f32], out: &mut [f32]| {
        out.fill(multiply(rounds));
    })
}

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
