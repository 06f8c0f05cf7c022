//! Where completions are handed in, and the seat of whoever serves.
//!
//! A finished worker puts its completion into the channel and announces it. If nobody is serving,
//! it is elected ([`Election`]): it takes the seat, runs the turns of all announced completions in
//! order of arrival, hands out the jobs, and goes on with its own. Nobody is woken who need not be.
//! The README beside this file argues why it works.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded, select};
use ps_core::sync::{Election, Mutex, OnceLock};
use ps_core::{
    Completion, Failure, Job, Outbox, Outcome, Scalar, Service, StopReason, Unfinished, Version,
    WorkerId, guarded,
};

use super::Serving;
use super::idle::Idle;
use super::job_run::{Order, Signals, ToWorkers, WorkerState};
use crate::drivers::silence::{Overdue, Watch};

/// What is handed in.
pub(in crate::drivers) enum Message<T> {
    /// A job has come back.
    Completed(Completion<T>),
    /// Something of ours panicked in a worker's thread, with this message: the worker is gone.
    Gone(WorkerId, String),
    /// The run is to end.
    Stop(StopReason),
    /// Some deadline has passed.
    Tick {
        /// By how much the supervisor was late to see it, as after a pause of the whole process.
        late: Duration,
    },
}

/// The one place where workers, supervisor and server meet.
pub(in crate::drivers) struct Desk<T: Scalar> {
    pub(in crate::drivers) signals: Arc<Signals>,
    /// Completions in order of arrival, with room for one of each worker and some messages of the
    /// supervisor's.
    inbox: (Sender<Message<T>>, Receiver<Message<T>>),
    election: Election,
    serving: Serving,
    seat: Mutex<Seat<T>>,
    /// Disconnected when the run has ended.
    pub(in crate::drivers) closed: Receiver<()>,
    /// When that was.
    ended: OnceLock<Duration>,
}

/// What only the one who serves may touch.
struct Seat<T: Scalar> {
    service: Option<Box<dyn Service<T>>>,
    out: Outbox<T>,
    /// Where each worker gets its jobs; empty once the run has ended, which wakes them all.
    to_workers: ToWorkers<T>,
    watch: Watch,
    /// The newest version.
    version: Version,
    /// The time of the turn.
    now: Duration,
    /// What a panic of the server said.
    panicked: Option<String>,
    /// Dropped when the run ends.
    open: Option<Sender<()>>,
}

impl<T: Scalar> Desk<T> {
    pub(in crate::drivers) fn new(
        service: Box<dyn Service<T>>,
        to_workers: ToWorkers<T>,
        serving: Serving,
        watch: Watch,
        signals: Arc<Signals>,
    ) -> Self {
        let (open, closed) = bounded(0);
        let n_workers = to_workers.len();
        let seat = Seat {
            service: Some(service),
            out: Outbox::new(),
            to_workers,
            watch,
            version: Version::ZERO,
            now: Duration::ZERO,
            panicked: None,
            open: Some(open),
        };
        Self {
            signals,
            inbox: bounded(n_workers + 2),
            election: Election::new(),
            serving,
            seat: Mutex::new(seat),
            closed,
            ended: OnceLock::new(),
        }
    }

    /// When the run ended; before that, for ever.
    pub(in crate::drivers) fn ended(&self) -> Duration {
        self.ended.get().copied().unwrap_or(Duration::MAX)
    }

    /// The first turn. The run begins with it, at time 0.
    pub(in crate::drivers) fn open(&self) {
        let seat = &mut *self.seat.lock();
        self.guarded(seat, |seat, _| {
            seat.now = Duration::ZERO;
            if let Some(service) = &mut seat.service {
                service.start(Duration::ZERO, &mut seat.out);
            }
        });
        self.send_out(seat, None);
    }

    /// Ends the run before it began.
    pub(in crate::drivers) fn close(&self) {
        self.shut(&mut self.seat.lock());
    }

    /// The server, once the run has ended; or what its panic said.
    pub(in crate::drivers) fn take_service(&self) -> Result<Box<dyn Service<T>>, String> {
        let seat = &mut *self.seat.lock();
        match (seat.panicked.take(), seat.service.take()) {
            (None, Some(service)) => Ok(service),
            (message, _) => Err(message.unwrap_or_default()),
        }
    }

    /// How long until something is due that nobody else will notice.
    pub(in crate::drivers) fn next_deadline(&self) -> Duration {
        let seat = self.seat.lock();
        let now = self.signals.clock().now();
        let deadline = seat.service.as_ref().and_then(|service| service.deadline());
        let look = seat.watch.next_look(now);
        let next = deadline.map_or(look, |deadline| deadline.min(look));
        // A little late rather than a little early.
        next.saturating_sub(now)
            .saturating_add(Duration::from_micros(1))
    }

