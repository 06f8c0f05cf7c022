//! What a run is called and what it was asked to do.

use ps_core::Seed;
use workers::Access;

use crate::Clock;

/// What a run is called and what it was asked to do.
#[derive(Clone, Debug)]
pub(crate) struct About {
    pub(crate) method: String,
    pub(crate) step_size: f64,
    pub(crate) seed: Seed,
    pub(crate) clock: Clock,
    pub(crate) concurrency: usize,
    /// Which parameters a job reads and writes, where they are shared without a server.
    pub(crate) access: Option<Access>,
}
