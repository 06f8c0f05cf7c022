//! What needs real time: threads, sleeps, deadlines. A binary of its own, and one test at a time: each begins with [`alone`].
//! Orders and generous bounds, never exact durations.
#![expect(clippy::unwrap_used, reason = "a panic is the report")]

mod called_off;
mod changing;
mod clocks;
mod deaf;
mod live;

use std::sync::mpsc;
use std::time::Duration;

use asgrad::{Cluster, Oracle, from_fn};
use ps_core::sync::{Mutex, MutexGuard};

const MILLISECOND: Duration = Duration::from_millis(1);

/// Waits until no other test of this binary is at work and the threads of the one before have left, and keeps the others waiting
/// until it is dropped. A test that fails lets the next one begin, too.
fn alone() -> MutexGuard<'static, Option<usize>> {
    /// Number of threads before the first test.
    static AT_WORK: Mutex<Option<usize>> = Mutex::new(None);
    let mut at_work = AT_WORK.lock();
    let without_runs = *at_work.get_or_insert_with(n_threads);
    comes_to(without_runs);
    at_work
}

/// Whether there are so many threads in the end: one that was joined may still be listed for a moment.
fn comes_to(count: usize) -> bool {
    (0..500).any(|_| {
        let is_there = n_threads() == count;
        if !is_there {
            pause();
        }
        is_there
    })
}

/// Measures how long something takes.
fn seconds_of<R>(run: impl FnOnce() -> R) -> (R, f64) {
    #[expect(
        clippy::disallowed_methods,
        reason = "how long something takes is what is tested"
    )]
    let now = std::time::Instant::now;
    let start = now();
    let result = run();
    (result, (now() - start).as_secs_f64())
}

/// Number of threads of this process, without those that tests run on: they come and go while one test is at work. Their names
/// are the paths of the tests, and no other thread has a `::` in its name.
#[cfg(target_os = "linux")]
fn n_threads() -> usize {
    let threads = std::fs::read_dir("/proc/self/task").unwrap();
    let names =
        threads.filter_map(|t| std::fs::read_to_string(t.unwrap().path().join("comm")).ok());
    names.filter(|name| !name.contains("::")).count()
}

#[cfg(not(target_os = "linux"))]
fn n_threads() -> usize {
    0
}

/// Leaves the core to others for a while.
fn pause() {
    let (_keep, never) = mpsc::channel::<()>();
    let _ = never.recv_timeout(2 * MILLISECOND);
}

fn cluster(speeds: Vec<f64>, unit: Duration) -> Cluster {
    Cluster::new(speeds, unit).unwrap()
}

fn pull() -> impl Oracle + 'static {
    from_fn(1, |_, x: &[f64], out: &mut [f64]| out[0] = x[0])
}

fn linear(n: u32) -> Vec<f64> {
    (1..=n).map(f64::from).collect()
}
