//! What the parameter server is measured against: threads that compute gradients and do nothing
//! else.
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark measures time, and threads without a channel have nothing else to wait on"
)]

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use ps_core::sync::Flag;
use ps_core::{JobContext, JobId, Oracle, Scalar, Seed, WorkerId};

use crate::paired::rate;

/// Gradients a second of so many threads for this long, thread `i` with the data of worker `i`.
pub(crate) fn gradients_per_second<T: Scalar>(
    oracle: &dyn Oracle<T>,
    n_threads: usize,
    x: &[T],
    time: Duration,
) -> f64 {
    let (begin, end) = (Barrier::new(n_threads + 1), Flag::new());
    let run = |worker| {
        begin.wait();
        count_until(&end, oracle, worker, x)
    };
    thread::scope(|scope| {
        let run = &run;
        let threads: Vec<_> = (0..n_threads)
            .map(|worker| scope.spawn(move || run(WorkerId::new(worker))))
            .collect();
        begin.wait();
        let start = Instant::now();
        thread::sleep(time);
        end.raise();
        let time = start.elapsed();
        let counts = threads.into_iter().map(|thread| thread.join());
        rate(
            counts.map(|count| count.expect("no oracle panics")).sum(),
            time,
        )
    })
}

/// How many gradients are finished before the end.
fn count_until<T: Scalar>(end: &Flag, oracle: &dyn Oracle<T>, worker: WorkerId, x: &[T]) -> u64 {
    let mut out = vec![T::ZERO; x.len()];
    let mut job = JobId::default();
    loop {
        let mut context = JobContext::new(worker, job, Seed::new(1), &|| false);
        let done = oracle.gradient(&mut context, x, &mut out);
        done.expect("the oracles of benchmarks do not fail");
        if end.is_raised() {
            return job.number();
        }
        job = job.next();
    }
}
