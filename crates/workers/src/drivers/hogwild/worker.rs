//! What a worker does, for itself: take a job, read, compute, add.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender};
use ps_core::{
    Failure, JobContext, JobId, JobTimes, Oracle, Outcome, Scalar, Seed, SharedModel, Support,
    WorkerId,
};

use super::Floor;
use crate::drivers::compute::{guarded, panic_message};
use crate::drivers::report::Reads;
use crate::drivers::threads::Emulate;
use crate::drivers::threads::course::{Course, Diary, Ended};
use crate::drivers::threads::desk::Order;
use crate::latency::cluster::Cluster;

/// Every so many reads of a worker one is looked at.
const READS_TO_A_SAMPLE: u64 = 16;
/// Records are passed on at once, unless some were just before: then so many, or after so long.
const BATCH: usize = 64;
const AT_MOST_EVERY: Duration = Duration::from_micros(200);

/// A job that has come to its end.
#[derive(Debug)]
pub(super) struct Record {
    /// When.
    pub(super) time: Duration,
    pub(super) worker: WorkerId,
    pub(super) job: JobId,
    pub(super) times: JobTimes,
    pub(super) fate: Fate,
}

/// What became of it.
#[derive(Debug)]
pub(super) enum Fate {
    /// Its gradient is in the model.
    Added,
    /// Its gradient is not finite, and nothing was added.
    NotFinite,
    /// The model has run away: a component would not be finite any more, and was left as it is.
    Diverged,
    /// There is no gradient, and the worker is lost.
    Failed(Failure),
}

/// Where records go, and where empty sheets come from.
pub(super) type Paper = (Sender<Vec<Record>>, Receiver<Vec<Record>>);

/// One worker.
pub(super) struct Worker<T: Scalar> {
    pub(super) id: WorkerId,
    pub(super) floor: Arc<Floor<T>>,
    /// A word says that there are jobs; disconnected when the run has ended.
    pub(super) orders: Receiver<Order<T>>,
    pub(super) oracle: Arc<dyn Oracle<T>>,
    pub(super) cluster: Arc<Cluster>,
    pub(super) seed: Seed,
    pub(super) step_size: T,
    pub(super) emulate: Emulate,
}

/// Its own memory, reused from job to job.
struct Bench<T> {
    /// The model as it was read, and the gradient at it.
    x: Vec<T>,
    gradient: Vec<T>,
    /// The same where few components are touched.
    support: Support<T>,
    /// Counts of the other workers' updates.
    counts: Vec<u64>,
    /// Whether the read of this job may have been mixed, if it was looked at.
    is_torn: Option<bool>,
    /// The reads of gradients that were added.
    reads: Reads,
}

/// Records that have not been passed on.
struct Batch {
    paper: Paper,
    records: Vec<Record>,
    passed_on: Duration,
}

impl<T: Scalar> Worker<T> {
    /// Works from the word to begin until the run has ended, or this worker is lost. Returns what it was at by then.
    pub(super) fn work(self, paper: Paper) -> Diary {
        let mut diary = Diary::default();
        let dim = match self.oracle.sparse() {
            Some(_) => 0,
            None => self.floor.model.dim(),
        };
        let mut bench = Bench {
            x: vec![T::ZERO; dim],
            gradient: vec![T::ZERO; dim],
            support: Support::default(),
            counts: Vec::new(),
            is_torn: None,
            reads: Reads::default(),
        };
        let mut batch = Batch {
            paper,
            records: Vec::with_capacity(BATCH),
            passed_on: Duration::ZERO,
        };
        if self.orders.recv().is_ok() {
            self.work_off(&mut diary, &mut bench, &mut batch);
            diary.stop_serving(|| self.floor.clock().now());
            batch.pass_on();
        }
        diary.reads = bench.reads;
        diary
    }

    /// Does jobs while they are wanted.
    fn work_off(&self, diary: &mut Diary, bench: &mut Bench<T>, batch: &mut Batch) {
        while !self.floor.stop.is_raised() {
            let Some(job) = self.floor.jobs.take().map(JobId::new) else {
                return;
            };
            // The oracle's own panics are caught closer to it; this one is of ours.
            let ended = catch_unwind(AssertUnwindSafe(|| self.run(job, diary, bench)));
            let record = match ended {
                Ok(Ok(record)) => record,
                Ok(Err(Ended)) => return,
                Err(panic) => Record {
                    time: self.floor.clock().now(),
                    worker: self.id,
                    job,
                    times: JobTimes::default(),
                    fate: Fate::Failed(Failure::Panic(panic_message(panic.as_ref()))),
                },
            };
            let is_added = matches!(record.fate, Fate::Added);
            batch.add(record);
            if !is_added {
                return;
            }
        }
    }

