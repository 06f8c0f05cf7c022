//! Drawing the next worker in proportion to its speed (`generalized`), against a uniform draw
//! (`random`): the server alone, a model of one parameter, workers whose speeds change all the time.
//!
//! `cargo bench -p benches --bench draws`
#![expect(clippy::disallowed_methods, reason = "a benchmark measures time")]

mod paired;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use methods::{Engine, MethodSpec, StepRule};
use paired::{Bar, Runner};
use ps_core::{Completion, Job, JobTimes, Outbox, Outcome, Seed, Service, Snapshot};

/// A server whose workers answer in the order in which they were asked.
struct Server {
    engine: Engine<f64>,
    out: Outbox<f64>,
    jobs: VecDeque<Job<f64>>,
    now: Duration,
}

impl Server {
    fn new(method: &str, n_workers: usize) -> Self {
        let spec: MethodSpec = method.parse().expect("a method's name");
        let method = spec
            .build(n_workers, n_workers)
            .expect("any number of workers");
        let step_size = StepRule::constant().with(0.0);
        let first = Snapshot::initial(&[1.0]);
        let engine = Engine::new(method, step_size, n_workers, n_workers, first, Seed::new(1));
        let (out, jobs) = (Outbox::new(), VecDeque::new());
        let mut server = Self {
            engine,
            out,
            jobs,
            now: Duration::ZERO,
        };
        server.engine.start(Duration::ZERO, &mut server.out);
        server.jobs.extend(server.out.drain());
        // By then every worker has delivered, so that speeds count.
        server.turns(2 * n_workers as u64);
        server
    }

    fn turns(&mut self, count: u64) {
        for _ in 0..count {
            let mut job = self
                .jobs
                .pop_front()
                .expect("as many are outstanding as at first");
            job.gradient.as_mut_slice().fill(0.0);
            let (worker, number) = (job.worker.index() as u64, job.id.number());
            // From 1 to 100 by worker, and a tenth of that by chance.
            let took = 1000 * (1 + worker * 7919 % 100) * (95 + number * 104_729 % 10);
            self.now += Duration::from_nanos(took);
            let times = JobTimes {
                started: self.now - Duration::from_nanos(took),
                finished: self.now,
                ..JobTimes::default()
            };
            let outcome = Outcome::Gradient;
            let completion = Completion {
                job,
                times,
                outcome,
            };
            self.engine.complete(completion, self.now, &mut self.out);
            self.jobs.extend(self.out.drain());
        }
    }

    /// Nanoseconds a turn.
    fn time(&mut self) -> f64 {
        const TURNS: u64 = 50_000;
        let start = Instant::now();
        self.turns(TURNS);
        start.elapsed().as_nanos() as f64 / TURNS as f64
    }
}

fn main() {
    let Some(runner) = Runner::from_args() else {
        return;
    };
    for (name, n_workers) in [("10", 10), ("1e5", 100_000)] {
        let id = format!("draws/workers={name}");
        if !runner.wants(&id) {
            continue;
        }
        let (mut drawn, mut uniform) = (
            Server::new("generalized", n_workers),
            Server::new("random", n_workers),
        );
        let beyond: Vec<f64> = (0..paired::PAIRS)
            .map(|_| drawn.time() - uniform.time())
            .collect();
        runner.report(&id, "ns beyond a uniform draw", Bar::AtMost(2000.0), beyond);
    }
}
