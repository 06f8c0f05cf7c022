//! The real clock: one OS thread for each worker.
//!
//! The calling thread is the supervisor: it starts the threads, sleeps until the next deadline,
//! passes on requests to stop, and counts the threads out. Serving is a role, not a thread: see
//! `desk.rs`.

pub(super) mod crew;
pub(super) mod desk;
mod idle;
pub(super) mod job_run;
mod worker_loop;

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{after, select};
use ps_core::Scalar;

use self::crew::Crew;
use self::desk::{Desk, Message};
use self::idle::Idle;
use self::job_run::{Signals, Station};
use self::worker_loop::Worker;
use crate::drivers::silence::Watch;
use crate::drivers::stop_handle::StopHandle;
use crate::drivers::{Clock, Driver, DriverError, Finished, Prepared};

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
    /// Busy, so that no core looks free. It waits for the wall clock, so where workers outnumber
    /// cores a worker goes on even while the operating system lets it wait.
    Spin,
}

ps_core::words!(Serving, "way of serving": "combining" => Serving::Combining, "thread" => Serving::Thread);
ps_core::words!(Emulate, "way to spend a time": "sleep" => Emulate::Sleep, "spin" => Emulate::Spin);

/// Number of words that may wait for a worker: a job, and that its last one was cancelled.
const ORDERS: usize = 2;

/// The driver with OS threads.
///
/// # Examples
/// ```
/// use workers::{Serving, Threads};
///
/// let threads = Threads { serving: Serving::Thread, pin: true, ..Threads::default() };
/// assert_eq!(threads.stack_size, 2 << 20);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threads {
    /// How the server's turns are run.
    pub serving: Serving,
    /// How the rest of an emulated time is spent.
    pub emulate: Emulate,
    /// Whether worker `i` is kept on core `i`, counted round the cores there are. Where the system
    /// or the program ([`CAN_PIN`](Self::CAN_PIN)) cannot, nothing happens.
    pub pin: bool,
    /// The stack of each worker's thread, in bytes. Default: 2 MiB.
    pub stack_size: usize,
    /// A job that is out for so long, and for 50 times the median, is told of while the run goes on.
    /// After six times as long, and 50 times the median, its worker is fenced if nobody made an
    /// update meanwhile: it is lost, and a late answer is ignored. (Where no job has come back
    /// at all, after sixty times as long.) A limit on jobs takes the place of that. Default: 10 s.
    pub silence: Duration,
    /// How long to wait, once the run has ended, for oracles that are still computing. Default: 5
    /// s.
    pub patience: Duration,
}

impl Threads {
    /// Whether this program can keep a worker on a core: the feature `pin`.
    pub const CAN_PIN: bool = cfg!(feature = "pin");

    /// For how many workers more this process has room: on Linux each thread has four memory maps
    /// (its stack, that of its signals, and a guard for each), and where a new thread finds none
    /// left, the standard library aborts the whole process. Other limits refuse a thread, which
    /// ends the run with a reason.
    pub fn most_workers() -> usize {
        const MAPS_OF_A_THREAD: usize = 4;
        /// For what the run itself will allocate.
        const SPARE: usize = 512;
        let most = fs::read_to_string("/proc/sys/vm/max_map_count").ok();
        let most = most.and_then(|most| most.trim().parse::<usize>().ok());
        let used = fs::read_to_string("/proc/self/maps").map_or(0, |maps| maps.lines().count());
        most.map_or(usize::MAX, |most| {
            most.saturating_sub(used + SPARE) / MAPS_OF_A_THREAD
        })
    }
}

impl Default for Threads {
    fn default() -> Self {
        Self {
            serving: Serving::default(),
            emulate: Emulate::default(),
            pin: false,
            stack_size: 2 << 20,
            silence: Duration::from_secs(10),
            patience: Duration::from_secs(5),
        }
    }
}

/// Runs a server on real threads until it stops. When it returns, all threads are joined, but those
/// that are left behind.
impl<T: Scalar> Driver<T> for Threads {
    fn clock(&self) -> Clock {
        Clock::Real
    }

    fn drive(self: Box<Self>, mut run: Prepared<T>) -> Result<Finished<T>, DriverError> {
        let server = run.take_server()?;
        let n_workers = run.cluster.n_workers();
        let signals = Signals::new(n_workers);
        let (to_workers, stations) = Station::all(&run, self.emulate, &signals)?;
        let desk = Arc::new(Desk::new(
            server,
            to_workers,
            self.serving,
            Watch::new(n_workers, self.silence, run.job_limit, run.overdue.clone()),
            signals,
        ));
        let n_serving = usize::from(self.serving == Serving::Thread);
        let idle = Idle::of(n_workers + n_serving, &run.cluster);
        let workers = stations.into_iter().map(|station| {
            let desk = Arc::clone(&desk);
            let worker = Worker {
                station,
                desk,
                idle,
            };
            move || worker.work()
        });
        let mut crew = Crew::new(*self, n_workers);
        let mut started = crew.hire_workers(workers);
        if started.is_ok() && self.serving == Serving::Thread {
            let desk = Arc::clone(&desk);
            let serve = move || desk.serve_until_closed(idle);
            started = crew.hire("server".to_owned(), None, serve);
        }
        let mut served = Duration::ZERO;
        match &started {
            Ok(()) => {
                desk.open();
                served = supervise(&desk, &run.requests);
            }
            Err(_) => desk.close(),
        }
        let mut report = crew.count_out(self.patience, desk.ended());
        report.served += served;
        started?;
        let server = desk
            .take_service()
            .map_err(|message| DriverError::ServerPanicked { message })?;
        Ok(Finished::of(server.as_ref(), report))
    }
}

/// Sleeps until something is due, and hands it in like anyone else. Returns how long it has served.
fn supervise<T: Scalar>(desk: &Desk<T>, requests: &StopHandle) -> Duration {
    let mut served = Duration::ZERO;
    loop {
        let (asleep, fell_asleep) = (desk.next_deadline(), desk.signals.clock().now());
        let message = select! {
            recv(desk.closed) -> _ => return served,
            recv(requests.channel()) -> reason => match reason {
                Ok(reason) => Message::Stop(reason),
                Err(_) => continue,
            },
            recv(after(asleep)) -> _ => {
                let slept = desk.signals.clock().now() - fell_asleep;
                Message::Tick { late: slept.saturating_sub(asleep) }
            }
        };
        let begun = desk.signals.clock().now();
        if desk.hand_in(None, message).is_some() {
            let done = desk.signals.clock().now().min(desk.ended());
            served += done.saturating_sub(begun);
        }
    }
}
