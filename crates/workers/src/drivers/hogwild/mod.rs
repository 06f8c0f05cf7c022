//! Hogwild!: threads that share the model and have no server.
//!
//! B. Recht, C. Ré, S. Wright, F. Niu, *Hogwild!: A Lock-Free Approach to Parallelizing Stochastic
//! Gradient Descent*, NIPS 2011, arXiv 1106.5730. Each worker, for itself:
//!
//! ```text
//! loop: take the next job's number
//!       version read ← number of tickets taken so far
//!       read the parameters that the job needs, x_v for v ∈ e     (no lock: others write meanwhile)
//!       compute its gradient g; if g is not finite: stop the run, or what the policy says
//!       version ← take a ticket
//!       x_v ← x_v − γ·g_v for each v with g_v ≠ 0                 (an atomic addition each)
//! ```
//!
//! The ticket of an update is its version, so its staleness, version − version read, is the overlap
//! τ of the paper: how many updates by others fell between its read and itself. Such a version
//! counts updates; it need never have been the whole model at any time.
//!
//! The calling thread supervises: it puts what workers have done into the order of tickets, tells
//! observers, copies the model for those who want to see it, and ends the run.

mod book;
mod supervisor;
mod worker;

use std::sync::Arc;

use crossbeam_channel::bounded;
use ps_core::sync::{Mutex, Tickets};
use ps_core::{OnBadGradient, Rejections, Scalar, SharedModel, guarded};

use self::book::Book;
use self::supervisor::Supervisor;
use self::worker::Worker;
use crate::drivers::threads::Threads;
use crate::drivers::threads::crew::Crew;
use crate::drivers::threads::job_run::{Signals, Station};
use crate::drivers::{Clock, Driver, DriverError, Finished, Prepared};

/// The driver without a server. Updates that are under way when the time is up are finished and
/// count. Where the run goes on without a lost worker, the others make the updates that are left.
/// Nobody is taken for lost who does not answer; where nobody answers any more, the run ends.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// use ps_core::{OnBadGradient, OnLoss, Oracle, ParamStore, Seed, Snapshot, from_fn};
/// use workers::{Cluster, Driver, Hogwild, Law, OverdueJobs, Prepared, StopHandle, Threads};
///
/// // Each of 200 jobs adds 1/2 to x: none is lost.
/// let ones = from_fn(1, |_, _: &[f64], out: &mut [f64]| out[0] = -1.0);
/// let run = Prepared {
///     oracle: Some(Arc::new(ones)),
///     cluster: Arc::new(Cluster::new(vec![1.0; 2], Duration::from_millis(1))?.compute(Law::none())),
///     seed: Seed::new(1),
///     updates: Some(200),
///     time_limit: None,
///     job_limit: None,
///     on_lost_worker: OnLoss::Stop,
///     on_bad_gradient: OnBadGradient::Stop,
///     requests: StopHandle::new(),
///     overdue: OverdueJobs::default(),
///     store: Arc::new(ParamStore::new(Snapshot::initial(&[0.0]))),
///     observers: Vec::new(),
///     model_observers: Vec::new(),
///     server: None,
/// };
/// let hogwild = Hogwild { threads: Threads::default(), step_size: 0.5 };
/// let finished = Box::new(hogwild).drive(run)?;
/// assert_eq!(finished.model.values(), [100.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Hogwild {
    /// How threads emulate and end.
    pub threads: Threads,
    /// The step size `γ`.
    pub step_size: f64,
}

/// What all threads of a run see.
pub(super) struct Common<T: Scalar> {
    pub(super) model: SharedModel<T>,
    pub(super) tickets: Tickets,
    pub(super) on_bad_gradient: OnBadGradient,
    rejections: Mutex<Rejections>,
    /// What each worker has done and is doing.
    books: Box<[Mutex<Book>]>,
}

impl<T: Scalar> Driver<T> for Hogwild {
    fn clock(&self) -> Clock {
        Clock::Real
    }

    fn drive(self: Box<Self>, run: Prepared<T>) -> Result<Finished<T>, DriverError> {
        let Self { threads, step_size } = *self;
        let n_workers = run.cluster.n_workers();
        let signals = Signals::new(n_workers);
        let (to_workers, stations) = Station::all(&run, threads.emulate, &signals)?;
        let common = Arc::new(Common {
            model: SharedModel::new(run.store.snapshot().values(), n_workers),
            tickets: Tickets::new(run.updates.unwrap_or(u64::MAX)),
            on_bad_gradient: run.on_bad_gradient,
            rejections: Mutex::default(),
            books: (0..n_workers)
                .map(|_| Mutex::new(Book::default()))
                .collect(),
        });
        let (bell, rung) = bounded(1);
        let workers = stations.into_iter().map(|station| {
            let worker = Worker {
                station,
                common: Arc::clone(&common),
                bell: bell.clone(),
                step_size,
            };
            move || worker.work()
        });
        let mut crew = Crew::new(threads, n_workers);
        let started = crew.hire_workers(workers);
        drop(bell);
        let mut supervisor = Supervisor::new(
            run,
            Arc::clone(&common),
            signals,
            to_workers,
            rung,
            &threads,
        );
        let ended = match &started {
            Ok(()) => guarded(|| supervisor.supervise()),
            Err(_) => Ok(()),
        };
        supervisor.dismiss();
        let report = crew.count_out(supervisor.patience_left(), supervisor.end());
        started?;
        let finished = ended.and_then(|()| guarded(|| supervisor.finish(report)));
        finished.map_err(|message| DriverError::ObserverPanicked { message })
    }
}
