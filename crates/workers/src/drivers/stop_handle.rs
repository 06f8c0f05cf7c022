//! Stopping a run from another thread.

use crossbeam_channel::{Receiver, Sender, bounded};
use ps_core::StopReason;

/// Stops a run from any thread: a signal handler, a user interface, an evaluation beside the run.
/// The run's driver has one, too, and looks there for requests.
#[derive(Clone, Debug)]
pub struct StopHandle {
    requests: (Sender<StopReason>, Receiver<StopReason>),
}

impl StopHandle {
    /// A handle for one run, which nobody has stopped.
    pub fn new() -> Self {
        let requests = bounded(1);
        Self { requests }
    }

    /// Ends the run with [`StopReason::Requested`].
    pub fn stop(&self) {
        self.stop_because(StopReason::Requested);
    }

    /// Ends the run with this reason. If somebody has already asked, theirs counts.
    pub fn stop_because(&self, reason: StopReason) {
        // Full: an earlier request is on its way, or the run is over.
        let _ = self.requests.0.try_send(reason);
    }

    /// Takes the request that has come in, if any: for the driver, and for who works on after it.
    #[inline]
    pub fn poll(&self) -> Option<StopReason> {
        // The check costs two loads; taking from an empty channel costs a fence.
        if self.channel().is_empty() {
            None
        } else {
            self.channel().try_recv().ok()
        }
    }

    pub(crate) fn channel(&self) -> &Receiver<StopReason> {
        &self.requests.1
    }
}

impl Default for StopHandle {
    fn default() -> Self {
        Self::new()
    }
}
