//! ```text
//! k_{t+1} = t mod n
//! ```
//! With one job outstanding, incremental SGD.

use ps_core::WorkerId;

use super::{Assignment, Order};
use crate::server::Server;

/// One worker after the other, 0, 1, …, n − 1, 0, …
#[derive(Debug, Default)]
pub struct Cyclic {
    order: Order,
}

impl Assignment for Cyclic {
    fn next(&mut self, _sender: WorkerId, server: &mut Server<'_>) -> WorkerId {
        self.order.next(server, |_, _, _| {})
    }

    fn first(&mut self, _job: usize, server: &mut Server<'_>) -> WorkerId {
        self.next(WorkerId::new(0), server)
    }
}
