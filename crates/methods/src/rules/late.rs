//! What becomes of gradients that come late.

use ps_core::form::{Domain, Parameter, Values};

use crate::arrival::Arrival;
use crate::server::Server;

/// What becomes of the jobs that are out when an update is made: they read a version that is not
/// the newest any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Late {
    /// They run on, and their gradients are discarded on arrival.
    Discard,
    /// They are cancelled, and their workers begin at the new version at once.
    Cancel,
    /// They run on, and their gradients count although they are stale. Nothing is for nothing, but
    /// the gradients of an update are no longer all taken at the model that it is made from, which
    /// is what theory asks for.
    Use,
}

impl Late {
    /// The one that a method was given.
    pub(super) fn of(values: &Values) -> Self {
        match values.word(LATE.name) {
            "cancel" => Self::Cancel,
            "use" => Self::Use,
            _ => Self::Discard,
        }
    }

    /// Whether this gradient counts. One whose job was cancelled does not arrive at all.
    pub(super) fn counts(self, arrival: &Arrival) -> bool {
        arrival.staleness == 0 || self == Self::Use
    }

    /// After an update: all jobs are cancelled, and everybody begins anew.
    pub(super) fn call_off_all(server: &mut Server<'_>) {
        for worker in server.workers() {
            server.cancel(worker);
            server.assign(worker);
        }
    }
}

/// How it is typed.
pub(super) const LATE: Parameter = Parameter::new("late", Domain::Word(&["discard", "cancel", "use"]))
    .meaning("whether to discard older gradients on arrival, to cancel their jobs at the update, or to use them, stale as they are")
    .or("discard");
