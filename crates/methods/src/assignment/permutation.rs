//! ```text
//! cyclic:        k_{t+1} = t mod n
//! shuffle-once:  k_{t+1} = next of a permutation of [n], drawn once
//! shuffled:      k_{t+1} = next of a permutation of [n], drawn anew every n assignments
//! ```
//! Shuffled asynchronous SGD is the new method of AsGrad (Islamov, Safaryan, Alistarh, AISTATS
//! 2024). With one job outstanding, these are incremental SGD, shuffle-once and random reshuffling
//! of its table of special cases.

use ps_core::WorkerId;
use rand::seq::SliceRandom;

use super::Assignment;
use crate::server::Server;

/// The next worker of an order of all workers, which is gone through again and again.
#[derive(Debug)]
pub struct Permutation {
    shuffle: Shuffle,
    workers: Vec<WorkerId>,
    position: usize,
}

/// When the order is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shuffle {
    Never,
    Once,
    /// At the start of each pass through all workers.
    EveryEpoch,
}

impl Permutation {
    /// One worker after the other, 0, 1, …, n − 1, 0, …
    pub fn cyclic() -> Self {
        Self::of(Shuffle::Never)
    }

    /// One permutation that never changes.
    pub fn shuffle_once() -> Self {
        Self::of(Shuffle::Once)
    }

    /// A permutation, shuffled anew in every epoch (every `n` assignments).
    pub fn shuffled() -> Self {
        Self::of(Shuffle::EveryEpoch)
    }

    fn of(shuffle: Shuffle) -> Self {
        Self {
            shuffle,
            workers: Vec::new(),
            position: 0,
        }
    }
}

impl Assignment for Permutation {
    /// If no worker is alive, some worker: assigning to it does nothing.
    fn next(&mut self, _sender: WorkerId, server: &mut Server<'_>) -> WorkerId {
        for _ in 0..2 * server.n_workers() {
            if self.position == self.workers.len() {
                let is_first = self.workers.is_empty();
                if is_first {
                    self.workers = server.workers().collect();
                }
                if self.shuffle == Shuffle::EveryEpoch || self.shuffle == Shuffle::Once && is_first
                {
                    self.workers.shuffle(server.rng());
                }
                self.position = 0;
            }
            let worker = self.workers[self.position];
            self.position += 1;
            if server.is_alive(worker) {
                return worker;
            }
        }
        self.workers[0]
    }

    fn first(&mut self, _job: usize, server: &mut Server<'_>) -> WorkerId {
        self.next(WorkerId::new(0), server)
    }
}
