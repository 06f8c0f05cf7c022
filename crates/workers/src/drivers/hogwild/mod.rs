//! Hogwild!: threads that share the model and have no server.
//!
//! B. Recht, C. Ré, S. Wright, F. Niu, *Hogwild!: A Lock-Free Approach to Parallelizing Stochastic Gradient Descent*, NIPS
//! 2011, arXiv 1106.5730. Each worker, for itself:
//!
//! ```text
//! loop: take the next job's number
//!       read the parameters that the job needs, x_v for v ∈ e     (no lock: others write meanwhile)
//!       compute its gradient g
//!       x_v ← x_v − γ·g_v for each v with g_v ≠ 0                 (an atomic addition each)
//! ```
//!
//! The calling thread supervises: it is told of every update, through a bounded channel, and keeps observers, looks and the end
//! of the run. Workers pass their records on in batches, so that a thread need not be woken for each.

mod supervisor;
mod worker;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::bounded;
use ps_core::sync::{Flag, OnceLock, Recall, Tickets};
use ps_core::{
    Observer, OnLoss, Oracle, ParamStore, Scalar, Seed, SharedModel, Snapshot, StopReason, Watcher,
    WorkerId,
};

use self::supervisor::Supervisor;
use self::worker::Worker;
use crate::drivers::DriverError;
use crate::drivers::compute::panic_message;
use crate::drivers::report::Report;
use crate::drivers::stop_handle::StopRequests;
use crate::drivers::stopwatch::Stopwatch;
use crate::drivers::threads::crew::Crew;
use crate::drivers::threads::{ORDERS, Threads};
use crate::latency::cluster::Cluster;

/// Which parameters a job reads and writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// All of them.
    Dense,
    /// Those that its rows have.
    Sparse,
}

impl Access {
    /// What this oracle makes possible.
    #[must_use]
    pub fn of<T: Scalar>(oracle: &dyn Oracle<T>) -> Self {
        match oracle.sparse() {
            Some(_) => Self::Sparse,
            None => Self::Dense,
        }
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dense => "dense",
            Self::Sparse => "sparse",
        })
    }
}

/// A run of Hogwild! to be made.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// use ps_core::{Oracle, Seed, from_fn};
/// use workers::{Cluster, Hogwild, Law, Threads, stop_handle};
///
/// // Each of 200 jobs adds 1/2 to x: none is lost.
/// let ones = from_fn(1, |_, _: &[f64], out: &mut [f64]| out[0] = -1.0);
/// let oracle: Arc<dyn Oracle> = Arc::new(ones);
/// let cluster = Cluster::new(vec![1.0; 2], Duration::from_millis(1))?.compute(Law::None);
/// let (_, requests) = stop_handle();
/// let run = Hogwild::new(&[0.0], 2, 0.5).updates(200);
/// let (finished, _) = run.run(&Threads::default(), &oracle, &Arc::new(cluster), Seed::new(1), &requests)?;
/// assert_eq!(finished.model.values(), [100.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Hogwild<T: Scalar = f64> {
    start: Vec<T>,
    n_workers: usize,
    step_size: f64,
    updates: Option<u64>,
    seconds: Option<Duration>,
    on_loss: OnLoss,
    observers: Vec<Box<dyn Observer>>,
    watchers: Vec<Box<dyn Watcher<T>>>,
    store: Arc<ParamStore<T>>,
}

/// What came out of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Finished<T = f64> {
    /// The last model; its version is the number of updates.
    pub model: Snapshot<T>,
    /// When the run ended.
    pub time: Duration,
    /// Why.
    pub reason: StopReason,
}

impl<T: Scalar> fmt::Debug for Hogwild<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hogwild")
            .field("n_workers", &self.n_workers)
            .field("step_size", &self.step_size)
            .field("updates", &self.updates)
            .field("seconds", &self.seconds)
            .finish_non_exhaustive()
    }
}

/// What all threads of a run see.
pub(super) struct Floor<T: Scalar> {
    pub(super) model: SharedModel<T>,
    /// The numbers of the jobs.
    pub(super) jobs: Tickets,
    /// The updates that are left: one is taken when a gradient is there to be added.
    pub(super) updates: Tickets,
    /// Raised when nothing more is wanted.
    pub(super) stop: Flag,
    /// Nobody calls off a single job.
    pub(super) recall: Recall,
    /// Starts with the run, once all threads are there.
    clock: OnceLock<Stopwatch>,
}

impl<T: Scalar> Floor<T> {
    /// The clock of the run, which has begun.
    pub(super) fn clock(&self) -> Stopwatch {
        *self.clock.get_or_init(Stopwatch::start)
    }
}

