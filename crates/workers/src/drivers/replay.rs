//! A driver that does not decide when: it hands in what it is told, in the order in which it is
//! told.
//!
//! It is no [`Driver`](super::Driver): whoever replays a recording checks each turn against the
//! next line before it goes on, so the run is made step by step from outside.

use std::time::Duration;

use ps_core::{
    Completion, Failure, Job, JobTimes, Oracle, OracleError, Outbox, Outcome, Scalar, Seed,
    Service, WorkerId,
};

use crate::drivers::compute::compute_to_the_end;

/// Runs a server through turns that have been recorded, on the calling thread.
#[derive(Debug)]
pub struct ReplayDriver<T: Scalar = f64> {
    seed: Seed,
    /// Each worker's job, if it has one.
    running: Vec<Option<Job<T>>>,
    out: Outbox<T>,
}

impl<T: Scalar> ReplayDriver<T> {
    /// For this many workers, whose oracles draw from this seed.
    pub fn new(n_workers: usize, seed: Seed) -> Self {
        Self {
            seed,
            running: std::iter::repeat_with(|| None).take(n_workers).collect(),
            out: Outbox::new(),
        }
    }

    /// The first turn.
    pub fn start(&mut self, service: &mut dyn Service<T>) {
        service.start(Duration::ZERO, &mut self.out);
        self.hand_out();
    }

    /// The job that this worker has.
    pub fn running(&self, worker: WorkerId) -> Option<&Job<T>> {
        self.running[worker.index()].as_ref()
    }

    /// A turn in which this worker's job comes back, like this. Without an oracle the gradient is
    /// what its buffer holds.
    ///
    /// # Errors
    /// If the worker has no job, or the oracle fails; nothing has happened then but that.
    pub fn complete(
        &mut self,
        service: &mut dyn Service<T>,
        oracle: Option<&dyn Oracle<T>>,
        worker: WorkerId,
        times: JobTimes,
        outcome: Outcome,
        now: Duration,
    ) -> Result<(), Failure> {
        let job = self.running[worker.index()].take();
        let Some(mut job) = job else {
            return Err(OracleError::from("the worker has no job").into());
        };
        if let Some(oracle) = oracle
            && let Outcome::Failed(failure) = compute_to_the_end(oracle, &mut job, self.seed)
        {
            return Err(failure);
        }
        let completion = Completion {
            job,
            times,
            outcome,
        };
        service.complete(completion, now, &mut self.out);
        self.hand_out();
        Ok(())
    }

    /// A turn in which this worker is lost, with its job.
    pub fn lose(
        &mut self,
        service: &mut dyn Service<T>,
        worker: WorkerId,
        failure: &Failure,
        now: Duration,
    ) {
        if self.running[worker.index()].take().is_some() {
            service.lose(worker, failure, now, &mut self.out);
            self.hand_out();
        }
    }

    fn hand_out(&mut self) {
        // They come back when the recording says so.
        self.out.drain_cancelled().for_each(drop);
        for job in self.out.drain() {
            let worker = job.worker.index();
            self.running[worker] = Some(job);
        }
    }
}
