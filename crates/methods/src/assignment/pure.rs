//! ```text
//! k_{t+1} = i_t
//! ```
//! Pure asynchronous SGD: the worker that has just delivered. Fast workers compute more, so their
//! data weigh more.

use ps_core::WorkerId;

use super::Assignment;
use crate::server::Server;

/// The worker that has just delivered.
#[derive(Debug, Default)]
pub struct Pure;

impl Assignment for Pure {
    fn next(&mut self, sender: WorkerId, _server: &mut Server<'_>) -> WorkerId {
        sender
    }
}
