//! ```text
//! k_{t+1} ~ Unif[n]
//! ```
//! Random asynchronous SGD: Koloskova, Stich, Jaggi 2022, Algorithm 2; AsGrad (Islamov, Safaryan,
//! Alistarh 2024). The new job queues if that worker is busy.

use ps_core::WorkerId;
use rand::RngExt;

use super::{Assignment, round_robin};
use crate::server::Server;

/// Any worker, uniformly and independently.
#[derive(Debug, Default)]
pub struct Random {
    /// Whether the first jobs are drawn too, instead of going to one worker after the other.
    draws_first_jobs: bool,
}

impl Random {
    /// Draws the workers of the first jobs too: with one job outstanding, SGD with a uniform worker
    /// each step.
    pub fn from_the_first_job() -> Self {
        Self {
            draws_first_jobs: true,
        }
    }
}

impl Assignment for Random {
    fn next(&mut self, _sender: WorkerId, server: &mut Server<'_>) -> WorkerId {
        // A lost worker is drawn again, which leaves the others equally likely. The engine asks
        // only while one is alive.
        loop {
            let n = server.n_workers();
            let worker = WorkerId::new(server.rng().random_range(0..n));
            if server.is_alive(worker) {
                return worker;
            }
        }
    }

    fn first(&mut self, job: usize, server: &mut Server<'_>) -> WorkerId {
        if self.draws_first_jobs {
            self.next(WorkerId::new(0), server)
        } else {
            round_robin(job, server)
        }
    }
}
