//! ```text
//! k_{t+1} = next of a permutation of [n], drawn anew every n assignments
//! ```
//! Shuffled asynchronous SGD, the new method of AsGrad (Islamov, Safaryan, Alistarh, AISTATS 2024).

use ps_core::WorkerId;
use rand::seq::SliceRandom;

use super::{Assignment, Order};
use crate::server::Server;

/// The next worker of a permutation, shuffled anew in every epoch (every `n` assignments).
#[derive(Debug, Default)]
pub struct Shuffled {
    order: Order,
}

impl Assignment for Shuffled {
    fn next(&mut self, _sender: WorkerId, server: &mut Server<'_>) -> WorkerId {
        self.order
            .next(server, |workers, server, _| workers.shuffle(server.rng()))
    }

    fn first(&mut self, _job: usize, server: &mut Server<'_>) -> WorkerId {
        self.next(WorkerId::new(0), server)
    }
}