    /// Hands in a message. If nobody serves, the caller does, and gets its own next job, if that
    /// comes of it. `None`: somebody else serves, or nobody does any more.
    pub(in crate::drivers) fn hand_in(
        &self,
        me: Option<WorkerId>,
        message: Message<T>,
    ) -> Option<Option<Job<T>>> {
        if let Err(TrySendError::Full(message)) = self.inbox.0.try_send(message) {
            // The supervisor was faster than whoever serves. There will be room, or the run is
            // over.
            select! {
                send(self.inbox.0, message) -> _ => {}
                recv(self.closed) -> _ => return None,
            }
        }
        if self.serving == Serving::Thread || !self.election.announce() {
            return None;
        }
        let seat = &mut *self.seat.lock();
        let mut mine = None;
        let mut waiting = 1;
        while waiting > 0 {
            for _ in 0..waiting {
                let message = self.inbox.1.recv().expect("the desk keeps both ends");
                self.turn(seat, message);
                self.send_out(seat, me.map(|me| (me, &mut mine)));
            }
            waiting = self.election.served(waiting);
        }
        Some(mine)
    }

    /// The work of a thread that does nothing but serve. Returns how long it has served.
    pub(in crate::drivers) fn serve_until_closed(&self, mut idle: Idle) -> WorkerState {
        let mut state = WorkerState::default();
        while !self.signals.stop.is_raised() {
            let message = idle.receive(&self.inbox.1);
            let message = message.expect("the desk keeps both ends");
            let seat = &mut *self.seat.lock();
            let begun = self.signals.clock().now();
            let mut next = Some(message);
            while let Some(message) = next {
                self.turn(seat, message);
                self.send_out(seat, None);
                next = self.inbox.1.try_recv().ok();
            }
            state.served += self.signals.clock().now() - begun;
        }
        state
    }

    fn turn(&self, seat: &mut Seat<T>, message: Message<T>) {
        self.guarded(seat, |seat, now| {
            let Some(service) = &mut seat.service else {
                return;
            };
            match message {
                Message::Completed(completion) => {
                    let job = seat.watch.out[completion.job.worker.index()].take();
                    if let (Some(job), Outcome::Gradient) = (job, &completion.outcome) {
                        seat.watch.times.count(now.saturating_sub(job.time));
                    }
                    // One that was taken for lost may answer after all: the server ignores it.
                    service.complete(completion, now, &mut seat.out);
                    let version = service.model().version();
                    if version != seat.version {
                        (seat.version, seat.watch.updated) = (version, now);
                    }
                }
                Message::Gone(worker, message) => {
                    seat.watch.out[worker.index()] = None;
                    service.lose(worker, &Failure::Panic(message), now, &mut seat.out);
                }
                Message::Stop(reason) => service.stop(reason, now),
                Message::Tick { late } => {
                    if service.deadline().is_some_and(|deadline| now >= deadline) {
                        service.stop(StopReason::Seconds, now);
                    }
                    for Overdue { job, time, .. } in seat.watch.look(now, late) {
                        service.lose(job.worker, &Failure::Hung(time), now, &mut seat.out);
                    }
                }
            }
        });
    }

    /// Hands out the jobs of a turn, or ends the run. The job of the one who serves goes to `mine`.
    fn send_out(&self, seat: &mut Seat<T>, mut mine: Option<(WorkerId, &mut Option<Job<T>>)>) {
        let stopped = seat
            .service
            .as_ref()
            .is_none_or(|service| service.stopped().is_some());
        if stopped {
            if let Some((_, job)) = mine {
                *job = None;
            }
            return self.shut(seat);
        }
        for (worker, job) in seat.out.drain_cancelled() {
            self.signals.cancellations[worker.index()].up_to(job);
            // A worker that has not taken an earlier word yet is awake, or will see both.
            drop(seat.to_workers[worker.index()].try_send(Order::Wake));
        }
        for job in seat.out.drain() {
            let worker = job.worker;
            seat.watch.out[worker.index()] = Some(Unfinished {
                time: seat.now,
                worker,
                job: job.id,
                version: job.read_version(),
                age: 0,
            });
            match &mut mine {
                Some((me, mine)) if *me == worker => **mine = Some(job),
                // Room for one, and the worker has none. It is there: one that leaves early says so
                // first.
                _ => drop(seat.to_workers[worker.index()].send(Order::Job(job))),
            }
        }
    }

    fn shut(&self, seat: &mut Seat<T>) {
        self.ended.get_or_init(|| seat.now);
        self.signals.stop.raise();
        seat.to_workers.clear();
        if seat.open.take().is_some() && self.serving == Serving::Thread {
            // Wakes the server's thread, so that it sees the flag.
            drop(self.inbox.0.try_send(Message::Tick {
                late: Duration::ZERO,
            }));
        }
    }

    /// Runs a turn. A panic in it ends the run instead of stranding everyone.
    fn guarded(&self, seat: &mut Seat<T>, turn: impl FnOnce(&mut Seat<T>, Duration)) {
        let now = self.signals.clock().now();
        seat.now = now;
        if let Err(message) = guarded(|| turn(seat, now)) {
            seat.panicked = Some(message);
            seat.service = None;
        }
    }
}
