//! The real clock against the virtual one: the same run with injected sleeps must make as many
//! updates.
//!
//! Each pair takes two seconds. `cargo bench -p benches --bench clocks`

mod paired;

use std::time::Duration;

use asgrad::{Clock, Cluster, Experiment, from_fn};
use paired::{Bar, Comparison, Runner};

const WORKERS: u32 = 10;
const UNIT: Duration = Duration::from_millis(2);
const TIME: Duration = Duration::from_secs(2);

/// Updates a second of `pure` with speeds 1, 2, …, 10.
fn run(clock: Clock) -> f64 {
    let speeds = (1..=WORKERS).map(f64::from).collect();
    let cluster = Cluster::new(speeds, UNIT).expect("speeds above zero");
    let oracle = from_fn(1, |_, x: &[f64], out: &mut [f64]| out[0] = x[0]);
    let summary = Experiment::new(oracle)
        .cluster(cluster)
        .clock(clock)
        .time_limit(TIME)
        .run();
    let summary = summary.expect("nothing can fail");
    summary.updates_per_second.expect("time has passed")
}

fn main() {
    let Some(runner) = Runner::from_args() else {
        return;
    };
    let comparison = Comparison {
        id: "clocks/pure,workers=10,unit=2ms",
        names: ("real", "virtual"),
        unit: "updates/s",
        bar: Bar::Within(0.02),
    };
    runner.compare(&comparison, || run(Clock::Real), || run(Clock::Virtual));
}
