//! What a worker's thread does: take a job, wait, compute, wait, hand in.

use std::sync::Arc;

use ps_core::{Completion, Job, Scalar, guarded};

use super::desk::{Desk, Message};
use super::idle::Idle;
use super::job_run::{Ended, Order, Station, WorkerState};
use crate::drivers::compute::compute;

/// One worker.
pub(super) struct Worker<T: Scalar> {
    pub(super) station: Station<T>,
    pub(super) desk: Arc<Desk<T>>,
    pub(super) idle: Idle,
}

impl<T: Scalar> Worker<T> {
    /// Works until the run has ended. Returns what it was at by then.
    pub(super) fn work(mut self) -> WorkerState {
        let mut state = WorkerState::default();
        let mut next = None;
        loop {
            let job = match next.take() {
                Some(job) => job,
                None => match self.idle.receive(&self.station.orders) {
                    Ok(Order::Job(job)) => job,
                    Ok(Order::Wake) => continue,
                    Err(_) => return state,
                },
            };
            // The oracle's own panics are caught closer to it; this one is of ours.
            let ended = guarded(|| self.run(job, &mut state));
            let message = match ended {
                Ok(Ok(completion)) => Message::Completed(completion),
                Ok(Err(Ended)) => return state,
                Err(panic) => Message::Gone(self.station.id, panic),
            };
            let handed_in = match &message {
                Message::Completed(completion) => Some(completion.times.finished),
                _ => None,
            };
            let served = self.desk.hand_in(Some(self.station.id), message);
            state.serving_since = handed_in.filter(|_| served.is_some());
            next = served.flatten();
            if next.is_none() {
                state.stop_serving(|| self.station.signals.clock().now());
            }
        }
    }

    fn run(&self, mut job: Job<T>, state: &mut WorkerState) -> Result<Completion<T>, Ended> {
        let station = &self.station;
        let started = station.signals.clock().now();
        let (id, limit) = (job.id, job.limit);
        let (outcome, times) = station.run(id, started, limit, state, |context| {
            compute(station.oracle.as_ref(), &mut job, context)
        })?;
        Ok(Completion {
            job,
            times,
            outcome,
        })
    }
}
