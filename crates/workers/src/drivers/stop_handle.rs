//! Stopping a run from another thread.

use crossbeam_channel::{Receiver, Sender};
use ps_core::StopReason;

/// Stops a run from any thread: a signal handler, a user interface, an evaluation beside the run.
#[derive(Clone, Debug)]
pub struct StopHandle {
    requests: Sender<StopReason>,
}

/// The driver's end of [`StopHandle`]s.
#[derive(Debug)]
pub struct StopRequests {
    requests: Receiver<StopReason>,
    /// Kept so that the channel stays open when the last handle is gone.
    _open: Sender<StopReason>,
}

/// A handle to stop a run, and the end that its driver takes.
#[must_use]
pub fn stop_handle() -> (StopHandle, StopRequests) {
    let (requests, receiver) = crossbeam_channel::bounded(1);
    let handle = StopHandle {
        requests: requests.clone(),
    };
    (
        handle,
        StopRequests {
            requests: receiver,
            _open: requests,
        },
    )
}

impl StopHandle {
    /// Ends the run with [`StopReason::Requested`].
    pub fn stop(&self) {
        self.stop_because(StopReason::Requested);
    }

    /// Ends the run with this reason. If somebody has already asked, theirs counts.
    pub fn stop_because(&self, reason: StopReason) {
        // Full: an earlier request is on its way. Closed: the run is over.
        let _ = self.requests.try_send(reason);
    }
}

impl StopRequests {
    /// A request that has come in, if any.
    pub(crate) fn poll(&self) -> Option<StopReason> {
        // The check costs two loads; taking from an empty channel costs a fence.
        if self.requests.is_empty() {
            None
        } else {
            self.requests.try_recv().ok()
        }
    }

    pub(crate) fn channel(&self) -> &Receiver<StopReason> {
        &self.requests
    }
}
