//! What a worker does, for itself: take a job, read, compute, add.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::Sender;
use ps_core::scalar::{all_finite, has_run_away};
use ps_core::sync::Ticket;
use ps_core::{
    Action, Failure, JobContext, JobId, JobTimes, OnBadGradient, Outcome, Received, Rejections,
    Scalar, SharedModel, Support, Unfinished, Version, guarded,
};

use super::Common;
use super::book::{Fault, Record};
use crate::drivers::compute::outcome;
use crate::drivers::report::Reads;
use crate::drivers::threads::job_run::{Ended, Station, WorkerState};

/// Number of reads of a worker to one that is sampled.
const READS_TO_A_SAMPLE: u64 = 16;
/// Number of jobs that the supervisor may not have heard of before their worker waits for it: so
/// that memory is bounded.
const MAX_UNHEARD: usize = 64;
/// Time between two calls for the supervisor, so that its thread need not be woken for each update.
const BETWEEN_CALLS: Duration = Duration::from_micros(200);

/// One worker.
pub(super) struct Worker<T: Scalar> {
    /// The only order says that there are jobs.
    pub(super) station: Station<T>,
    pub(super) common: Arc<Common<T>>,
    /// Calls the supervisor; it has gone when the run has ended.
    pub(super) bell: Sender<()>,
    pub(super) step_size: f64,
}

/// Its own memory, reused from job to job.
struct Memory<T> {
    /// The model as it was read, and the gradient at it. All of it where gradients are dense: there
    /// are no indices then.
    support: Support<T>,
    /// Counts of the other workers' updates.
    counts: Vec<u64>,
    /// Which version this job has read, once it has.
    reading: Option<Unfinished>,
    /// Whether the read of this job may have been mixed, if it is sampled.
    is_torn: Option<bool>,
    /// When it called the supervisor last.
    called: Duration,
}

impl<T: Scalar> Worker<T> {
    /// Works from the word to begin until the run has ended, or this worker is lost. Returns what
    /// it was at by then.
    pub(super) fn work(self) -> WorkerState {
        let mut state = WorkerState::default();
        state.reads = Some(Reads::default());
        let dim = match self.station.oracle.sparse() {
            Some(_) => 0,
            None => self.common.model.dim(),
        };
        let mut memory = Memory {
            support: Support {
                indices: Vec::new(),
                parameters: vec![T::ZERO; dim],
                // So that an oracle that forgets a component, or adds to it, is found out.
                gradient: vec![T::NAN; dim],
            },
            counts: Vec::new(),
            reading: None,
            is_torn: None,
            called: Duration::ZERO,
        };
        if self.station.orders.recv().is_ok() {
            while !self.station.signals.stop.is_raised() && self.next_job(&mut state, &mut memory) {
            }
            state.stop_serving(|| self.station.signals.clock().now());
        }
        state
    }

    /// Does one job. Returns whether another is wanted.
    fn next_job(&self, state: &mut WorkerState, memory: &mut Memory<T>) -> bool {
        let job = JobId::new(self.common.tickets.next_job());
        let started = self.station.signals.clock().now();
        memory.reading = None;
        // The oracle's own panics are caught closer to it; this one is of ours.
        let ended = guarded(|| self.run(job, started, state, memory));
        let record = match ended {
            Ok(Ok(record)) => record,
            Ok(Err(Ended)) => return false,
            Err(panic) => {
                let reading = self.begin(job, started, &mut memory.reading);
                let failure = Failure::Panic(panic);
                self.ended(reading, JobTimes::default(), Fault::Failed(failure))
            }
        };
        let (time, goes_on) = (record.received.time, record.fault.is_none());
        let unheard = self.common.books[self.station.id.index()]
            .lock()
            .ended(record);
        // Where the supervisor has gone, nobody waits: the run is over.
        if unheard >= MAX_UNHEARD {
            let _ = self.bell.send(());
            memory.called = time;
        } else if !goes_on || time.saturating_sub(memory.called) >= BETWEEN_CALLS {
            let _ = self.bell.try_send(());
            memory.called = time;
        }
        goes_on
    }

    /// Runs one job, to its last addition.
    fn run(
        &self,
        job: JobId,
        started: Duration,
        state: &mut WorkerState,
        memory: &mut Memory<T>,
    ) -> Result<Record, Ended> {
        let is_sampled = state.n_taken.is_multiple_of(READS_TO_A_SAMPLE);
        let (outcome, times) = self.station.run(job, started, None, state, |context| {
            self.compute(context, started, is_sampled, memory)
        })?;
        // What comes after the end is not wanted.
        if self.station.signals.stop.is_raised() {
            return Err(Ended);
        }
        let reading = self.begin(job, started, &mut memory.reading);
        // What a server does elsewhere: the step, and telling of it.
        state.serving_since = Some(times.finished);
        let fault = match outcome {
            Outcome::Failed(failure) => Fault::Failed(failure),
            _ if all_finite(&memory.support.gradient) => {
                // Nor is one update too many.
                let ticket = self.common.tickets.update().ok_or(Ended)?;
                if let (Some(is_torn), Some(reads)) = (memory.is_torn, &mut state.reads) {
                    reads.sampled += 1;
                    reads.torn += u64::from(is_torn);
                }
                let fault = (!self.add(&memory.support)).then_some(Fault::Diverged);
                return Ok(self.record(reading, ticket, times, Action::Applied, fault));
            }
            _ if has_run_away(&memory.support.parameters) => Fault::Diverged,
            _ if self.may_reject() => {
                let ticket = self.common.tickets.end();
                return Ok(self.record(reading, ticket, times, Action::Rejected, None));
            }
            _ if self.common.on_bad_gradient == OnBadGradient::LoseWorker => {
                Fault::Failed(Failure::NotFinite)
            }
            _ => Fault::NotFinite,
        };
        Ok(self.ended(reading, times, fault))
    }

