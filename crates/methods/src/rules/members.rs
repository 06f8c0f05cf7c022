//! Some of the workers.

use ps_core::WorkerId;

/// A set of workers: who is in it, and how many are, known at once.
#[derive(Debug, Default)]
pub(super) struct Members {
    is_in: Vec<bool>,
    count: usize,
}

impl Members {
    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(super) fn contains(&self, worker: WorkerId) -> bool {
        self.is_in.get(worker.index()).is_some_and(|is_in| *is_in)
    }

    /// All of these, to a set that is empty.
    pub(super) fn fill(&mut self, workers: impl Iterator<Item = WorkerId>) {
        for worker in workers {
            let enough = self.is_in.len().max(worker.index() + 1);
            self.is_in.resize(enough, false);
            self.is_in[worker.index()] = true;
            self.count += 1;
        }
    }

    /// One fewer, if it was in it. Says whether it was.
    pub(super) fn remove(&mut self, worker: WorkerId) -> bool {
        let was_in = self.contains(worker);
        if was_in {
            self.is_in[worker.index()] = false;
            self.count -= 1;
        }
        was_in
    }
}
