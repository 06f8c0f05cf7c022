//! What a worker does, for itself: take a job, read, compute, add.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender};
use ps_core::scalar::{all_finite, has_run_away};
use ps_core::sync::Ticket;
use ps_core::{
    Failure, JobContext, JobId, JobTimes, Oracle, Outcome, Scalar, Seed, SharedModel, Support,
    Version, WorkerId,
};

use super::Floor;
use super::book::{Fate, Reading, Record};
use crate::drivers::compute::{guarded, panic_message};
use crate::drivers::report::Reads;
use crate::drivers::threads::Emulate;
use crate::drivers::threads::course::{Course, Diary, Ended};
use crate::drivers::threads::desk::Order;
use crate::latency::cluster::Cluster;

/// Number of reads of a worker to one that is sampled.
const READS_TO_A_SAMPLE: u64 = 16;
/// Number of jobs that the supervisor may not have heard of before their worker waits for it: so that
/// memory is bounded.
const MAX_UNHEARD: usize = 64;
/// Time between two calls for the supervisor, so that its thread need not be woken for each update.
const BETWEEN_CALLS: Duration = Duration::from_micros(200);

/// One worker.
pub(super) struct Worker<T: Scalar> {
    pub(super) id: WorkerId,
    pub(super) floor: Arc<Floor<T>>,
    /// A word says that there are jobs; disconnected when the run has ended.
    pub(super) orders: Receiver<Order<T>>,
    /// Calls the supervisor; it has gone when the run has ended.
    pub(super) bell: Sender<()>,
    pub(super) oracle: Arc<dyn Oracle<T>>,
    pub(super) cluster: Arc<Cluster>,
    pub(super) seed: Seed,
    pub(super) step_size: T,
    pub(super) emulate: Emulate,
}

/// Its own memory, reused from job to job.
struct Memory<T> {
    /// The model as it was read, and the gradient at it.
    x: Vec<T>,
    gradient: Vec<T>,
    /// The same where few components are touched.
    support: Support<T>,
    /// Counts of the other workers' updates.
    counts: Vec<u64>,
    /// Which version this job has read, once it has.
    reading: Option<Reading>,
    /// Whether the read of this job may have been mixed, if it is sampled.
    is_torn: Option<bool>,
    /// The reads of gradients that were added.
    reads: Reads,
    /// When it called the supervisor last.
    called: Duration,
}

impl<T: Scalar> Worker<T> {
    /// Works from the word to begin until the run has ended, or this worker is lost. Returns what it was at by then.
    pub(super) fn work(self) -> Diary {
        let mut diary = Diary::default();
        let dim = match self.oracle.sparse() {
            Some(_) => 0,
            None => self.floor.model.dim(),
        };
        let mut memory = Memory {
            x: vec![T::ZERO; dim],
            gradient: vec![T::ZERO; dim],
            support: Support::default(),
            counts: Vec::new(),
            reading: None,
            is_torn: None,
            reads: Reads::default(),
            called: Duration::ZERO,
        };
        if self.orders.recv().is_ok() {
            while !self.floor.stop.is_raised() && self.next_job(&mut diary, &mut memory) {}
            diary.stop_serving(|| self.floor.clock().now());
        }
        diary.reads = Some(memory.reads);
        diary
    }

    /// Does one job. Returns whether another is wanted.
    fn next_job(&self, diary: &mut Diary, memory: &mut Memory<T>) -> bool {
        let job = JobId::new(self.floor.tickets.next_job());
        let started = self.floor.clock().now();
        memory.reading = None;
        // The oracle's own panics are caught closer to it; this one is of ours.
        let ended = catch_unwind(AssertUnwindSafe(|| self.run(job, started, diary, memory)));
        let record = match ended {
            Ok(Ok(record)) => record,
            Ok(Err(Ended)) => return false,
            Err(panic) => {
                let reading = self.begin(job, started, &mut memory.reading);
                let failure = Failure::Panic(panic_message(panic.as_ref()));
                let (ticket, fate) = (self.floor.tickets.end(), Fate::Failed(failure));
                self.record(reading, ticket, JobTimes::default(), fate)
            }
        };
        let (time, goes_on) = (record.time, matches!(record.fate, Fate::Applied));
        let unheard = self.floor.books[self.id.index()].ended(record);
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
        diary: &mut Diary,
        memory: &mut Memory<T>,
    ) -> Result<Record, Ended> {
        let is_sampled = diary.n_taken.is_multiple_of(READS_TO_A_SAMPLE);
        let which = (job, diary.n_taken);
        let course = Course {
            job,
            latency: self.cluster.latency(self.seed, self.id, which, started),
            limit: Duration::MAX,
            clock: self.floor.clock(),
            emulate: self.emulate,
            stop: &self.floor.stop,
            cancellation: &self.floor.cancellation,
            orders: &self.orders,
        };
        let (outcome, times) = course.run(started, diary, || {
            self.compute(job, started, is_sampled, memory)
        })?;
        // What comes after the end is not wanted.
        if self.floor.stop.is_raised() {
            return Err(Ended);
        }
        let reading = self.begin(job, started, &mut memory.reading);
        let (ticket, fate) = match outcome {
            Outcome::Failed(failure) => (self.floor.tickets.end(), Fate::Failed(failure)),
            _ if !all_finite(self.gradient(memory)) => {
                let is_model = has_run_away(self.parameters(memory));
                (self.floor.tickets.end(), Fate::NotFinite { is_model })
            }
            _ => {
                // Nor is one update too many.
                let ticket = self.floor.tickets.update().ok_or(Ended)?;
                if let Some(is_torn) = memory.is_torn {
                    memory.reads.count(is_torn);
                }
                (ticket, self.add(memory))
            }
        };
        // What a server does elsewhere: the step, and telling of it.
        diary.serving_since = Some(times.finished);
        Ok(self.record(reading, ticket, times, fate))
    }

