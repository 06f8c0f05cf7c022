//! When a run ends by itself.

use std::time::Duration;

/// When a run ends by itself: whichever comes first. All `None`: when somebody stops it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StopRule {
    /// After this many updates.
    pub updates: Option<u64>,
    /// At this time since the start of the run.
    pub seconds: Option<Duration>,
    /// After this many gradients were received: applied, held or discarded.
    pub gradients: Option<u64>,
}
