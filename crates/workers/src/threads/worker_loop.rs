//! What a worker's thread does: take a job, wait, compute, wait, hand in.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};
use ps_core::{Completion, Job, JobTimes, Oracle, Scalar, Seed, Service, WorkerId};

use super::Emulate;
use super::desk::{Desk, Message};
use crate::Cluster;
use crate::compute::{compute, panic_message};

/// One worker.
pub(super) struct Worker<T: Scalar, S> {
    pub(super) id: WorkerId,
    pub(super) desk: Arc<Desk<T, S>>,
    pub(super) jobs: Receiver<Job<T>>,
    pub(super) oracle: Arc<dyn Oracle<T>>,
    pub(super) cluster: Arc<Cluster>,
    pub(super) seed: Seed,
    pub(super) emulate: Emulate,
}

/// The run has ended while the worker waited.
struct Ended;

impl<T: Scalar, S: Service<T>> Worker<T, S> {
    /// Works until the run has ended.
    pub(super) fn work(self) {
        // By how much the injected waits were overshot and not yet made up for, so that errors do not add up.
        let mut debt = Duration::ZERO;
        let mut next = None;
        loop {
            let job = match next.take() {
                Some(job) => job,
                None => match self.jobs.recv() {
                    Ok(job) => job,
                    Err(_) => return,
                },
            };
            // The oracle's own panics are caught closer to it; this one is of ours.
            let ended = catch_unwind(AssertUnwindSafe(|| self.run(job, &mut debt)));
            let message = match ended {
                Ok(Ok(completion)) => Message::Completed(completion),
                Ok(Err(Ended)) => return,
                Err(panic) => Message::Gone(self.id, panic_message(panic.as_ref())),
            };
            next = self.desk.hand_in(Some(self.id), message);
        }
    }

    /// Runs one job. The drawn compute time is the *total*: compute for real, then wait for the rest.
    fn run(&self, mut job: Job<T>, debt: &mut Duration) -> Result<Completion<T>, Ended> {
        let clock = self.desk.clock();
        let latency = self.cluster.latency(self.seed, self.id, job.id);
        let started = clock.now();
        let mut now = started;
        // When the worker would be where it is if no wait had ever been overshot.
        let mut ideal = started.saturating_sub(*debt);
        if !latency.download.is_zero() {
            ideal += latency.download;
            now = self.wait_until(ideal)?;
        }
        let begun = now;
        let outcome = compute(
            self.oracle.as_ref(),
            &mut job,
            self.seed,
            self.desk.stop_flag(),
        );
        now = clock.now();
        let computed = now - begun;
        let mut overrun = None;
        match latency.compute {
            None => ideal += computed,
            Some(asked) if asked < computed => {
                ideal += computed;
                overrun = Some(asked);
            }
            Some(asked) => {
                ideal += asked;
                now = self.wait_until(ideal)?;
            }
        }
        if !latency.upload.is_zero() {
            ideal += latency.upload;
            now = self.wait_until(ideal)?;
        }
        *debt = now.saturating_sub(ideal);
        let times = JobTimes {
            started,
            finished: now,
            computed,
            overrun,
        };
        Ok(Completion {
            job,
            times,
            outcome,
        })
    }

    /// Waits until this time since the start of the run, if it is not past. Returns the time by then.
    fn wait_until(&self, time: Duration) -> Result<Duration, Ended> {
        let clock = self.desk.clock();
        match self.emulate {
            // No job comes while there is one, so the channel only ever says that the run has ended.
            Emulate::Sleep if clock.now() < time => {
                match self.jobs.recv_deadline(clock.moment(time)) {
                    Err(RecvTimeoutError::Timeout) => {}
                    Ok(_) | Err(RecvTimeoutError::Disconnected) => return Err(Ended),
                }
            }
            Emulate::Sleep => {}
            Emulate::Spin => {
                while clock.now() < time {
                    if self.desk.stop_flag().is_raised() {
                        return Err(Ended);
                    }
                    std::hint::spin_loop();
                }
            }
        }
        Ok(clock.now())
    }
}
