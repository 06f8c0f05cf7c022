//! How many gradients each worker has delivered.

use ps_core::WorkerId;

use crate::server::Server;

/// A clock for each worker. The slowest is looked for again only when the last of the slowest has
/// gone on, so after all others have at least once.
#[derive(Debug)]
pub(super) struct Clocks {
    clocks: Vec<usize>,
    /// The least clock of a worker that is alive, and how many of those are there.
    slowest: (usize, usize),
}

impl Clocks {
    /// All at 0.
    pub(super) fn new(n_workers: usize) -> Self {
        Self {
            clocks: vec![0; n_workers],
            slowest: (0, n_workers),
        }
    }

    /// How far this worker is ahead of the slowest.
    pub(super) fn lead(&self, worker: WorkerId) -> usize {
        self.clocks[worker.index()] - self.slowest.0
    }

    /// This worker has delivered. Says whether the slowest have moved.
    pub(super) fn tick(&mut self, worker: WorkerId, server: &Server<'_>) -> bool {
        let was_slowest = self.lead(worker) == 0;
        self.clocks[worker.index()] += 1;
        was_slowest && self.leave_slowest(server)
    }

    /// This worker is lost, and its clock does not count any more. Says whether the slowest have
    /// moved.
    pub(super) fn forget(&mut self, worker: WorkerId, server: &Server<'_>) -> bool {
        self.lead(worker) == 0 && self.leave_slowest(server)
    }

    fn leave_slowest(&mut self, server: &Server<'_>) -> bool {
        self.slowest.1 -= 1;
        if self.slowest.1 > 0 {
            return false;
        }
        let clocks = self.clocks.iter().enumerate();
        let alive = clocks.filter(|(worker, _)| server.is_alive(WorkerId::new(*worker)));
        let alive = alive.map(|(_, clock)| *clock);
        let least = alive.clone().min().unwrap_or_default();
        self.slowest = (least, alive.filter(|clock| *clock == least).count());
        true
    }
}
