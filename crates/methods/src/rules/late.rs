//! What becomes of gradients that come late.

use ps_core::WorkerId;

use crate::method::Arrival;
use crate::server::Server;

/// What becomes of the jobs that are out when an update is made: they read a version that is not the newest any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Late {
    /// They run on, and their gradients are discarded on arrival.
    Discard,
    /// They are cancelled, and their workers begin at the new version at once.
    Cancel,
    /// They run on, and their gradients count although they are stale. Nothing is for nothing, but the gradients of an update
    /// are no longer all taken at the model that it is made from, which is what theory asks for.
    Use,
}

impl Late {
    /// As they are typed; by position what [`at`](Self::at) takes.
    pub(super) const WORDS: &'static [&'static str] = &["discard", "cancel", "use"];

    /// The one whose word is at this position.
    pub(super) fn at(position: usize) -> Self {
        [Self::Discard, Self::Cancel, Self::Use][position]
    }

    /// Whether this gradient counts. One whose job was cancelled does not arrive at all.
    pub(super) fn counts(self, arrival: &Arrival) -> bool {
        arrival.staleness == 0 || self == Self::Use
    }

    /// After an update: all jobs are cancelled, and everybody begins anew.
    pub(super) fn call_off_all(server: &mut Server<'_>) {
        for worker in (0..server.n_workers()).map(WorkerId::new) {
            server.cancel(worker);
            server.assign(worker);
        }
    }
}
