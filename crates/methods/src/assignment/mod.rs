//! Who gets the next job.

mod by_speed;
mod permutation;
mod pure;
mod random;
mod weight_tree;

use std::fmt::Debug;

use ps_core::WorkerId;

use crate::server::Server;

pub use by_speed::BySpeed;
pub use permutation::Permutation;
pub use pure::Pure;
pub use random::Random;

/// Who gets the next job: `k_{t+1}` of AsGrad. The order of *arrivals* is nature's, the order of
/// assignments is the server's to choose.
pub trait Assignment: Send + Debug {
    /// Who gets a job now that this worker's gradient has arrived. Prefers workers that are alive.
    fn next(&mut self, sender: WorkerId, server: &mut Server<'_>) -> WorkerId;

    /// Who gets the `job`-th of the first jobs. Default: one worker after the other.
    fn first(&mut self, job: usize, server: &mut Server<'_>) -> WorkerId {
        round_robin(job, server)
    }

    /// Gives out the first jobs.
    fn begin(&mut self, server: &mut Server<'_>) {
        for job in 0..server.concurrency() {
            let worker = self.first(job, server);
            server.assign(worker);
        }
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
