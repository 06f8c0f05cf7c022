//! ```text
//! k_{t+1} = next of a permutation of [n], drawn once
//! ```
//! With one job outstanding, the shuffle-once SGD of AsGrad's table of special cases.

use ps_core::WorkerId;
use rand::seq::SliceRandom;

use super::{Assignment, Epoch, Order};
use crate::server::Server;

/// The next worker of one permutation that never changes.
#[derive(Debug, Default)]
pub struct ShuffleOnce {
    order: Order,
}

impl Assignment for ShuffleOnce {
    fn next(&mut self, _sender: WorkerId, server: &mut Server<'_>) -> WorkerId {
        self.order.next(server, |workers, server, epoch| {
            if epoch == Epoch::First {
                workers.shuffle(server.rng());
            }
        })
    }

    fn first(&mut self, _job: usize, server: &mut Server<'_>) -> WorkerId {
        self.next(WorkerId::new(0), server)
    }
}
