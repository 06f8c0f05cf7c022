//! Who gets the next job.

mod by_speed;
mod cyclic;
mod pure;
mod random;
mod shuffle_once;
mod shuffled;

use std::fmt::Debug;

use ps_core::WorkerId;

use crate::server::Server;

pub use by_speed::BySpeed;
pub use cyclic::Cyclic;
pub use pure::Pure;
pub use random::Random;
pub use shuffle_once::ShuffleOnce;
pub use shuffled::Shuffled;

/// Who gets the next job: `k_{t+1}` of AsGrad. The order of *arrivals* is nature's, the order of
/// assignments is the server's to choose.
pub trait Assignment: Send + Debug {
    /// Who gets a job now that this worker's gradient has arrived. Prefers workers that are alive.
    fn next(&mut self, sender: WorkerId, server: &mut Server<'_>) -> WorkerId;

    /// Who gets the `job`-th of the first jobs. Default: one worker after the other.
    fn first(&mut self, job: usize, server: &mut Server<'_>) -> WorkerId {
        round_robin(job, server)
    }

    /// Gives the jobs of a lost worker to whoever is next. Pure assignment has no one, and goes on
    /// with fewer jobs.
    fn reassign(&mut self, lost: WorkerId, server: &mut Server<'_>) {
        for _ in 0..server.outstanding(lost) {
            let next = self.next(lost, server);
            server.assign(next);
        }
    }
}

/// Worker `job mod n`.
pub(crate) fn round_robin(job: usize, server: &Server<'_>) -> WorkerId {
    WorkerId::new(job % server.n_workers())
}

/// An order of the workers, gone through again and again.
#[derive(Debug, Default)]
pub(crate) struct Order {
    workers: Vec<WorkerId>,
    position: usize,
}

impl Order {
    /// The next worker that is alive. At the start of each epoch (a pass through all workers)
    /// `arrange` is called with the order of the last one, which is 0, 1, …, n − 1 the first time.
    ///
    /// If no worker is alive, some worker: assigning to it does nothing.
    pub(crate) fn next(
        &mut self,
        server: &mut Server<'_>,
        mut arrange: impl FnMut(&mut [WorkerId], &mut Server<'_>, Epoch),
    ) -> WorkerId {
        let n = server.n_workers();
        for _ in 0..2 * n {
            if self.position == self.workers.len() {
                let epoch = if self.workers.is_empty() {
                    Epoch::First
                } else {
                    Epoch::Later
                };
                if epoch == Epoch::First {
                    self.workers = (0..n).map(WorkerId::new).collect();
                }
                arrange(&mut self.workers, server, epoch);
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
}

/// Which pass through the workers begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Epoch {
    First,
    Later,
}