impl<T: Scalar> Hogwild<T> {
    /// From this first model, with so many workers and this step size. It runs until something ends it.
    #[must_use]
    pub fn new(start: &[T], n_workers: usize, step_size: f64) -> Self {
        Self {
            start: start.to_vec(),
            n_workers,
            step_size,
            updates: None,
            seconds: None,
            on_loss: OnLoss::default(),
            observers: Vec::new(),
            watchers: Vec::new(),
            store: Arc::new(ParamStore::new(Snapshot::initial(start))),
        }
    }

    /// Ends after exactly so many updates.
    #[must_use]
    pub fn updates(mut self, updates: impl Into<Option<u64>>) -> Self {
        self.updates = updates.into();
        self
    }

    /// Ends after this long. Updates that are under way by then are finished and count.
    #[must_use]
    pub fn seconds(mut self, seconds: impl Into<Option<Duration>>) -> Self {
        self.seconds = seconds.into();
        self
    }

    /// What happens when an oracle fails. Where the run goes on, the other workers make the updates that are left.
    #[must_use]
    pub fn on_loss(mut self, policy: OnLoss) -> Self {
        self.on_loss = policy;
        self
    }

    /// Tells this observer everything that happens, on the calling thread.
    pub fn add_observer(&mut self, observer: Box<dyn Observer>) {
        self.observers.push(observer);
    }

    /// Shows this watcher the model at those numbers of updates that it wants: read by the calling thread when it has
    /// learnt of so many, while others write. Such a look has at least these updates; it may have some more, and parts of those
    /// that are under way.
    pub fn add_watcher(&mut self, watcher: Box<dyn Watcher<T>>) {
        self.watchers.push(watcher);
    }

    /// Where other threads find a look at the model, at most a tenth of a second old (as far as updates come in); its version is
    /// how many updates were known to be in it.
    #[must_use]
    pub fn store(&self) -> Arc<ParamStore<T>> {
        Arc::clone(&self.store)
    }

    /// Runs to the end. The calling thread supervises.
    ///
    /// # Errors
    /// If a thread cannot be started, or an observer or a watcher panicked. All threads are joined before, but those that are left
    /// behind.
    pub fn run(
        self,
        threads: &Threads,
        oracle: &Arc<dyn Oracle<T>>,
        cluster: &Arc<Cluster>,
        seed: Seed,
        requests: &StopRequests,
    ) -> Result<(Finished<T>, Report), DriverError> {
        let n_workers = self.n_workers;
        let floor = Arc::new(Floor {
            model: SharedModel::new(&self.start, n_workers),
            jobs: Tickets::new(u64::MAX),
            updates: Tickets::new(self.updates.unwrap_or(u64::MAX)),
            stop: Flag::new(),
            recall: Recall::new(),
            clock: OnceLock::new(),
        });
        let (to_workers, orders): (Vec<_>, Vec<_>) =
            (0..n_workers).map(|_| bounded(ORDERS)).unzip();
        // A batch of each worker may wait while it fills another.
        let (outbox, inbox) = bounded(n_workers);
        let (written, empty) = bounded(2 * n_workers);
        let workers = orders.into_iter().enumerate().map(|(index, orders)| {
            let paper = (outbox.clone(), empty.clone());
            let (floor, oracle) = (Arc::clone(&floor), Arc::clone(oracle));
            let cluster = Arc::clone(cluster);
            let (id, step_size) = (WorkerId::new(index), T::from_f64(self.step_size));
            let worker = Worker {
                id,
                floor,
                orders,
                oracle,
                cluster,
                seed,
                step_size,
                emulate: threads.emulate,
            };
            move || worker.work(paper)
        });
        let mut crew = Crew::new(threads, n_workers);
        let started = crew.hire_workers(threads, workers);
        drop(outbox);
        let mut supervisor = Supervisor::new(self, Arc::clone(&floor), to_workers, inbox, written);
        let ended = match &started {
            Ok(()) => catch_unwind(AssertUnwindSafe(|| {
                supervisor.supervise(requests, threads.patience)
            })),
            Err(_) => Ok(()),
        };
        supervisor.dismiss();
        let report = crew.count_out(supervisor.patience_left(threads.patience), supervisor.end());
        started?;
        let finished = ended.and_then(|()| catch_unwind(AssertUnwindSafe(|| supervisor.finish())));
        let finished = finished.map_err(|panic| DriverError::ObserverPanicked {
            message: panic_message(panic.as_ref()),
        })?;
        Ok((finished, report))
    }
}
