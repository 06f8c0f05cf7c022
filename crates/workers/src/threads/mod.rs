//! The real clock: one OS thread for each worker.
//!
//! The calling thread is the supervisor: it starts the threads, sleeps until the next deadline, passes on requests to
//! stop, and counts the threads out. Serving is a role, not a thread: see `desk.rs`.

mod desk;
mod error;
mod worker_loop;

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, after, bounded, never, select};
use ps_core::{Oracle, Scalar, Seed, Service, WorkerId};

use self::desk::{Desk, Message, Order};
use self::worker_loop::Worker;
use crate::stopwatch::Stopwatch;
use crate::{Cluster, Leaving, Report, StopRequests};

pub use error::DriverError;

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

/// What may wait for a worker: a job, and a word that its last one was called off.
const ORDERS: usize = 2;

/// The driver with OS threads.
///
/// # Examples
/// See [`Threads::run`].
#[derive(Clone, Debug)]
pub struct Threads {
    serving: Serving,
    emulate: Emulate,
    pin: bool,
    stack_size: usize,
    job_limit: Option<Duration>,
    patience: Duration,
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

    /// After how long a worker is given up, if ever.
    #[must_use]
    pub fn gives_up_after(&self) -> Option<Duration> {
        self.job_limit
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
        let (exits, exited) = bounded(n_workers + 1);
        let desk = Arc::new(Desk::new(service, to_workers, self.serving, self.job_limit));

        let mut crew = Crew {
            threads: Vec::with_capacity(n_workers + 1),
            exited,
        };
        let started = self.hire(&mut crew, &desk, jobs, &exits, |worker, jobs| Worker {
            id: worker,
            desk: Arc::clone(&desk),
            jobs,
            oracle: Arc::clone(oracle),
            cluster: Arc::clone(cluster),
            seed,
            emulate: self.emulate,
        });
        let mut served = Duration::ZERO;
        match &started {
            Ok(()) => {
                desk.open();
                served = self.supervise(&desk, requests);
            }
            Err(_) => desk.close(),
        }
        let mut report = crew.count_out(self.patience);
        report.served += served;
        started?;
        let service = desk
            .give_up()
            .map_err(|message| DriverError::ServerPanicked { message })?;
        Ok((service, report))
    }

    /// Starts the threads: one for each worker, and one to serve if it is to have its own.
    fn hire<T: Scalar, S: Service<T> + 'static>(
        &self,
        crew: &mut Crew,
        desk: &Arc<Desk<T, S>>,
        jobs: Vec<Receiver<Order<T>>>,
        exits: &Sender<Exit>,
        worker: impl Fn(WorkerId, Receiver<Order<T>>) -> Worker<T, S>,
    ) -> Result<(), DriverError> {
        let cores = if self.pin {
            core_affinity::get_core_ids()
        } else {
            None
        };
        let cores = cores.unwrap_or_default();
        for (index, jobs) in jobs.into_iter().enumerate() {
            let id = WorkerId::new(index);
            let worker = worker(id, jobs);
            let core = cores.get(index % cores.len().max(1)).copied();
            crew.hire(
                format!("worker-{id}"),
                self.stack_size,
                Some(id),
                exits,
                move || {
                    // Where the system cannot pin, the worker runs anywhere.
                    let _ = core.is_some_and(core_affinity::set_for_current);
                    Left::Worker(worker.work())
                },
            )?;
        }
        if self.serving == Serving::Thread {
            let desk = Arc::clone(desk);
            crew.hire(
                "server".to_owned(),
                self.stack_size,
                None,
                exits,
                move || Left::Server(desk.serve_until_closed()),
            )?;
        }
        Ok(())
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

/// The threads of a run, and who has left.
struct Crew {
    threads: Vec<(Option<WorkerId>, JoinHandle<()>)>,
    exited: Receiver<Exit>,
}

impl Crew {
    fn hire(
        &mut self,
        name: String,
        stack_size: usize,
        id: Option<WorkerId>,
        exits: &Sender<Exit>,
        work: impl FnOnce() -> Left + Send + 'static,
    ) -> Result<(), DriverError> {
        let ticket = ExitTicket {
            id,
            left: None,
            exits: exits.clone(),
        };
        let builder = thread::Builder::new()
            .name(name.clone())
            .stack_size(stack_size);
        let thread = builder.spawn(move || {
            let mut ticket = ticket;
            ticket.left = Some(work());
        });
        let started = self.threads.len();
        let thread = thread.map_err(|source| DriverError::Spawn {
            name,
            started,
            source,
        })?;
        self.threads.push((id, thread));
        Ok(())
    }

    /// Waits for every thread to leave. Returns what they were at, and who did not leave in time.
    fn count_out(self, patience: Duration) -> Report {
        let Self {
            mut threads,
            exited,
        } = self;
        let clock = Stopwatch::start();
        let deadline = clock.moment(patience);
        let mut leaving = Vec::with_capacity(threads.len());
        let mut served = Duration::ZERO;
        while !threads.is_empty() {
            let Ok((id, left)) = exited.recv_deadline(deadline) else {
                break;
            };
            match left {
                Some(Left::Worker(worker)) => leaving.push(worker),
                Some(Left::Server(time)) => served = time,
                None => {}
            }
            if let Some(position) = threads.iter().position(|(other, _)| *other == id) {
                // It has left its work; a panic of ours in there was reported through the desk.
                let _ = threads.swap_remove(position).1.join();
            }
        }
        let mut left_behind: Vec<_> = threads.iter().filter_map(|(id, _)| *id).collect();
        left_behind.sort_unstable();
        leaving.sort_unstable_by_key(|leaving: &Leaving| leaving.worker);
        Report {
            leaving,
            left_behind,
            served,
        }
    }
}

/// Who has left (nobody: the server's thread), and what it has to say, unless it panicked.
type Exit = (Option<WorkerId>, Option<Left>);

/// What a thread has to say when it leaves.
enum Left {
    Worker(Leaving),
    /// How long it has served.
    Server(Duration),
}

/// Tells the supervisor that a thread has left, however it left.
struct ExitTicket {
    id: Option<WorkerId>,
    left: Option<Left>,
    exits: Sender<Exit>,
}

impl Drop for ExitTicket {
    fn drop(&mut self) {
        // The supervisor may have lost patience and gone.
        let _ = self.exits.send((self.id, self.left.take()));
    }
}
