//! How a worker runs one job, whoever gave it to it: wait, compute, wait.

use std::mem;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};
use ps_core::sync::{Cancellation, Flag};
use ps_core::{Failure, JobId, JobTimes, Outcome, WorkerId};

use super::Emulate;
use super::desk::Order;
use crate::drivers::report::Leaving;
use crate::drivers::report::Reads;
use crate::drivers::stopwatch::Stopwatch;
use crate::latency::cluster::Latency;

/// The run has ended while the worker waited.
pub(in crate::drivers) struct Ended;

/// How far a job has come.
struct Pace {
    /// When the worker would be where it is if no wait had ever been overshot.
    ideal: Duration,
    /// By how much that is earlier than the clock was when it took the job up.
    debt: Duration,
}

/// What a worker carries from job to job.
#[derive(Default)]
pub(in crate::drivers) struct WorkerState {
    /// By how much the injected waits were overshot and not yet made up for, so that errors do not
    /// add up.
    debt: Duration,
    /// How many jobs it has taken up.
    pub(in crate::drivers) n_taken: u64,
    /// How long it has served since its last job, as far as that is over.
    pub(in crate::drivers) served: Duration,
    /// Since when it has been serving, if it goes straight on to its next job.
    pub(in crate::drivers) serving_since: Option<Duration>,
    /// The last job that it took up.
    last: Option<(JobId, JobTimes)>,
    /// When it had finished the job before.
    before: Duration,
    /// How it read the model, if it shared it.
    pub(in crate::drivers) reads: Option<Reads>,
}

impl WorkerState {
    /// If it was serving, it has stopped by now.
    pub(in crate::drivers) fn stop_serving(&mut self, now: impl FnOnce() -> Duration) {
        if let Some(since) = self.serving_since.take() {
            self.served += now().saturating_sub(since);
        }
    }

    /// It takes up its next job.
    fn take_up(&mut self, job: JobId, started: Duration) {
        self.n_taken += 1;
        self.stop_serving(|| started);
        let times = JobTimes {
            started,
            served: mem::take(&mut self.served),
            ..JobTimes::default()
        };
        self.before = self.last.map_or(Duration::ZERO, |(_, last)| last.finished);
        self.last = Some((job, times));
    }

    /// What is left when the run has ended: nothing of it lasts longer than the run.
    pub(in crate::drivers) fn close(self, worker: WorkerId, end: Duration) -> Leaving {
        Leaving::at(end, worker, (self.before, self.last), self.served)
    }
}

/// One job of a worker, and who may interrupt it.
pub(in crate::drivers) struct JobRun<'a, T> {
    pub(in crate::drivers) job: JobId,
    /// How long its parts are to take.
    pub(in crate::drivers) latency: Latency,
    /// When it expires.
    pub(in crate::drivers) limit: Duration,
    pub(in crate::drivers) clock: Stopwatch,
    pub(in crate::drivers) emulate: Emulate,
    /// Raised when no result is wanted any more.
    pub(in crate::drivers) stop: &'a Flag,
    /// Which of the worker's jobs are cancelled.
    pub(in crate::drivers) cancellation: &'a Cancellation,
    /// Where the worker is woken; disconnected when the run has ended.
    pub(in crate::drivers) orders: &'a Receiver<Order<T>>,
}