    /// Counts a gradient that is to be rejected, if there may be one more.
    fn may_reject(&self) -> bool {
        let (policy, updates) = (self.common.on_bad_gradient, self.common.tickets.updates());
        let rejections = &mut *self.common.rejections.lock();
        let may = rejections.may_grow(policy, updates, Rejections::MAX_IN_VAIN);
        if may {
            rejections.grow(updates);
        }
        may
    }

    /// A job that ends without an update.
    fn ended(&self, reading: Unfinished, times: JobTimes, fault: Fault) -> Record {
        let ticket = self.common.tickets.end();
        self.record(reading, ticket, times, Action::Discarded, Some(fault))
    }

    fn record(
        &self,
        reading: Unfinished,
        ticket: Ticket,
        times: JobTimes,
        action: Action,
        fault: Option<Fault>,
    ) -> Record {
        let step_size = (action == Action::Applied).then_some(self.step_size);
        let received = Received {
            time: self.station.signals.clock().now(),
            worker: reading.worker,
            job: reading.job,
            read_version: reading.version,
            version: Version::new(ticket.version),
            action,
            step_size,
            // A worker helps itself.
            assigned: reading.time,
            age: reading.age,
            times,
            concurrency: ticket.n_out,
        };
        Record { received, fault }
    }

    /// The version that the job reads, which it is about to do if it has not done so.
    fn begin(&self, job: JobId, started: Duration, reading: &mut Option<Unfinished>) -> Unfinished {
        *reading.get_or_insert_with(|| {
            let reading = Unfinished {
                time: started,
                worker: self.station.id,
                job,
                version: Version::new(self.common.tickets.read()),
                age: 0,
            };
            self.common.books[self.station.id.index()].lock().reading = Some(reading);
            reading
        })
    }

    /// Reads the parameters that the job needs, and has the oracle compute its gradient.
    fn compute(
        &self,
        mut context: JobContext<'_>,
        started: Duration,
        is_sampled: bool,
        memory: &mut Memory<T>,
    ) -> Outcome {
        let Memory {
            support,
            counts,
            is_torn,
            reading,
            ..
        } = memory;
        *is_torn = None;
        let job = context.job();
        let mut read = |read: &mut dyn FnMut(&SharedModel<T>)| {
            self.begin(job, started, reading);
            if is_sampled {
                let ((), mixed) = self
                    .common
                    .model
                    .watched_read(self.station.id, counts, read);
                *is_torn = Some(mixed);
            } else {
                read(&self.common.model);
            }
        };
        match self.station.oracle.sparse() {
            Some(oracle) => outcome(|| {
                let mut read_support = |support: &mut Support<T>| {
                    let Support {
                        indices,
                        parameters,
                        ..
                    } = support;
                    parameters.resize(indices.len(), T::ZERO);
                    read(&mut |model| model.read_at(indices, parameters));
                };
                oracle.sparse_gradient(&mut context, &mut read_support, support)?;
                let dim = self.common.model.dim();
                if !support.indices.iter().all(|&index| (index as usize) < dim) {
                    return Err(format!("its support goes beyond the {dim} parameters").into());
                }
                if support.indices.len() != support.gradient.len() {
                    return Err("its support and its gradient differ in length".into());
                }
                Ok(())
            }),
            None => {
                let (x, gradient) = (&mut support.parameters, &mut support.gradient);
                read(&mut |model| model.read(x));
                if cfg!(debug_assertions) {
                    // So that an oracle that forgets a component, or adds to it, is found out.
                    gradient.fill(T::NAN);
                }
                outcome(|| self.station.oracle.gradient(&mut context, x, gradient))
            }
        }
    }

    /// `x_v ← x_v − γ·g_v`, a component at a time, wherever the gradient is not zero.
    /// False if a component would not have been finite, which is left as it is.
    fn add(&self, support: &Support<T>) -> bool {
        let gradient = &support.gradient;
        let is_sparse = self.station.oracle.sparse().is_some();
        self.common.model.update(self.station.id, |model| {
            if is_sparse {
                let indices = support.indices.iter().map(|&index| index as usize);
                self.descend(model, indices.zip(gradient))
            } else {
                self.descend(model, (0..).zip(gradient))
            }
        })
    }

    #[inline]
    fn descend<'g>(
        &self,
        model: &SharedModel<T>,
        gradient: impl Iterator<Item = (usize, &'g T)>,
    ) -> bool {
        let (mut is_finite, step_size) = (true, T::from_f64(self.step_size));
        for (index, &g) in gradient {
            if g != T::ZERO {
                is_finite &= model.add(index, -(step_size * g));
            }
        }
        is_finite
    }
}
