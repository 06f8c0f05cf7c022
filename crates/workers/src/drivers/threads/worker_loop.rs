//! What a worker's thread does: take a job, wait, compute, wait, hand in.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::Receiver;
use ps_core::{Completion, Job, Oracle, Scalar, Seed, WorkerId};

use super::Emulate;
use super::course::{Course, Diary, Ended};
use super::desk::{Desk, Message, Order};
use crate::drivers::compute::{Interrupts, compute, panic_message};
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
    pub(super) fn work(self) -> Diary {
        let mut diary = Diary::default();
        let mut next = None;
        loop {
            let job = match next.take() {
                Some(job) => job,
                None => match self.jobs.recv() {
                    Ok(Order::Job(job)) => job,
                    Ok(Order::Wake) => continue,
                    Err(_) => return diary,
                },
            };
            // The oracle's own panics are caught closer to it; this one is of ours.
            let ended = catch_unwind(AssertUnwindSafe(|| self.run(job, &mut diary)));
            let message = match ended {
                Ok(Ok(completion)) => Message::Completed(completion),
                Ok(Err(Ended)) => return diary,
                Err(panic) => Message::Gone(self.id, panic_message(panic.as_ref())),
            };
            let handed_in = match &message {
                Message::Completed(completion) => Some(completion.times.finished),
                _ => None,
            };
            let done = self.desk.hand_in(Some(self.id), message);
            diary.serving_since = handed_in.filter(|_| done.has_served);
            if done.job.is_none() {
                diary.stop_serving(|| self.desk.clock().now());
            }
            next = done.job;
        }
    }

    fn run(&self, mut job: Job<T>, diary: &mut Diary) -> Result<Completion<T>, Ended> {
        let clock = self.desk.clock();
        let started = clock.now();
        let which = (job.id, diary.n_taken);
        let latency = self.cluster.latency(self.seed, self.id, which, started);
        let limit = job
            .limit
            .map_or(Duration::MAX, |limit| started.saturating_add(limit));
        let course = Course {
            job: job.id,
            latency,
            limit,
            clock,
            emulate: self.emulate,
            stop: self.desk.stop_flag(),
            cancellation: self.desk.cancellation(self.id),
            orders: &self.jobs,
        };
        let interrupts = Interrupts {
            stop: course.stop,
            cancellation: course.cancellation,
            is_late: &|| clock.now() > limit,
        };
        let (outcome, times) = course.run(started, diary, || {
            compute(self.oracle.as_ref(), &mut job, self.seed, &interrupts)
        })?;
        Ok(Completion {
            job,
            times,
            outcome,
        })
    }
}
