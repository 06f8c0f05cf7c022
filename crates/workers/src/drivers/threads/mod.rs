//! The real clock: one OS thread for each worker.
//!
//! The calling thread is the supervisor: it starts the threads, sleeps until the next deadline, passes on requests to
//! stop, and counts the threads out. Serving is a role, not a thread: see `desk.rs`.

pub(super) mod course;
pub(super) mod crew;
pub(super) mod desk;
mod worker_loop;

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{after, bounded, never, select};
use ps_core::{Oracle, Scalar, Seed, Service, WorkerId};

use self::crew::Crew;
use self::desk::{Desk, Message};
use self::worker_loop::Worker;
use crate::drivers::report::Report;
use crate::drivers::stop_handle::StopRequests;
use crate::latency::cluster::Cluster;

use crate::drivers::DriverError;

/// How the server's turns are run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Serving {
    /// A worker that has finished serves if nobody does. Wakes nobody who need not be woken.
    #[default]
    Combining,
    /// A thread of its own serves. Fairer when workers that compute outnumber cores.
    Thread,
}

/// How the rest of an emulated time is spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Emulate {
    /// Asleep, which leaves the core to others.
    #[default]
    Sleep,
    /// Busy, so that no core looks free. It waits for the wall clock, so where workers outnumber cores a worker goes on
    /// even while the operating system lets it wait.
    Spin,
}

ps_core::words!(Serving, "way of serving": "combining" => Serving::Combining, "thread" => Serving::Thread);
ps_core::words!(Emulate, "way to spend a time": "sleep" => Emulate::Sleep, "spin" => Emulate::Spin);

/// What may wait for a worker: a job, and a word that its last one was called off.
pub(super) const ORDERS: usize = 2;

/// The driver with OS threads.
///
/// # Examples
/// See [`Threads::run`].
#[derive(Clone, Debug)]
pub struct Threads {
    /// How the server's turns are run.
    pub serving: Serving,
    /// How the rest of an emulated time is spent.
    pub emulate: Emulate,
    /// Whether each worker is kept on one core.
    pub pin: bool,
    stack_size: usize,
    job_limit: Option<Duration>,
    pub(in crate::drivers) patience: Duration,
}

impl Default for Threads {
    fn default() -> Self {
        Self {
            serving: Serving::default(),
            emulate: Emulate::default(),
            pin: false,
            stack_size: 2 << 20,
            job_limit: None,
            patience: Duration::from_secs(5),
        }
    }
}

impl Threads {
    /// How the server's turns are run.
    #[must_use]
    pub fn serving(mut self, serving: Serving) -> Self {
        self.serving = serving;
        self
    }

    /// How the rest of an emulated time is spent.
    #[must_use]
    pub fn emulate(mut self, emulate: Emulate) -> Self {
        self.emulate = emulate;
        self
    }

    /// How the rest of an emulated time is spent.
    #[must_use]
    pub fn emulation(&self) -> Emulate {
        self.emulate
    }

    /// How the server's turns are run.
    #[must_use]
    pub fn serves(&self) -> Serving {
        self.serving
    }

    /// After how long a worker is given up that has not come back with its job, if ever.
    #[must_use]
    pub fn limit_of_jobs(&self) -> Option<Duration> {
        self.job_limit
    }

    /// Keeps worker `i` on core `i`, counted round the cores there are. Where the system cannot, nothing happens.
    #[must_use]
    pub fn pin(mut self, pin: bool) -> Self {
        self.pin = pin;
        self
    }

    /// The stack of each worker's thread, in bytes. Default: 2 MiB.
    #[must_use]
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack_size = bytes;
        self
    }

    /// A worker that has had a job for longer than this is given up as lost. Default: never.
    #[must_use]
    pub fn job_limit(mut self, limit: Duration) -> Self {
        self.job_limit = Some(limit);
        self
    }

    /// How long to wait, once the run has ended, for oracles that are still computing. Default: 5 s.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Runs a server on real threads until it stops, and gives it back.
    ///
    /// # Errors
    /// If a thread cannot be started, or the server's side panicked. All threads are joined before, but those
    /// that are left behind.
    pub fn run<T: Scalar, S: Service<T> + 'static>(
        &self,
        service: S,
        oracle: &Arc<dyn Oracle<T>>,
        cluster: &Arc<Cluster>,
        seed: Seed,
        requests: &StopRequests,
    ) -> Result<(S, Report), DriverError> {
        let n_workers = cluster.n_workers();
        let (to_workers, jobs): (Vec<_>, Vec<_>) = (0..n_workers).map(|_| bounded(ORDERS)).unzip();
        let desk = Arc::new(Desk::new(service, to_workers, self.serving, self.job_limit));
        let workers = jobs.into_iter().enumerate().map(|(index, jobs)| {
            let worker = Worker {
                id: WorkerId::new(index),
                desk: Arc::clone(&desk),
                jobs,
                oracle: Arc::clone(oracle),
                cluster: Arc::clone(cluster),
                seed,
                emulate: self.emulate,
            };
            move || worker.work()
        });
        let mut crew = Crew::new(self, n_workers);
        let mut started = crew.hire_workers(self, workers);
        if started.is_ok() && self.serving == Serving::Thread {
            let desk = Arc::clone(&desk);
            started = crew.hire_server(move || desk.serve_until_closed());
        }
        let mut served = Duration::ZERO;
        match &started {
            Ok(()) => {
                desk.open();
                served = self.supervise(&desk, requests);
            }
            Err(_) => desk.close(),
        }
        let mut report = crew.count_out(self.patience, desk.ended());
        report.served += served;
        started?;
        let service = desk
            .give_up()
            .map_err(|message| DriverError::ServerPanicked { message })?;
        Ok((service, report))
    }

    /// Sleeps until something is due, and hands it in like anyone else. Returns how long it has served.
    fn supervise<T: Scalar, S: Service<T>>(
        &self,
        desk: &Desk<T, S>,
        requests: &StopRequests,
    ) -> Duration {
        let mut served = Duration::ZERO;
        loop {
            let wake_up = desk.next_deadline().map_or_else(never, after);
            let message = select! {
                recv(desk.closed()) -> _ => return served,
                recv(requests.channel()) -> reason => match reason {
                    Ok(reason) => Message::Stop(reason),
                    Err(_) => continue,
                },
                recv(wake_up) -> _ => Message::Tick,
            };
            let begun = desk.clock().now();
            if desk.hand_in(None, message).has_served {
                let done = desk.clock().now().min(desk.ended());
                served += done.saturating_sub(begun);
            }
        }
    }
}
