//! The server as a driver sees it.

use std::time::Duration;

use crate::event::{ModelObserver, Observer};
use crate::ids::{JobId, WorkerId};
use crate::job::{Completion, Failure, Job};
use crate::scalar::Scalar;
use crate::snapshot::Snapshot;
use crate::stop_reason::StopReason;

/// The server: completions go in, jobs come out. It does no I/O: threads, clocks and channels are
/// the driver's.
///
/// `now` is the time since the start of the run, and never goes back.
pub trait Service<T: Scalar>: Send {
    /// Begins the run: the first jobs.
    fn start(&mut self, now: Duration, out: &mut Outbox<T>);

    /// One job has come back, with a gradient or without. Ignored once the run has stopped, and
    /// where it is not the job that its worker has.
    fn complete(&mut self, completion: Completion<T>, now: Duration, out: &mut Outbox<T>);

    /// A worker will not answer any more, though it has a job. Ignored once the run has stopped, and
    /// of a worker without a job.
    fn lose(&mut self, worker: WorkerId, failure: &Failure, now: Duration, out: &mut Outbox<T>);

    /// Ends the run from outside. The first reason counts.
    fn stop(&mut self, reason: StopReason, now: Duration);

    /// Why the run has ended, once it has.
    fn stopped(&self) -> Option<&StopReason>;

    /// When the run ended, once it has.
    fn stopped_at(&self) -> Option<Duration>;

    /// When the run must be stopped at the latest, with [`StopReason::Seconds`].
    fn deadline(&self) -> Option<Duration>;

    /// The newest version of the model.
    fn model(&self) -> &Snapshot<T>;

    /// Tells this observer everything that happens from now on.
    fn add_observer(&mut self, observer: Box<dyn Observer>);

    /// Shows this observer every version from now on.
    fn add_model_observer(&mut self, observer: Box<dyn ModelObserver<T>>);
}

/// The jobs that a turn of the server hands out, at most one for each worker that has none, and
/// those that it cancels. Reused from turn to turn, so that it allocates once.
#[derive(Debug, Default)]
pub struct Outbox<T = f64> {
    jobs: Vec<Job<T>>,
    cancelled: Vec<(WorkerId, JobId)>,
}

impl<T: Scalar> Outbox<T> {
    /// An empty one.
    pub fn new() -> Self {
        Self {
            jobs: Vec::new(),
            cancelled: Vec::new(),
        }
    }

    /// Hands out a job.
    pub fn push(&mut self, job: Job<T>) {
        self.jobs.push(job);
    }

    /// Cancels the job that this worker has: it is to come back as soon as it can, and its result
    /// is not used.
    pub fn cancel(&mut self, worker: WorkerId, job: JobId) {
        self.cancelled.push((worker, job));
    }

    /// Takes out the jobs that are cancelled.
    pub fn drain_cancelled(&mut self) -> impl Iterator<Item = (WorkerId, JobId)> + '_ {
        self.cancelled.drain(..)
    }

    /// Takes out the jobs, in the order in which they were handed out.
    pub fn drain(&mut self) -> impl Iterator<Item = Job<T>> + '_ {
        self.jobs.drain(..)
    }
}
