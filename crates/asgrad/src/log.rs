//! `tracing` for people: target `asgrad`, `debug` for each update, `trace` for each job.

use ps_core::{Action, CancelledInQueue, Event, Lost, Observer, Overrun, Received, Unfinished};
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
            Event::Overrun(Overrun {
                worker,
                job,
                asked,
                took,
                ..
            }) => {
                trace!(target: "asgrad", %worker, %job, ?asked, ?took, "overrun");
            }
            Event::Lost(Lost {
                worker,
                job,
                reason,
                ..
            }) => {
                warn!(target: "asgrad", %worker, %job, reason = &**reason, "worker lost");
            }
            Event::CancelledInQueue(CancelledInQueue { worker, job, .. }) => {
                trace!(target: "asgrad", %worker, %job, "cancelled before it was taken up");
            }
            Event::Assigned(Unfinished {
                worker,
                job,
                version,
                ..
            }) => {
                trace!(target: "asgrad", %worker, %job, read_version = version.number(), "still out");
            }
            Event::Stopped(_) => {}
        }
    }
}

fn log_received(received: &Received) {
    let Received {
        worker,
        job,
        read_version,
        version,
        action,
        step_size,
        ..
    } = *received;
    let (read_version, version) = (read_version.number(), version.number());
    let staleness = received.staleness();
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
