//! The synchronous baselines against what somebody would write without a server: `minibatch`
//! against threads with a spinning barrier, `sgd` against a plain loop.
//!
//! `cargo bench -p benches --bench barrier`
#![expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
#![expect(
    clippy::disallowed_types,
    reason = "the barrier that is measured against is made of them"
)]

mod busy;
mod paired;

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use asgrad::Experiment;
use busy::{DIM, oracle, rounds_in};
use paired::{Bar, Comparison, Runner, cores, rate};
use ps_core::sync::Mutex;
use ps_core::{JobContext, JobId, Oracle, Seed, WorkerId};

/// Time that each thread of a run computes, in microseconds.
const COMPUTING: u64 = 200_000;
const STEP_SIZE: f32 = 1e-6;

/// How much there is to do: so many steps, with gradients of so many rounds.
#[derive(Clone, Copy)]
struct Work {
    steps: u64,
    rounds: u64,
}

/// Gradients a second of a synchronous method.
fn served(method: &str, n_workers: usize, work: Work) -> f64 {
    let summary = Experiment::new(oracle(work.rounds))
        .method(method)
        .workers(n_workers)
        .start(vec![1.0; DIM])
        .step_size(STEP_SIZE.into())
        .updates(work.steps)
        .run();
    let summary = summary.expect("nothing can fail");
    n_workers as f64 * summary.updates_per_second.expect("time has passed")
}

/// A copy of the model, and a gradient at it.
struct Place {
    model: Vec<f32>,
    gradient: Vec<f32>,
}

impl Place {
    fn new() -> Self {
        let (model, gradient) = (vec![1.0; DIM], vec![0.0; DIM]);
        Self { model, gradient }
    }

    fn compute(&mut self, oracle: &dyn Oracle<f32>, worker: usize, nth: u64) {
        let (worker, job) = (WorkerId::new(worker), JobId::new(nth));
        let mut context = JobContext::new(worker, job, Seed::new(1), &|| false);
        let done = oracle.gradient(&mut context, &self.model, &mut self.gradient);
        done.expect("the oracles of benchmarks do not fail");
    }

    /// A step along the mean gradient of all places, in each of them.
    fn step(places: &[Mutex<Self>]) {
        let weight = STEP_SIZE / places.len() as f32;
        let mut places: Vec<_> = places.iter().map(Mutex::lock).collect();
        for to in 0..places.len() {
            let mut model = std::mem::take(&mut places[to].model);
            for from in &places {
                let terms = model.iter_mut().zip(&from.gradient);
                terms.for_each(|(x, g)| *x -= weight * g);
            }
            places[to].model = model;
        }
    }
}

/// Threads that wait for one another without going to sleep.
struct SpinningBarrier {
    n_threads: usize,
    n_arrived: AtomicUsize,
    round: AtomicUsize,
}

impl SpinningBarrier {
    /// Waits for all threads. The last to arrive does this before it lets the others go.
    fn wait(&self, by_the_last: impl FnOnce()) {
        // Relaxed: the round cannot end before this thread has arrived.
        let round = self.round.load(Ordering::Relaxed);
        // Both directions: the last sees what all have computed before they arrived.
        if self.n_arrived.fetch_add(1, Ordering::AcqRel) + 1 == self.n_threads {
            by_the_last();
            // Relaxed: seen with the store below.
            self.n_arrived.store(0, Ordering::Relaxed);
            // Release: pairs with the load below.
            self.round.store(round + 1, Ordering::Release);
            return;
        }
        // Acquire: the others see the step.
        while self.round.load(Ordering::Acquire) == round {
            std::hint::spin_loop();
        }
    }
}

/// Gradients a second of plain threads that make each step together.
fn plain_threads(n_threads: usize, work: Work) -> f64 {
    let oracle = oracle(work.rounds);
    let places: Vec<_> = (0..n_threads).map(|_| Mutex::new(Place::new())).collect();
    let barrier = SpinningBarrier {
        n_threads,
        n_arrived: AtomicUsize::new(0),
        round: AtomicUsize::new(0),
    };
    let begin = Barrier::new(n_threads + 1);
    let compute = |worker: usize| {
        begin.wait();
        let start = Instant::now();
        for nth in 0..work.steps {
            places[worker].lock().compute(&oracle, worker, nth);
            barrier.wait(|| Place::step(&places));
        }
        start.elapsed()
    };
    thread::scope(|scope| {
        let compute = &compute;
        let threads: Vec<_> = (0..n_threads)
            .map(|worker| scope.spawn(move || compute(worker)))
            .collect();
        begin.wait();
        let times = threads.into_iter().map(|thread| thread.join());
        let time = times.map(|time| time.expect("no oracle panics")).max();
        rate(n_threads as u64 * work.steps, time.unwrap_or_default())
    })
}

/// Gradients a second of a plain loop.
fn plain_loop(work: Work) -> f64 {
    let oracle = oracle(work.rounds);
    let mut place = Place::new();
    let start = Instant::now();
    for nth in 0..work.steps {
        place.compute(&oracle, 0, nth);
        let terms = place.model.iter_mut().zip(&place.gradient);
        terms.for_each(|(x, g)| *x -= STEP_SIZE * g);
    }
    rate(work.steps, start.elapsed())
}

fn main() {
    let Some(runner) = Runner::from_args() else {
        return;
    };
    let microsecond = rounds_in(Duration::from_micros(100)) / 100;
    for micros in [5, 10, 35] {
        let work = Work {
            steps: COMPUTING / micros,
            rounds: micros * microsecond,
        };
        let bar = |least| {
            if micros == 10 {
                Bar::AtLeast(least)
            } else {
                Bar::None
            }
        };
        let minibatch = Comparison {
            id: &format!("barrier/minibatch,oracle={micros}us,workers={}", cores()),
            names: ("minibatch", "spinning barrier"),
            unit: "gradients/s",
            bar: bar(0.9),
        };
        let server = || served("minibatch", cores(), work);
        runner.compare(&minibatch, server, || plain_threads(cores(), work));
        let sgd = Comparison {
            id: &format!("barrier/sgd,oracle={micros}us,workers=1"),
            names: ("sgd", "plain loop"),
            unit: "gradients/s",
            bar: bar(0.95),
        };
        runner.compare(&sgd, || served("sgd", 1, work), || plain_loop(work));
    }
}