    fn record(&self, reading: Reading, ticket: Ticket, times: JobTimes, fate: Fate) -> Record {
        Record {
            time: self.floor.clock().now(),
            worker: self.id,
            job: reading.job,
            read_version: reading.read_version,
            ticket,
            times,
            fate,
        }
    }

    /// The version that the job reads, which it is about to do if it has not done so.
    fn begin(&self, job: JobId, started: Duration, reading: &mut Option<Reading>) -> Reading {
        *reading.get_or_insert_with(|| {
            let reading = Reading {
                job,
                started,
                read_version: Version::new(self.floor.tickets.read()),
            };
            self.floor.books[self.id.index()].reads(reading);
            reading
        })
    }

    /// Reads the parameters that the job needs, and has the oracle compute its gradient.
    fn compute(
        &self,
        job: JobId,
        started: Duration,
        is_sampled: bool,
        memory: &mut Memory<T>,
    ) -> Outcome {
        let Memory {
            x,
            gradient,
            support,
            counts,
            is_torn,
            reading,
            ..
        } = memory;
        *is_torn = None;
        let mut context = JobContext::new(self.id, job, self.seed, &self.floor.stop);
        let mut read = |read: &mut dyn FnMut(&SharedModel<T>)| {
            self.begin(job, started, reading);
            if is_sampled {
                let ((), mixed) = self.floor.model.watched_read(self.id, counts, read);
                *is_torn = Some(mixed);
            } else {
                read(&self.floor.model);
            }
        };
        match self.oracle.sparse() {
            Some(oracle) => guarded(|| {
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
                let dim = self.floor.model.dim();
                if !support.indices.iter().all(|&index| (index as usize) < dim) {
                    return Err(format!("its support goes beyond the {dim} parameters").into());
                }
                if support.indices.len() != support.gradient.len() {
                    return Err("its support and its gradient differ in length".into());
                }
                Ok(())
            }),
            None => {
                read(&mut |model| model.read(x));
                if cfg!(debug_assertions) {
                    // So that an oracle that forgets a component, or adds to it, is found out.
                    gradient.fill(T::NAN);
                }
                guarded(|| self.oracle.gradient(&mut context, x, gradient))
            }
        }
    }

    /// The gradient of the job, where it touches the model.
    fn gradient<'m>(&self, memory: &'m Memory<T>) -> &'m [T] {
        match self.oracle.sparse() {
            Some(_) => &memory.support.gradient,
            None => &memory.gradient,
        }
    }

    /// The model as the job read it, where it did.
    fn parameters<'m>(&self, memory: &'m Memory<T>) -> &'m [T] {
        match self.oracle.sparse() {
            Some(_) => &memory.support.parameters,
            None => &memory.x,
        }
    }

    /// `x_v ← x_v − γ·g_v`, a component at a time, wherever the gradient is not zero.
    fn add(&self, memory: &Memory<T>) -> Fate {
        let gradient = self.gradient(memory);
        let is_sparse = self.oracle.sparse().is_some();
        let is_finite = self.floor.model.update(self.id, |model| {
            if is_sparse {
                let indices = memory.support.indices.iter().map(|&index| index as usize);
                self.descend(model, indices.zip(gradient))
            } else {
                self.descend(model, (0..).zip(gradient))
            }
        });
        if is_finite {
            Fate::Applied
        } else {
            Fate::Diverged
        }
    }

    #[inline]
    fn descend<'g>(
        &self,
        model: &SharedModel<T>,
        gradient: impl Iterator<Item = (usize, &'g T)>,
    ) -> bool {
        let mut is_finite = true;
        for (index, &g) in gradient {
            if g != T::ZERO {
                is_finite &= model.add(index, -(self.step_size * g));
            }
        }
        is_finite
    }
}
