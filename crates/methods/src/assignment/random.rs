//! ```text
//! k_{t+1} ~ Unif[n]
//! ```
//! Random asynchronous SGD: Koloskova, Stich, Jaggi 2022, Algorithm 2; AsGrad (Islamov, Safaryan, Alistarh 2024). The
//! new job queues if that worker is busy.

use ps_core::WorkerId;
use rand::RngExt;

use super::Assignment;
use crate::Server;

/// Any worker, uniformly and independently.
#[derive(Debug, Default)]
pub struct Random;

impl Assignment for Random {
    fn next(&mut self, _sender: WorkerId, server: &mut Server<'_>) -> WorkerId {
        let n = server.n_workers();
        let mut draw = || {
            let index = server.rng().random_range(0..n);
            let worker = WorkerId::new(index);
            (server.is_alive(worker), worker)
        };
        // A lost worker is drawn again, which leaves the others equally likely. The engine asks only while one is alive.
        loop {
            if let (true, worker) = draw() {
                return worker;
            }
        }
    }
}
