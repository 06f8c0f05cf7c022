//! Virtual time, schedule only: a million workers, ten million events, no model.
//!
//! Memory is the peak of this process, so the first run is the one with a bar.
//! `cargo bench -p benches --bench virtual_time`
#![expect(clippy::disallowed_methods, reason = "a benchmark measures time")]

mod paired;

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use methods::{Engine, MethodSpec, StepRule, StopRule};
use paired::{Bar, PAIRS, Runner, rate};
use ps_core::{ModelObserver, Seed, Service, Snapshot, StopReason};
use workers::{Cluster, Driver, Law, Prepared, VirtualTime};

const EVENTS: u64 = 10_000_000;
const STRETCH: u64 = EVENTS / PAIRS as u64;

/// Reads the clock at the start and after every stretch of versions.
struct Milestones {
    passed: Sender<Instant>,
}

impl ModelObserver<f64> for Milestones {
    fn published(&mut self, _time: Duration, snapshot: &Snapshot<f64>) -> Option<StopReason> {
        if snapshot.version().number().is_multiple_of(STRETCH) {
            let _ = self.passed.send(Instant::now());
        }
        None
    }
}

/// Events a second, for each stretch of the run.
fn run(speeds: Vec<f64>, law: Law) -> Vec<f64> {
    let n_workers = speeds.len();
    let pure: MethodSpec = "pure".parse().expect("a method's name");
    let method = pure.build(n_workers, n_workers);
    let method = method.expect("pure takes any number of workers");
    let step_size = StepRule::constant().with(0.1);
    let (nothing, seed) = (Snapshot::initial(&[]), Seed::new(1));
    let rule = StopRule {
        updates: Some(EVENTS),
        ..StopRule::default()
    };
    let mut engine =
        Engine::new(method, step_size, n_workers, n_workers, nothing, seed).stop_rule(rule);
    let (passed, milestones) = channel();
    engine.add_model_observer(Box::new(Milestones { passed }));
    let cluster = Cluster::new(speeds, Duration::from_millis(1));
    let cluster = cluster.expect("speeds above zero").compute(law);
    let run = Prepared::new(engine, None, Arc::new(cluster), seed);
    let finished = Box::new(VirtualTime).drive(run);
    finished.expect("it needs no thread");
    let milestones: Vec<Instant> = milestones.iter().collect();
    let stretches = milestones.windows(2);
    stretches
        .map(|ends| rate(STRETCH, ends[1] - ends[0]))
        .collect()
}

/// The peak of this process, in MiB, where the operating system tells it.
fn peak_memory() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kibibytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes / 1024.0)
}

fn linear(n_workers: u32) -> Vec<f64> {
    (1..=n_workers).map(f64::from).collect()
}

fn main() {
    let Some(runner) = Runner::from_args() else {
        return;
    };
    let id = "virtual_time/pure,workers=1e6,linear,fixed";
    if runner.wants(id) {
        let rates = run(linear(1_000_000), Law::fixed());
        runner.report(id, "events/s", Bar::AtLeast(1e6), rates);
        let peak = peak_memory();
        runner.report(
            "virtual_time/memory,workers=1e6",
            "MiB at the peak",
            Bar::AtMost(1024.0),
            peak,
        );
    }
    let id = "virtual_time/pure,workers=1e6,equal,exponential";
    if runner.wants(id) {
        let rates = run(vec![1.0; 1_000_000], Law::exponential());
        runner.report(id, "events/s", Bar::None, rates);
    }
    let id = "virtual_time/pure,workers=10,linear,fixed";
    if runner.wants(id) {
        let rates = run(linear(10), Law::fixed());
        runner.report(id, "events/s", Bar::None, rates);
    }
}
