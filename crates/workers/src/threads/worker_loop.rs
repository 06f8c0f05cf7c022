//! What a worker's thread does: take a job, wait, compute, wait, hand in.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};
use ps_core::{Completion, Job, JobId, JobTimes, Oracle, Outcome, Scalar, Seed, Service, WorkerId};

use super::Emulate;
use super::desk::{Desk, Message, Order};
use crate::compute::{compute, panic_message};
use crate::{Cluster, Latency, Leaving};

/// One worker.
pub(super) struct Worker<T: Scalar, S> {
    pub(super) id: WorkerId,
    pub(super) desk: Arc<Desk<T, S>>,
    pub(super) jobs: Receiver<Order<T>>,
    pub(super) oracle: Arc<dyn Oracle<T>>,
    pub(super) cluster: Arc<Cluster>,
    pub(super) seed: Seed,
    pub(super) emulate: Emulate,
}

/// The run has ended while the worker waited.
struct Ended;

/// How a wait went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waited {
    /// To its end.
    Enough,
    /// The job was called off before.
    CalledOff,
}

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
    /// When it had finished the job before.
    before: Duration,
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
                    Ok(Order::Job(job)) => job,
                    Ok(Order::Wake) => continue,
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
        let started = clock.now();
        let which = (job.id, diary.n_taken);
        let latency = self.cluster.latency(self.seed, self.id, which, started);
        diary.n_taken += 1;
        diary.stop_serving(|| started);
        let times = JobTimes {
            started,
            served: mem::take(&mut diary.served),
            ..JobTimes::default()
        };
        diary.before = diary.last.map_or(Duration::ZERO, |(_, last)| last.finished);
        let (_, times) = diary.last.insert((job.id, times));
        // When the worker would be where it is if no wait had ever been overshot.
        let mut ideal = started.saturating_sub(diary.debt);
        let limit = job
            .limit
            .map_or(Duration::MAX, |limit| started.saturating_add(limit));
        let outcome = self.stages(&mut job, (latency, limit), &mut ideal, times)?;
        diary.debt = times.finished.saturating_sub(ideal);
        Ok(Completion {
            job,
            times: *times,
            outcome,
        })
    }

    /// Download, computation and upload follow one another, until one of them is too long or the job is called off.
    fn stages(
        &self,
        job: &mut Job<T>,
        (latency, limit): (Latency, Duration),
        ideal: &mut Duration,
        times: &mut JobTimes,
    ) -> Result<Outcome, Ended> {
        let mut outcome = None;
        times.finished = times.started;
        if !latency.download.is_zero() {
            *ideal += latency.download;
            let waited = self.wait(job.id, ideal, limit, times);
            times.download = times.finished - times.started;
            outcome = waited?;
        }
        if outcome.is_none() {
            outcome = self.compute(job, (latency.compute, limit), ideal, times)?;
        }
        if outcome.is_none() && !latency.upload.is_zero() {
            let sent = times.finished;
            *ideal += latency.upload;
            let waited = self.wait(job.id, ideal, limit, times);
            times.upload = times.finished - sent;
            outcome = waited?;
        }
        Ok(outcome.unwrap_or(Outcome::Gradient))
    }

    /// Computes, and waits for the rest of the emulated time.
    fn compute(
        &self,
        job: &mut Job<T>,
        (asked, limit): (Option<Duration>, Duration),
        ideal: &mut Duration,
        times: &mut JobTimes,
    ) -> Result<Option<Outcome>, Ended> {
        let begun = times.finished;
        let orders = (self.desk.stop_flag(), self.desk.recall(self.id));
        let outcome = compute(self.oracle.as_ref(), job, self.seed, orders);
        times.finished = self.desk.clock().now();
        times.computed = times.finished - begun;
        match asked {
            Some(asked) if asked < times.computed => {
                *ideal += times.computed;
                times.overrun = Some(asked);
            }
            asked => *ideal += asked.unwrap_or(times.computed),
        }
        match outcome {
            Outcome::Gradient if asked.is_none() && limit == Duration::MAX => Ok(None),
            Outcome::Gradient => self.wait(job.id, ideal, limit, times),
            outcome => Ok(Some(outcome)),
        }
    }

    /// Waits until this time. If the job is called off or its limit comes before, it has an outcome, and the time is that by
    /// then.
    fn wait(
        &self,
        job: JobId,
        until: &mut Duration,
        limit: Duration,
        times: &mut JobTimes,
    ) -> Result<Option<Outcome>, Ended> {
        let is_late = *until > limit;
        let waited = self.wait_until(job, (*until).min(limit));
        times.finished = self.desk.clock().now();
        let outcome = match waited? {
            Waited::CalledOff => Some(Outcome::Cancelled),
            Waited::Enough if is_late => Some(Outcome::Expired),
            Waited::Enough => None,
        };
        if outcome.is_some() {
            *until = times.finished;
        }
        Ok(outcome)
    }

    /// What is left when the run has ended: nothing of it lasts longer than the run.
    fn leave(&self, diary: Diary) -> Leaving {
        let last = (diary.before, diary.last);
        Leaving::at(self.desk.ended(), self.id, last, diary.served)
    }

    /// Waits until this time since the start of the run, if it is not past, or until the job is called off.
    fn wait_until(&self, job: JobId, time: Duration) -> Result<Waited, Ended> {
        let clock = self.desk.clock();
        let recall = self.desk.recall(self.id);
        while clock.now() < time && !recall.includes(job) {
            match self.emulate {
                // No job comes while there is one: a word only ever says that the job was called off, now or before.
                Emulate::Sleep => match self.jobs.recv_deadline(clock.moment(time)) {
                    Ok(Order::Wake) | Err(RecvTimeoutError::Timeout) => {}
                    Ok(Order::Job(_)) | Err(RecvTimeoutError::Disconnected) => return Err(Ended),
                },
                Emulate::Spin => {
                    if self.desk.stop_flag().is_raised() {
                        return Err(Ended);
                    }
                    std::hint::spin_loop();
                }
            }
        }
        match recall.includes(job) {
            true => Ok(Waited::CalledOff),
            false => Ok(Waited::Enough),
        }
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
