//! Where jobs run. A [`Driver`] takes a prepared run and returns it finished; it owns time,
//! threads, channels and sleeping. Most are a loop around a [`Service`], which hands out jobs and
//! takes their completions.
//!
//! To add one: a file that implements [`Driver`]. Nothing here or above has to know it; a user
//! plugs it into an experiment.

pub mod hogwild;
pub mod replay;
pub mod report;
pub mod silence;
pub mod stop_handle;
pub mod stopwatch;
pub mod threads;
pub mod virtual_time;

mod compute;
mod error;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ps_core::{
    ModelObserver, Observer, OnBadGradient, OnLoss, Oracle, ParamStore, Scalar, Seed, Service,
    Snapshot, StopReason,
};

pub use self::compute::compute_to_the_end;
pub use self::error::DriverError;
use self::report::DriverReport;
use self::silence::OverdueJobs;
use self::stop_handle::StopHandle;
use crate::latency::cluster::Cluster;

/// Where a run happens.
pub trait Driver<T: Scalar>: Send + fmt::Debug {
    /// Which clock it goes by.
    fn clock(&self) -> Clock;

    /// Runs to the end. Observers are dropped before it returns.
    ///
    /// # Errors
    /// If the run could not be carried through. That an oracle failed is no such error but the
    /// reason why the run stopped.
    fn drive(self: Box<Self>, run: Prepared<T>) -> Result<Finished<T>, DriverError>;
}

/// Which clock a run goes by: a property of its driver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// OS threads and wall-clock time.
    #[default]
    Real,
    /// An exact event queue, without sleeping.
    Virtual,
}

ps_core::words!(Clock, "clock": "real" => Clock::Real, "virtual" => Clock::Virtual);

/// A run that is ready to go: all that a driver needs.
pub struct Prepared<T: Scalar = f64> {
    /// What computes gradients. Without one only the schedule runs: a model of no parameters.
    pub oracle: Option<Arc<dyn Oracle<T>>>,
    /// How many workers there are, and how long their jobs take.
    pub cluster: Arc<Cluster>,
    /// The seed of every random number.
    pub seed: Seed,
    /// The number of updates after which the run ends.
    pub updates: Option<u64>,
    /// The time, on the driver's clock, after which the run ends.
    pub time_limit: Option<Duration>,
    /// A worker that has had a job for longer than this is taken for lost. `None`: as the driver
    /// sees fit.
    pub job_limit: Option<Duration>,
    /// What happens when a worker is lost.
    pub on_lost_worker: OnLoss,
    /// What happens when a gradient has a component that is NaN or infinite.
    pub on_bad_gradient: OnBadGradient,
    /// Where somebody may ask for the end.
    pub requests: StopHandle,
    /// Where jobs that are out for very long are written down while the run goes on.
    pub overdue: OverdueJobs,
    /// Where the first model is, and where other threads look for the newest version.
    pub store: Arc<ParamStore<T>>,
    /// Who is told everything that happens.
    pub observers: Vec<Box<dyn Observer>>,
    /// Who is shown every version.
    pub model_observers: Vec<Box<dyn ModelObserver<T>>>,
    /// The server, which ends the run by itself after `updates` or `time_limit`, keeps to the
    /// policies, and publishes in `store`. `None` for an algorithm without a server.
    pub server: Option<Box<dyn Service<T>>>,
}

ps_core::debug_fields!([T: Scalar] Prepared<T>: cluster);

impl<T: Scalar> Prepared<T> {
    /// A run of this server, to be set up further. It ends when the server ends it.
    pub fn new(
        server: impl Service<T> + 'static,
        oracle: Option<Arc<dyn Oracle<T>>>,
        cluster: Arc<Cluster>,
        seed: Seed,
    ) -> Self {
        Self {
            oracle,
            cluster,
            seed,
            updates: None,
            time_limit: None,
            job_limit: None,
            on_lost_worker: OnLoss::default(),
            on_bad_gradient: OnBadGradient::default(),
            requests: StopHandle::new(),
            overdue: OverdueJobs::default(),
            store: Arc::new(ParamStore::new(server.model().clone())),
            observers: Vec::new(),
            model_observers: Vec::new(),
            server: Some(Box::new(server)),
        }
    }

    /// Takes the server, with all observers.
    ///
    /// # Errors
    /// If the algorithm has none.
    pub fn take_server(&mut self) -> Result<Box<dyn Service<T>>, DriverError> {
        let mut server = self.server.take().ok_or(DriverError::NoServer)?;
        for observer in self.observers.drain(..) {
            server.add_observer(observer);
        }
        for observer in self.model_observers.drain(..) {
            server.add_model_observer(observer);
        }
        Ok(server)
    }
}

/// A run that is over.
#[derive(Clone, Debug)]
pub struct Finished<T = f64> {
    /// The last version of the model.
    pub model: Snapshot<T>,
    /// When the run ended.
    pub time: Duration,
    /// Why.
    pub reason: StopReason,
    /// What the driver has to say about it.
    pub report: DriverReport,
}

impl<T: Scalar> Finished<T> {
    /// What came of this server's run.
    pub fn of(server: &dyn Service<T>, report: DriverReport) -> Self {
        Self {
            model: server.model().clone(),
            time: server.stopped_at().unwrap_or_default(),
            reason: server.stopped().cloned().unwrap_or(StopReason::Requested),
            report,
        }
    }
}
