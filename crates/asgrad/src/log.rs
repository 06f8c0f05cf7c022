//! `tracing` for people: target `asgrad`, `debug` for each update, `trace` for each job.

use ps_core::{Action, Event, Observer, Received};
use tracing::{debug, trace, warn};

/// Writes events as `tracing` events. Costs about a nanosecond where nobody listens.
#[derive(Debug, Default)]
pub(crate) struct Log {
    /// The gradient that was received last: a step along a sum is told with the one that filled it.
    last: Option<Received>,
}

impl Observer for Log {
    fn observe(&mut self, event: &Event) {
        match event {
            Event::Received(received) => {
                self.last = Some(*received);
                log_received(received);
            }
            Event::Updated(updated) => {
                if let Some(last) = &self.last {
                    let (worker, read_version) = (last.worker, last.read_version.number());
                    let (version, step_size) = (updated.version.number(), updated.step_size);
                    let staleness = last.staleness();
                    debug!(target: "asgrad", %worker, read_version, version, staleness, step_size, "updated");
                }
            }
            Event::Overrun(it) => {
                trace!(target: "asgrad", worker = %it.worker, job = %it.job, asked = ?it.asked, took = ?it.took, "overrun");
            }
            Event::Lost(it) => {
                warn!(target: "asgrad", worker = %it.worker, job = %it.job, reason = &*it.reason, "worker lost");
            }
            Event::CancelledInQueue(it) => {
                trace!(target: "asgrad", worker = %it.worker, job = %it.job, "cancelled before it was taken up");
            }
            Event::Assigned(it) => {
                let read_version = it.version.number();
                trace!(target: "asgrad", worker = %it.worker, job = %it.job, read_version, "still out");
            }
            Event::Stopped(_) => {}
        }
    }
}

fn log_received(received: &Received) {
    let (worker, job, action) = (received.worker, received.job, received.action);
    let (read_version, version) = (received.read_version.number(), received.version.number());
    let (staleness, step_size) = (received.staleness(), received.step_size);
    if action == Action::Applied {
        debug!(target: "asgrad", %worker, read_version, version, staleness, step_size, "applied");
    } else {
        debug!(target: "asgrad", %worker, read_version, version, staleness, "{}", action.word());
    }
    trace!(
        target: "asgrad", %worker, %job,
        assigned = ?received.assigned, started = ?received.times.started,
        finished = ?received.times.finished, computed = ?received.times.computed, "job"
    );
}
