//! The server alone: complete → step → publish → job out, against a plain loop over as many
//! buffers.
//!
//! `cargo bench -p benches --bench turn [-- d=1e6]`
#![expect(clippy::disallowed_methods, reason = "a benchmark measures time")]

mod paired;

use std::collections::VecDeque;
use std::hint::black_box;
use std::time::{Duration, Instant};

use methods::{Engine, MethodSpec, StepRule};
use paired::{Bar, Comparison, Runner, rate};
use ps_core::{
    Buffer, Completion, Job, JobTimes, Outbox, Outcome, Scalar, Seed, Service, Snapshot,
};

const WORKERS: usize = 2;
/// Two workers keep as many models alive: each job has its snapshot and its gradient's buffer, all
/// of them different.
const BUFFERS: usize = 2 * WORKERS;
/// With a step of zero every component stays 1 for ever: no denormal numbers, no overflow.
const STEP: f64 = 0.0;

/// A server whose workers answer at once.
struct Server<T: Scalar> {
    engine: Engine<T>,
    out: Outbox<T>,
    jobs: VecDeque<Job<T>>,
    now: Duration,
}

impl<T: Scalar> Server<T> {
    fn new(dim: usize) -> Self {
        let pure: MethodSpec = "pure".parse().expect("a method's name");
        let method = pure.build(WORKERS, WORKERS);
        let method = method.expect("pure takes any number of workers");
        let step_size = StepRule::constant().with(STEP);
        let first = Snapshot::initial(&vec![T::ONE; dim]);
        let mut server = Self {
            engine: Engine::new(method, step_size, WORKERS, WORKERS, first, Seed::new(1)),
            out: Outbox::new(),
            jobs: VecDeque::new(),
            now: Duration::ZERO,
        };
        server.engine.start(Duration::ZERO, &mut server.out);
        server.jobs.extend(server.out.drain());
        for job in &mut server.jobs {
            job.gradient.as_mut_slice().fill(T::ONE);
        }
        // The last buffer is made in the first turn.
        server.turns(1);
        let (job, newest) = (&mut server.jobs[WORKERS - 1], T::ONE);
        job.gradient.as_mut_slice().fill(newest);
        server.check();
        server
    }

    /// One after the other, the buffers become the newest version.
    fn check(&mut self) {
        let mut address = || {
            self.turns(1);
            self.engine.model().values().as_ptr()
        };
        let first: [_; BUFFERS] = std::array::from_fn(|_| address());
        let second: [_; BUFFERS] = std::array::from_fn(|_| address());
        assert_eq!(first, second, "the buffers go round");
        assert!((1..BUFFERS).all(|other| first[other] != first[0]));
        assert_eq!(self.engine.model().values()[0], T::ONE);
    }

    fn turns(&mut self, count: u64) {
        for _ in 0..count {
            let job = self.jobs.pop_front().expect("every worker has a job");
            let completion = Completion {
                job,
                times: JobTimes::default(),
                outcome: Outcome::Gradient,
            };
            self.now += Duration::from_nanos(1);
            self.engine.complete(completion, self.now, &mut self.out);
            self.jobs.extend(self.out.drain());
        }
    }
}

/// The same arithmetic on the same memory, and nothing else.
struct Plain<T: Scalar> {
    buffers: [Buffer<T>; BUFFERS],
    newest: usize,
}

impl<T: Scalar> Plain<T> {
    fn new(dim: usize) -> Self {
        Self {
            buffers: std::array::from_fn(|_| Buffer::from_slice(&vec![T::ONE; dim])),
            newest: 0,
        }
    }

    fn turns(&mut self, count: u64) {
        for _ in 0..count {
            let next = (self.newest + 1) % BUFFERS;
            let [x, g] = self
                .buffers
                .get_disjoint_mut([self.newest, next])
                .expect("two different buffers");
            descend(x.as_slice(), g.as_mut_slice(), T::from_f64(black_box(STEP)));
            self.newest = next;
        }
    }
}

#[inline(never)]
fn descend<T: Scalar>(x: &[T], g: &mut [T], step_size: T) {
    for (x, g) in x.iter().zip(g) {
        *g = *x - step_size * *g;
    }
}

/// Turns a second, after each buffer was touched once.
fn timed(turns: u64, mut run: impl FnMut(u64)) -> f64 {
    run(BUFFERS as u64);
    let start = Instant::now();
    run(turns);
    rate(turns, start.elapsed())
}

fn turn<T: Scalar>(runner: &Runner, (name, dim): (&str, usize), turns: u64, bar: Bar) {
    let id = format!("turn/d={name},{}", T::NAME);
    if !runner.wants(&id) {
        return;
    }
    let (mut server, mut plain) = (Server::<T>::new(dim), Plain::<T>::new(dim));
    let comparison = Comparison {
        id: &id,
        names: ("server", "plain loop"),
        unit: "turns/s",
        bar,
    };
    runner.compare(
        &comparison,
        || timed(turns, |count| server.turns(count)),
        || timed(turns, |count| plain.turns(count)),
    );
}

fn small_turn<T: Scalar>(runner: &Runner) {
    let id = format!("turn/d=400,{}", T::NAME);
    let mut server = Server::<T>::new(400);
    runner.measure(&id, "turns/s", Bar::AtLeast(5e6), || {
        timed(200_000, |count| server.turns(count))
    });
}

fn main() {
    let Some(runner) = Runner::from_args() else {
        return;
    };
    small_turn::<f32>(&runner);
    small_turn::<f64>(&runner);
    for (size, turns, bar) in [
        (("1e4", 10_000), 10_000, Bar::AtLeast(0.9)),
        (("1e6", 1_000_000), 64, Bar::AtLeast(0.95)),
        (("1e7", 10_000_000), 8, Bar::AtLeast(0.95)),
    ] {
        turn::<f32>(&runner, size, turns, bar);
        turn::<f64>(&runner, size, turns, bar);
    }
}