    /// Runs one job, to its last addition.
    fn run(&self, job: JobId, diary: &mut Diary, bench: &mut Bench<T>) -> Result<Record, Ended> {
        let clock = self.floor.clock();
        let started = clock.now();
        let is_sampled = diary.n_taken.is_multiple_of(READS_TO_A_SAMPLE);
        let which = (job, diary.n_taken);
        let latency = self.cluster.latency(self.seed, self.id, which, started);
        let course = Course {
            job,
            clock,
            emulate: self.emulate,
            stop: &self.floor.stop,
            recall: &self.floor.recall,
            orders: &self.orders,
        };
        let (outcome, times) = course.run(started, (latency, Duration::MAX), diary, || {
            self.compute(job, is_sampled, bench)
        })?;
        let fate = match outcome {
            Outcome::Failed(failure) => Fate::Failed(failure),
            // What comes after the end is not wanted, nor is one update too many.
            _ if self.floor.stop.is_raised() => return Err(Ended),
            _ if self.floor.updates.take().is_none() => return Err(Ended),
            _ => {
                if let Some(is_torn) = bench.is_torn {
                    bench.reads.count(is_torn);
                }
                self.add(bench)
            }
        };
        let time = clock.now();
        // What a server does elsewhere: the step, and telling of it.
        diary.serving_since = Some(times.finished);
        Ok(Record {
            time,
            worker: self.id,
            job,
            times,
            fate,
        })
    }

    /// Reads the parameters that the job needs, and has the oracle compute its gradient.
    fn compute(&self, job: JobId, is_sampled: bool, bench: &mut Bench<T>) -> Outcome {
        let Bench {
            x,
            gradient,
            support,
            counts,
            is_torn,
            ..
        } = bench;
        *is_torn = None;
        let mut context = JobContext::new(self.id, job, self.seed, &self.floor.stop);
        let mut read = |read: &mut dyn FnMut(&SharedModel<T>)| {
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
                let fits = |index: &u32| (*index as usize) < dim;
                match support.indices.len() == support.gradient.len() {
                    _ if !support.indices.iter().all(fits) => {
                        Err(format!("its support goes beyond the {dim} parameters").into())
                    }
                    false => Err("its support and its gradient differ in length".into()),
                    true => Ok(()),
                }
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

    /// `x_v ← x_v − γ·g_v`, a component at a time, wherever the gradient is not zero.
    fn add(&self, bench: &Bench<T>) -> Fate {
        let Bench {
            x,
            gradient,
            support,
            ..
        } = bench;
        let is_sparse = self.oracle.sparse().is_some();
        let (x, gradient) = match is_sparse {
            true => (&support.parameters, &support.gradient),
            false => (x, gradient),
        };
        if !all_finite(gradient) {
            // A model that had run away before makes bad gradients.
            let far_out = T::MAX.sqrt();
            return match x.iter().any(|v| v.abs() > far_out) {
                true => Fate::Diverged,
                false => Fate::NotFinite,
            };
        }
        let is_finite = self.floor.model.update(self.id, |model| match is_sparse {
            true => {
                let indices = support.indices.iter().map(|&index| index as usize);
                self.descend(model, indices.zip(gradient))
            }
            false => self.descend(model, (0..).zip(gradient)),
        });
        match is_finite {
            true => Fate::Added,
            false => Fate::Diverged,
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

impl Batch {
    /// Takes up a record, and passes all on if it is time.
    fn add(&mut self, record: Record) {
        let is_urgent = !matches!(record.fate, Fate::Added);
        let waited = record.time.saturating_sub(self.passed_on);
        self.records.push(record);
        if is_urgent || waited >= AT_MOST_EVERY || self.records.len() >= BATCH {
            self.pass_on();
        }
    }

    /// Passes on what there is; waits for room.
    fn pass_on(&mut self) {
        let Some(last) = self.records.last() else {
            return;
        };
        self.passed_on = last.time;
        let (outbox, empty) = &self.paper;
        let next = empty.try_recv();
        let next = next.unwrap_or_else(|_| Vec::with_capacity(BATCH));
        // The supervisor takes all that comes until it has lost patience.
        let _ = outbox.send(std::mem::replace(&mut self.records, next));
    }
}

/// Whether every component is finite: a sum of finite ones is, or overflows, which a second look tells apart.
fn all_finite<T: Scalar>(g: &[T]) -> bool {
    const LANES: usize = 16;
    let (chunks, rest) = g.as_chunks::<LANES>();
    let mut sums = [T::ZERO; LANES];
    for chunk in chunks {
        for lane in 0..LANES {
            sums[lane] += chunk[lane];
        }
    }
    let sum: T = sums.into_iter().chain(rest.iter().copied()).sum();
    sum.is_finite() || g.iter().all(|v| v.is_finite())
}
