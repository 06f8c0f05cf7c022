//! How a worker runs one job, whoever gave it to it: wait, compute, wait.

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use ps_core::sync::{Cancellation, Flag, OnceLock};
use ps_core::{Failure, Job, JobContext, JobId, JobTimes, Oracle, Outcome, Scalar, Seed, WorkerId};

use super::{Emulate, ORDERS};
use crate::drivers::report::Reads;
use crate::drivers::stopwatch::Stopwatch;
use crate::drivers::{DriverError, Prepared};
use crate::latency::cluster::{Cluster, Latency};

/// What a worker gets.
pub(in crate::drivers) enum Order<T> {
    /// Work for it.
    Job(Job<T>),
    /// Something is to be looked at: its job may have been cancelled.
    Wake,
}

/// Where each worker gets its orders.
pub(in crate::drivers) type ToWorkers<T> = Vec<Sender<Order<T>>>;

/// The run has ended while the worker waited.
pub(in crate::drivers) struct Ended;

/// What all threads of a run see.
pub(in crate::drivers) struct Signals {
    /// Starts with the run, once all threads are there: setting up takes none of its time.
    clock: OnceLock<Stopwatch>,
    /// Raised when results are no longer wanted.
    pub(in crate::drivers) stop: Flag,
    /// Which jobs of each worker are cancelled.
    pub(in crate::drivers) cancellations: Box<[Cancellation]>,
}

impl Signals {
    pub(in crate::drivers) fn new(n_workers: usize) -> Arc<Self> {
        Arc::new(Self {
            clock: OnceLock::new(),
            stop: Flag::new(),
            cancellations: (0..n_workers).map(|_| Cancellation::new()).collect(),
        })
    }

    /// The clock of the run, which has begun.
    pub(in crate::drivers) fn clock(&self) -> Stopwatch {
        *self.clock.get_or_init(Stopwatch::start)
    }
}

/// How far a job has come, and how far it may go.
struct Pace {
    job: JobId,
    /// How long its parts are to take.
    latency: Latency,
    /// When it expires.
    limit: Duration,
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
    pub(in crate::drivers) last: Option<(JobId, JobTimes)>,
    /// When it had finished the job before.
    pub(in crate::drivers) before: Duration,
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
}

/// What a worker works with, whoever gives it jobs.
pub(in crate::drivers) struct Station<T: Scalar> {
    pub(in crate::drivers) id: WorkerId,
    /// Where it gets its orders; disconnected when the run has ended.
    pub(in crate::drivers) orders: Receiver<Order<T>>,
    pub(in crate::drivers) oracle: Arc<dyn Oracle<T>>,
    seed: Seed,
    pub(in crate::drivers) signals: Arc<Signals>,
    cluster: Arc<Cluster>,
    emulate: Emulate,
}

impl<T: Scalar> Station<T> {
    /// Those of the workers of a run, and where their orders are given.
    pub(in crate::drivers) fn all(
        run: &Prepared<T>,
        emulate: Emulate,
        signals: &Arc<Signals>,
    ) -> Result<(ToWorkers<T>, Vec<Self>), DriverError> {
        let oracle = run.oracle.as_ref().ok_or(DriverError::NoOracle)?;
        let station = |index| {
            let (to_worker, orders) = bounded(ORDERS);
            let station = Self {
                id: WorkerId::new(index),
                orders,
                oracle: Arc::clone(oracle),
                seed: run.seed,
                signals: Arc::clone(signals),
                cluster: Arc::clone(&run.cluster),
                emulate,
            };
            (to_worker, station)
        };
        Ok((0..run.cluster.n_workers()).map(station).unzip())
    }

