//! What a worker's thread does: take a job, wait, compute, wait, hand in.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::Receiver;
use ps_core::{Completion, Job, JobContext, Oracle, Scalar, Seed, WorkerId};

use super::Emulate;
use super::desk::{Desk, Message, Order};
use super::job_run::{Ended, JobRun, WorkerState};
use crate::drivers::compute::{compute, panic_message};
use crate::latency::cluster::Cluster;

/// One worker.
pub(super) struct Worker<T: Scalar> {
    pub(super) id: WorkerId,
    pub(super) desk: Arc<Desk<T>>,
    pub(super) jobs: Receiver<Order<T>>,
    pub(super) oracle: Arc<dyn Oracle<T>>,
    pub(super) cluster: Arc<Cluster>,
    pub(super) seed: Seed,
    pub(super) emulate: Emulate,
}

impl<T: Scalar> Worker<T> {
    /// Works until the run has ended. Returns what it was at by then.
    pub(super) fn work(self) -> WorkerState {
        let mut state = WorkerState::default();
        let mut next = None;
        loop {
            let job = match next.take() {
                Some(job) => job,
                None => match self.jobs.recv() {
                    Ok(Order::Job(job)) => job,
                    Ok(Order::Wake) => continue,
                    Err(_) => return state,
                },
            };
            // The oracle's own panics are caught closer to it; this one is of ours.
            let ended = catch_unwind(AssertUnwindSafe(|| self.run(job, &mut state)));
            let message = match ended {
                Ok(Ok(completion)) => Message::Completed(completion),
                Ok(Err(Ended)) => return state,
                Err(panic) => Message::Gone(self.id, panic_message(panic.as_ref())),
            };
            let handed_in = match &message {
                Message::Completed(completion) => Some(completion.times.finished),
                _ => None,
            };
            let served = self.desk.hand_in(Some(self.id), message);
            state.serving_since = handed_in.filter(|_| served.is_some());
            next = served.flatten();
            if next.is_none() {
                state.stop_serving(|| self.desk.clock().now());
            }
        }
    }

    fn run(&self, mut job: Job<T>, state: &mut WorkerState) -> Result<Completion<T>, Ended> {
        let clock = self.desk.clock();
        let started = clock.now();
        let latency = self
            .cluster
            .latency(self.seed, self.id, job.id, state.n_taken, started);
        let limit = job
            .limit
            .map_or(Duration::MAX, |limit| started.saturating_add(limit));
        let id = job.id;
        let run = JobRun {
            job: id,
            latency,
            limit,
            clock,
            emulate: self.emulate,
            stop: &self.desk.stop,
            cancellation: &self.desk.cancellations[self.id.index()],
            orders: &self.jobs,
        };
        let is_cancelled =
            || run.stop.is_raised() || run.cancellation.includes(id) || clock.now() > limit;
        let (outcome, times) = run.run(started, state, || {
            let context = JobContext::new(self.id, id, self.seed, &is_cancelled);
            compute(self.oracle.as_ref(), &mut job, context)
        })?;
        Ok(Completion {
            job,
            times,
            outcome,
        })
    }
}
