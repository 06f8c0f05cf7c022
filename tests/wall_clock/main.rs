//! What needs real time: threads, sleeps, deadlines. A binary of its own, and one test at a time:
//! each begins with [`alone`]. Orders and generous bounds, never exact durations.
#![expect(clippy::unwrap_used, reason = "a panic is the report")]

mod called_off;
mod changing;
mod chaos;
mod clocks;
mod deaf;
mod live;

#[cfg(target_os = "linux")]
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use asgrad::{Cluster, Oracle, from_fn};
use ps_core::sync::{Mutex, MutexGuard};

const MILLISECOND: Duration = Duration::from_millis(1);

/// Waits until no other test of this binary is at work and the threads of the one before have left,
/// and keeps the others waiting until it is dropped. A test that fails lets the next one begin,
/// too.
fn alone() -> MutexGuard<'static, ()> {
    static AT_WORK: Mutex<()> = Mutex::new(());
    let at_work = AT_WORK.lock();
    comes_to(0);
    at_work
}

/// Whether there are so many threads in the end: one that was joined may still be listed for a
/// moment.
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

/// Number of threads that runs have started and that are there, without the threads of tests, which
/// come and go while one test is at work. A test's thread is named after the test's path, and no
/// other has a `::` in its name; before that it has the name of the process.
#[cfg(target_os = "linux")]
fn n_threads() -> usize {
    let name_of = |path: &Path| std::fs::read_to_string(path.join("comm"));
    let process = name_of(Path::new("/proc/self")).unwrap();
    let threads = std::fs::read_dir("/proc/self/task").unwrap();
    let names = threads.filter_map(|thread| name_of(&thread.unwrap().path()).ok());
    names
        .filter(|name| *name != process && !name.contains("::"))
        .count()
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
