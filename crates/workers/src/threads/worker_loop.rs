//! What a worker's thread does: take a job, wait, compute, wait, hand in.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};
use ps_core::{Completion, Job, JobId, JobTimes, Oracle, Scalar, Seed, Service, WorkerId};

use super::Emulate;
use super::desk::{Desk, Message};
use crate::compute::{compute, panic_message};
use crate::{Cluster, Leaving};

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

/// What a worker carries from job to job.
#[derive(Default)]
struct Diary {
    /// By how much the injected waits were overshot and not yet made up for, so that errors do not add up.
    debt: Duration,
    /// How many jobs it has taken up.
    n_taken: u64,
    /// How long it has served since its last job, as far as that is over.
    served: Duration,
    /// Since when it has been serving, if it goes straight on to its next job.
    serving_since: Option<Duration>,
    /// The last job that it took up.
    last: Option<(JobId, JobTimes)>,
}

impl<T: Scalar, S: Service<T>> Worker<T, S> {
    /// Works until the run has ended. Returns what it was at by then.
    pub(super) fn work(self) -> Leaving {
        let mut diary = Diary::default();
        let mut next = None;
        loop {
            let job = match next.take() {
                Some(job) => job,
                None => match self.jobs.recv() {
                    Ok(job) => job,
                    Err(_) => return self.leave(diary),
                },
            };
            // The oracle's own panics are caught closer to it; this one is of ours.
            let ended = catch_unwind(AssertUnwindSafe(|| self.run(job, &mut diary)));
            let message = match ended {
                Ok(Ok(completion)) => Message::Completed(completion),
                Ok(Err(Ended)) => return self.leave(diary),
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

    /// Runs one job. The drawn compute time is the *total*: compute for real, then wait for the rest.
    fn run(&self, mut job: Job<T>, diary: &mut Diary) -> Result<Completion<T>, Ended> {
        let clock = self.desk.clock();
        let latency = self
            .cluster
            .latency(self.seed, self.id, job.id, diary.n_taken);
        diary.n_taken += 1;
        let started = clock.now();
        diary.stop_serving(|| started);
        let times = JobTimes {
            started,
            served: mem::take(&mut diary.served),
            ..JobTimes::default()
        };
        let (_, times) = diary.last.insert((job.id, times));
        let mut now = started;
        // When the worker would be where it is if no wait had ever been overshot.
        let mut ideal = started.saturating_sub(diary.debt);
        if !latency.download.is_zero() {
            ideal += latency.download;
            let waited = self.wait_until(ideal);
            now = clock.now();
            times.download = now - started;
            waited?;
        }
        let begun = now;
        let outcome = compute(
            self.oracle.as_ref(),
            &mut job,
            self.seed,
            self.desk.stop_flag(),
        );
        now = clock.now();
        times.computed = now - begun;
        match latency.compute {
            None => ideal += times.computed,
            Some(asked) if asked < times.computed => {
                ideal += times.computed;
                times.overrun = Some(asked);
            }
            Some(asked) => {
                ideal += asked;
                now = self.wait_until(ideal)?;
            }
        }
        if !latency.upload.is_zero() {
            let sent = now;
            ideal += latency.upload;
            let waited = self.wait_until(ideal);
            now = clock.now();
            (times.upload, times.finished) = (now - sent, now);
            waited?;
        }
        diary.debt = now.saturating_sub(ideal);
        times.finished = now;
        Ok(Completion {
            job,
            times: *times,
            outcome,
        })
    }

    /// What is left when the run has ended: nothing of it lasts longer than the run.
    fn leave(&self, diary: Diary) -> Leaving {
        Leaving::at(self.desk.ended(), self.id, diary.served, diary.last)
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

impl Diary {
    /// If it was serving, it has stopped by now.
    fn stop_serving(&mut self, now: impl FnOnce() -> Duration) {
        if let Some(since) = self.serving_since.take() {
            self.served += now().saturating_sub(since);
        }
    }
}