impl<T> JobRun<'_, T> {
    /// Runs it, from `started` until its limit at most. The drawn compute time is the *total*:
    /// compute for real, then wait for the rest.
    pub(in crate::drivers) fn run(
        &self,
        started: Duration,
        state: &mut WorkerState,
        compute: impl FnOnce() -> Outcome,
    ) -> Result<(Outcome, JobTimes), Ended> {
        state.take_up(self.job, started);
        let debt = state.debt.min(started);
        let ideal = started - debt;
        let mut pace = Pace { ideal, debt };
        let mut times = state.last.map(|(_, times)| times).unwrap_or_default();
        let outcome = self.stages(&mut pace, &mut times, compute);
        state.last = Some((self.job, times));
        let outcome = outcome?;
        state.debt = times.finished.saturating_sub(pace.ideal);
        Ok((outcome, times))
    }

    /// Download, computation and upload follow one another, until one of them is too long or the
    /// job is cancelled.
    fn stages(
        &self,
        pace: &mut Pace,
        times: &mut JobTimes,
        compute: impl FnOnce() -> Outcome,
    ) -> Result<Outcome, Ended> {
        let mut outcome = None;
        times.finished = times.started;
        if !self.latency.download.is_zero() {
            pace.ideal += self.latency.download;
            let waited = self.wait(pace, times);
            times.download = times.finished - times.started;
            outcome = waited?;
        }
        if outcome.is_none() {
            outcome = self.compute(pace, times, compute)?;
        }
        if outcome.is_none() && !self.latency.upload.is_zero() {
            let sent = times.finished;
            pace.ideal += self.latency.upload;
            let waited = self.wait(pace, times);
            times.upload = times.finished - sent;
            outcome = waited?;
        }
        Ok(outcome.unwrap_or(Outcome::Gradient))
    }

    /// Computes, and waits for the rest of the emulated time.
    fn compute(
        &self,
        pace: &mut Pace,
        times: &mut JobTimes,
        compute: impl FnOnce() -> Outcome,
    ) -> Result<Option<Outcome>, Ended> {
        if self.cancellation.includes(self.job) {
            return Ok(Some(Outcome::Cancelled));
        }
        let begun = times.finished;
        let outcome = compute();
        times.finished = self.clock.now();
        times.computed = times.finished - begun;
        let asked = self.latency.compute;
        match asked {
            Some(asked) if asked < times.computed => {
                pace.ideal += times.computed;
                times.overrun = Some(asked);
            }
            asked => pace.ideal += asked.unwrap_or(times.computed),
        }
        match outcome {
            Outcome::Gradient if asked.is_none() && self.limit == Duration::MAX => Ok(None),
            Outcome::Gradient => self.wait(pace, times),
            // It was told to return early with anything, and an error is something.
            Outcome::Failed(Failure::Error(_)) if self.cancellation.includes(self.job) => {
                Ok(Some(Outcome::Cancelled))
            }
            Outcome::Failed(Failure::Error(_)) if times.finished > self.limit => {
                Ok(Some(Outcome::Expired))
            }
            outcome => Ok(Some(outcome)),
        }
    }

    /// Waits until this time. If the job is cancelled or its limit comes before, it has
    /// an outcome, and the time is that by then.
    fn wait(&self, pace: &mut Pace, times: &mut JobTimes) -> Result<Option<Outcome>, Ended> {
        // By the times that were drawn, whatever the clock says.
        let is_late = pace.ideal.saturating_add(pace.debt) > self.limit;
        let waited = self.wait_until(if is_late { self.limit } else { pace.ideal });
        times.finished = self.clock.now();
        let outcome = if waited? {
            is_late.then_some(Outcome::Expired)
        } else {
            Some(Outcome::Cancelled)
        };
        if outcome.is_some() {
            pace.ideal = times.finished;
        }
        Ok(outcome)
    }

    /// Waits until this time since the start of the run, if it is not past, or until the job is
    /// cancelled. Returns false if it is.
    fn wait_until(&self, time: Duration) -> Result<bool, Ended> {
        while self.clock.now() < time && !self.cancellation.includes(self.job) {
            match self.emulate {
                // No job comes while there is one: a word only ever says that something is to be
                // looked at.
                Emulate::Sleep => match self.orders.recv_deadline(self.clock.moment(time)) {
                    Ok(Order::Wake) | Err(RecvTimeoutError::Timeout) => {}
                    Ok(Order::Job(_)) | Err(RecvTimeoutError::Disconnected) => return Err(Ended),
                },
                Emulate::Spin => {
                    if self.stop.is_raised() {
                        return Err(Ended);
                    }
                    std::hint::spin_loop();
                }
            }
        }
        Ok(!self.cancellation.includes(self.job))
    }
}
