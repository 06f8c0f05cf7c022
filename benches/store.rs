//! The parameter store: what taking a snapshot and publishing a version cost while others read.
//!
//! `cargo bench -p benches --bench store`
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark measures time, and its readers only have to be there"
)]

mod paired;

use std::collections::VecDeque;
use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use paired::{Bar, Runner};
use ps_core::sync::Flag;
use ps_core::{Buffer, ParamStore, Snapshot};

const SIZES: [(&str, usize); 2] = [("400", 400), ("1e5", 100_000)];

/// How many snapshots, or versions, are timed at once.
const COUNT: u64 = 20_000;

/// Time for each snapshot that is taken, looked at and let go of, when so many threads do nothing
/// else.
fn snapshot(runner: &Runner) {
    for readers in [1, 2, 8] {
        for (name, dim) in SIZES {
            let store = ParamStore::new(Snapshot::initial(&vec![1.0f32; dim]));
            let id = format!("store/snapshot,readers={readers},d={name}");
            runner.measure(&id, "ns", Bar::None, || {
                read_all(&store, readers, COUNT).as_nanos() as f64 / COUNT as f64
            });
        }
    }
}

/// The time in which so many threads together take so many snapshots.
fn read_all(store: &ParamStore<f32>, readers: u64, count: u64) -> Duration {
    let begin = Barrier::new(usize::try_from(readers).expect("a few") + 1);
    let read = |share| {
        begin.wait();
        for _ in 0..share {
            black_box(store.snapshot().values()[0]);
        }
    };
    let start = thread::scope(|scope| {
        for reader in 0..readers {
            let (read, share) = (&read, (count + reader) / readers);
            scope.spawn(move || read(share));
        }
        begin.wait();
        Instant::now()
    });
    start.elapsed()
}

/// Time for each version that is published, when so many threads take a snapshot every 0.1 ms.
fn publish(runner: &Runner) {
    for readers in [0, 1, 8] {
        for (name, dim) in SIZES {
            let store = ParamStore::new(Snapshot::initial(&vec![1.0f32; dim]));
            let end = Flag::new();
            thread::scope(|scope| {
                for _ in 0..readers {
                    scope.spawn(|| read_now_and_then(&store, &end));
                }
                let id = format!("store/publish,readers={readers},d={name}");
                let mut spare: VecDeque<_> = spares(dim).collect();
                runner.measure(&id, "ns", Bar::None, || {
                    let start = Instant::now();
                    (0..COUNT).for_each(|_| publish_one(&store, &mut spare));
                    start.elapsed().as_nanos() as f64 / COUNT as f64
                });
                end.raise();
            });
        }
    }
}

/// Versions that were replaced rest before their memory is used again, so that a reader has let go
/// of them by then.
fn spares(dim: usize) -> impl Iterator<Item = Snapshot<f32>> {
    (0..64).map(move |_| Snapshot::initial(&vec![1.0f32; dim]))
}

fn publish_one(store: &ParamStore<f32>, spare: &mut VecDeque<Snapshot<f32>>) {
    let oldest = spare.pop_front().expect("one comes back for each taken");
    let dim = oldest.values().len();
    let buffer = oldest.into_buffer().unwrap_or_else(|| Buffer::zeros(dim));
    spare.push_back(store.publish(buffer.freeze(store.version().next())));
}

fn read_now_and_then(store: &ParamStore<f32>, end: &Flag) {
    while !end.is_raised() {
        black_box(store.snapshot().values()[0]);
        thread::sleep(Duration::from_micros(100));
    }
}

fn main() {
    if let Some(runner) = Runner::from_args() {
        snapshot(&runner);
        publish(&runner);
    }
}