    /// Runs a job, from `started` for as long as its limit at most. The drawn compute time is the *total*:
    /// compute for real, then wait for the rest.
    pub(in crate::drivers) fn run(
        &self,
        job: JobId,
        started: Duration,
        limit: Option<Duration>,
        state: &mut WorkerState,
        compute: impl FnOnce(JobContext<'_>) -> Outcome,
    ) -> Result<(Outcome, JobTimes), Ended> {
        let (nth, debt) = (state.n_taken, state.debt.min(started));
        let mut pace = Pace {
            job,
            latency: (self.cluster).latency(self.seed, self.id, job, nth, started),
            limit: limit.map_or(Duration::MAX, |limit| started.saturating_add(limit)),
            ideal: started - debt,
            debt,
        };
        state.take_up(job, started);
        let mut times = state.last.map(|(_, times)| times).unwrap_or_default();
        let outcome = self.stages(&mut pace, &mut times, compute);
        state.last = Some((job, times));
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
        compute: impl FnOnce(JobContext<'_>) -> Outcome,
    ) -> Result<Outcome, Ended> {
        let mut outcome = None;
        times.finished = times.started;
        if !pace.latency.download.is_zero() {
            pace.ideal += pace.latency.download;
            let waited = self.wait(pace, times);
            times.download = times.finished - times.started;
            outcome = waited?;
        }
        if outcome.is_none() {
            outcome = self.compute(pace, times, compute)?;
        }
        if outcome.is_none() && !pace.latency.upload.is_zero() {
            let sent = times.finished;
            pace.ideal += pace.latency.upload;
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
        compute: impl FnOnce(JobContext<'_>) -> Outcome,
    ) -> Result<Option<Outcome>, Ended> {
        if self.is_cancelled(pace.job) {
            return Ok(Some(Outcome::Cancelled));
        }
        let begun = times.finished;
        let (job, limit, clock) = (pace.job, pace.limit, self.signals.clock());
        let is_unwanted = || {
            self.signals.stop.is_raised()
                || self.is_cancelled(job)
                || limit < Duration::MAX && clock.now() > limit
        };
        let outcome = compute(JobContext::new(self.id, job, self.seed, &is_unwanted));
        times.finished = clock.now();
        times.computed = times.finished - begun;
        let asked = pace.latency.compute;
        match asked {
            Some(asked) if asked < times.computed => {
                pace.ideal += times.computed;
                times.overrun = Some(asked);
            }
            asked => pace.ideal += asked.unwrap_or(times.computed),
        }
        match outcome {
            Outcome::Gradient if asked.is_none() && pace.limit == Duration::MAX => Ok(None),
            Outcome::Gradient => self.wait(pace, times),
            // It was told to return early with anything, and an error is something.
            Outcome::Failed(Failure::Error(_)) if self.is_cancelled(pace.job) => {
                Ok(Some(Outcome::Cancelled))
            }
            Outcome::Failed(Failure::Error(_)) if times.finished > pace.limit => {
                Ok(Some(Outcome::Expired))
            }
            outcome => Ok(Some(outcome)),
        }
    }

    /// Waits until this time. If the job is cancelled or its limit comes before, it has
    /// an outcome, and the time is that by then.
    fn wait(&self, pace: &mut Pace, times: &mut JobTimes) -> Result<Option<Outcome>, Ended> {
        // By the times that were drawn, whatever the clock says.
        let is_late = pace.ideal.saturating_add(pace.debt) > pace.limit;
        let waited = self.wait_until(if is_late { pace.limit } else { pace.ideal }, pace.job);
        times.finished = self.signals.clock().now();
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
    fn wait_until(&self, time: Duration, job: JobId) -> Result<bool, Ended> {
        let clock = self.signals.clock();
        while clock.now() < time && !self.is_cancelled(job) {
            match self.emulate {
                // No job comes while there is one: a word only ever says that something is to be
                // looked at.
                Emulate::Sleep => match self.orders.recv_deadline(clock.moment(time)) {
                    Ok(Order::Wake) | Err(RecvTimeoutError::Timeout) => {}
                    Ok(Order::Job(_)) | Err(RecvTimeoutError::Disconnected) => {
                        return Err(Ended);
                    }
                },
                Emulate::Spin => {
                    if self.signals.stop.is_raised() {
                        return Err(Ended);
                    }
                    std::hint::spin_loop();
                }
            }
        }
        Ok(!self.is_cancelled(job))
    }

    fn is_cancelled(&self, job: JobId) -> bool {
        self.signals.cancellations[self.id.index()].includes(job)
    }
}
