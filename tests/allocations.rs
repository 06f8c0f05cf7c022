//! The steady state allocates nothing per gradient: ten times as many updates allocate as often. A
//! binary of its own, because it counts for the whole process; one test, because tests run side by
//! side.
#![expect(clippy::unwrap_used, reason = "a panic is the report")]

#[path = "support/each.rs"]
mod each;

use std::alloc::System;
use std::num::NonZeroUsize;
use std::time::Duration;

use asgrad::workers::Serving;
use asgrad::{Clock, Cluster, Experiment, Law, Oracle, Seed, Threads, from_fn};
use methods::rules::Weighing;
use problems::{Batch, Problem, ProblemKind, ProblemSpec};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

use crate::each::for_every_method;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const SHORT: u64 = 1_000;
const LONG: u64 = 11_000;

/// Growing a vector, or the queue of one of the workers, to the size it then keeps: a few times for
/// each, whatever the length of the run.
const FOR_GROWING: usize = 40;

/// How often a run of so many updates asks for memory.
fn allocations(experiment: impl FnOnce() -> Experiment, updates: u64) -> usize {
    let session = experiment().updates(updates).build().unwrap();
    let region = Region::new(ALLOCATOR);
    let summary = session.run().unwrap();
    let change = region.change();
    assert_eq!(summary.updates, updates);
    change.allocations + change.reallocations
}

fn check(what: &str, experiment: impl Fn() -> Experiment) {
    // Whatever is set up once in a process or a thread has been.
    allocations(&experiment, SHORT);
    let (short, long) = (
        allocations(&experiment, SHORT),
        allocations(&experiment, LONG),
    );
    assert!(
        long <= short + FOR_GROWING,
        "{what}: {short} allocations in {SHORT} updates, {long} in {LONG}"
    );
}

fn pull() -> impl Oracle + 'static {
    from_fn(33, |job, x: &[f64], out: &mut [f64]| {
        let c = job.worker().index() as f64;
        out.iter_mut().zip(x).for_each(|(out, x)| *out = x - c);
    })
}

/// More of them than fit a node of a tree.
fn workers(law: Law) -> Cluster {
    let times = [1.0, 2.0, 2.0, 5.0].repeat(4);
    Cluster::new(times, Duration::from_millis(1))
        .unwrap()
        .compute(law)
}

fn every_method_in_virtual_time() {
    for_every_method(|named| {
        for law in [Law::fixed(), Law::exponential()] {
            check(named.name, || {
                let experiment = Experiment::new(pull()).method(named.name);
                experiment
                    .clock(Clock::Virtual)
                    .cluster(workers(law.clone()))
            });
        }
    });
}

/// Whatever is kept is made once.
fn corrections_and_optimizers() {
    for_every_method(|named| {
        for rule in ["piag:0.5", "piag2", "cosine:20000"] {
            if rule.starts_with("piag") && named.what.weighing == Weighing::Steps {
                // Refused: both say how long a step is.
                continue;
            }
            check(&format!("with {rule}"), || {
                let experiment = Experiment::new(pull()).method(named.name);
                with_everything(experiment)
                    .step_rule(rule.parse().unwrap())
                    .clock(Clock::Virtual)
                    .cluster(workers(Law::exponential()))
            });
        }
    });
    check("pure on threads, with everything", || {
        with_everything(Experiment::new(pull()).workers(2))
    });
}

fn with_everything(experiment: Experiment) -> Experiment {
    let corrections = "clip:9,clip-value:3,dc:0.1,dc-adaptive:0.1,gap-aware";
    let optimizers = "weight-decay:0.1,momentum:0.1,nesterov:0.1,adam,adamw";
    experiment.with(|spec| {
        spec.set("correction", corrections).unwrap();
        spec.set("optimizer", optimizers).unwrap();
    })
}

/// More jobs than workers lie in queues, which pin versions.
fn queues_in_virtual_time() {
    for method in ["random", "shuffled", "fedbuff:b=3", "random-waiting:b=7"] {
        check(method, || {
            let experiment = Experiment::new(pull()).method(method).concurrency(20);
            experiment
                .clock(Clock::Virtual)
                .cluster(workers(Law::fixed()))
        });
    }
}

/// Each update of 16 workers cancels 15 jobs, or lets 14 expire: 165 000 and 154 000 of them.
fn jobs_that_come_to_nothing() {
    let speeds: Vec<f64> = (1..=16).map(f64::from).collect();
    for method in [
        "m-synchronous:m=1",
        "rennala:batch=1:late=cancel",
        "malenia:late=cancel",
        "ringmaster-stop:threshold=2",
        "mindflayer:trials=2:limit=2000",
    ] {
        check(method, || {
            let cluster = Cluster::new(speeds.clone(), Duration::from_millis(1));
            let experiment = Experiment::new(pull()).method(method);
            experiment.clock(Clock::Virtual).cluster(cluster.unwrap())
        });
    }
}

fn threads() {
    for serving in [Serving::Combining, Serving::Thread] {
        for method in [
            "pure",
            "shuffled",
            "pure-waiting:b=2",
            "fedbuff:b=2",
            "m-synchronous:m=1",
        ] {
            check(&format!("{method} on threads, {serving:?}"), || {
                let threads = Threads {
                    serving,
                    ..Threads::default()
                };
                let experiment = Experiment::new(pull()).method(method).workers(2);
                experiment.threads(threads)
            });
        }
    }
}

fn digits(kind: ProblemKind, batch: Batch) -> Problem<f64> {
    let spec = ProblemSpec {
        problem: Some(kind),
        batch,
        ..ProblemSpec::new("digits".parse().unwrap())
    };
    spec.load(2, Seed::new(1)).unwrap()
}

fn mini_batches() {
    let batch = Batch::Size(NonZeroUsize::new(4).unwrap());
    for kind in [ProblemKind::softmax(), ProblemKind::logistic()] {
        let problem = digits(kind, batch);
        // As an oracle alone: an evaluation may allocate.
        let oracle = problem.objective;
        check("digits in virtual time", || {
            let speeds = Cluster::new(vec![1.0, 2.0], Duration::from_millis(1));
            let experiment = Experiment::new(oracle.clone()).clock(Clock::Virtual);
            experiment.cluster(speeds.unwrap())
        });
        check("digits on threads", || Experiment::new(oracle.clone()));
    }
}

#[test]
fn a_gradient_costs_no_allocation() {
    every_method_in_virtual_time();
    queues_in_virtual_time();
    jobs_that_come_to_nothing();
    corrections_and_optimizers();
    threads();
    mini_batches();
}
