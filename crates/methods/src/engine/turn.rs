//! One turn of the server, step by step.

use std::time::Duration;

use ps_core::{
    Action, CancelledInQueue, Event, Job, JobTimes, Outbox, Overrun, Received, Scalar, Service,
    Snapshot, StopReason, Unfinished, Updated, WorkerId, guarded,
};

use super::Engine;
use super::books::{Running, Waiting};
use crate::arrival::{Arrival, Gradient};
use crate::data_plane::NotFinite;
use crate::method::Method;
use crate::server::{Assigned, Model, Server};
use crate::stop::StopRule;

/// One turn, step by step.
impl<T: Scalar> Engine<T> {
    /// A job has come back. Without a gradient if `missing` says why, or if it was cancelled.
    pub(super) fn receive(
        &mut self,
        job: Job<T>,
        times: JobTimes,
        missing: Option<Action>,
        now: Duration,
        out: &mut Outbox<T>,
    ) {
        let worker = job.worker;
        let running = self.queues[worker.index()].running.take();
        let running = running.expect("it was looked at before");
        let mut received = Received {
            time: now,
            worker,
            job: job.id,
            read_version: running.read_version,
            version: self.books.version,
            action: Action::Cancelled,
            step_size: None,
            assigned: running.assigned,
            age: running.age,
            times,
            concurrency: self.books.n_outstanding,
        };
        let arrival = Arrival::of(&running, worker, times, received.staleness());

        self.turn.begin(now);
        self.turn.arrived = Some(job.id);
        self.books.received(worker, running.read_version);
        self.plane.receive(job.gradient, &job.snapshot);
        match missing {
            _ if running.is_cancelled => self.turn.action = Action::Cancelled,
            None => self.ask(|method, server| {
                method.on_gradient(&arrival, Gradient::arrived(), server);
            }),
            Some(action) => {
                self.turn.action = action;
                match action {
                    Action::Expired => {
                        self.ask(|method, server| method.on_expired(&arrival, server));
                    }
                    // The method is not told: for it the job is still out.
                    Action::Rejected => self.turn.assignments.push(Assigned {
                        worker,
                        model: Model::Newest,
                        limit: job.limit,
                    }),
                    _ => {}
                }
            }
        }
        (received.action, received.step_size) = (self.turn.action, self.turn.step_size);
        self.n_gradients += u64::from(received.action.has_gradient());
        if !self.observers.is_empty() {
            self.emit_received(received);
        }
        // Its memory is free for the jobs of this turn, unless one of them needs it.
        let is_repeated = |assigned: &Assigned| assigned.model == Model::Same;
        let same = self.turn.assignments.iter().any(is_repeated);
        let same = same.then(|| job.snapshot.clone());
        self.plane.recycle(job.snapshot);
        self.end_turn(Some(&arrival), same.as_ref(), out);
    }

    fn emit_received(&mut self, received: Received) {
        // How long a job was at it that was cancelled, or expired, says nothing of the time that it
        // was to emulate.
        if let Some(asked) = received.times.overrun
            && received.action.has_gradient()
        {
            self.emit(&Event::Overrun(Overrun {
                time: received.time,
                worker: received.worker,
                job: received.job,
                asked,
                took: received.times.computed,
            }));
        }
        self.emit(&Event::Received(received));
    }

    /// Hands out what was assigned, then ends the run if this turn was its last. `same` is the
    /// model of the job that has come back.
    pub(super) fn end_turn(
        &mut self,
        arrival: Option<&Arrival>,
        same: Option<&Snapshot<T>>,
        out: &mut Outbox<T>,
    ) {
        let now = self.turn.now;
        for update in 0..self.turn.updates.len() {
            let (version, step_size) = self.turn.updates[update];
            self.emit(&Event::Updated(Updated {
                time: now,
                version,
                step_size,
            }));
        }
        let reason = self.reason_to_stop(arrival);
        let out = &mut reason.is_none().then_some(out);
        for position in 0..self.turn.cancelled.len() {
            self.cancel(self.turn.cancelled[position], out);
        }
        for position in 0..self.turn.assignments.len() {
            let assigned = self.turn.assignments[position];
            let snapshot = match assigned.model {
                Model::Newest => self.plane.model(),
                Model::Same => same.expect("only a job that has come back can be repeated"),
            };
            self.assign(assigned, snapshot.clone(), out);
        }
        if let Some(arrival) = arrival {
            self.feed(arrival.worker, out);
        }
        debug_assert!(self.books.is_conserved(), "the conservation law is broken");
        let is_over = reason.is_none() && self.books.n_outstanding == 0;
        let reason = reason.or_else(|| is_over.then(|| self.nothing_left()));
        if let Some(reason) = reason {
            self.stop(reason, now);
        }
    }

    /// Why no job is out.
    fn nothing_left(&self) -> StopReason {
        let (alive, workers) = (self.books.n_alive, self.books.n_workers());
        match &self.last_lost {
            &Some((worker, job, ref failure)) if alive == 0 => StopReason::AllLost {
                workers,
                worker,
                job,
                failure: failure.clone(),
            },
            _ => StopReason::Starved { alive },
        }
    }

    /// Asks the method, which may be somebody's own and calls what is somebody's own.
    pub(super) fn ask(&mut self, call: impl FnOnce(&mut dyn Method, &mut Server<'_>)) {
        let (method, mut server) = self.server();
        if let Err(message) = guarded(|| call(method, &mut server)) {
            self.turn.panicked = Some(message);
        }
    }

    fn reason_to_stop(&mut self, arrival: Option<&Arrival>) -> Option<StopReason> {
        if let Some(message) = self.turn.panicked.take() {
            let part = "the method, or a step size, correction or optimizer that it used,";
            return Some(StopReason::Panicked { part, message });
        }
        let version = self.books.version;
        if let (Some(fault), Some(arrival)) = (self.turn.not_finite, arrival) {
            let Arrival {
                worker,
                job,
                read_version,
                ..
            } = *arrival;
            return Some(match fault {
                NotFinite::Gradient => StopReason::NotFinite {
                    worker,
                    job,
                    read_version,
                },
                NotFinite::Model => StopReason::Diverged {
                    version,
                    worker,
                    job,
                },
            });
        }
        let StopRule {
            updates, gradients, ..
        } = self.stop_rule;
        let is_done = |most: Option<u64>, n: u64| most.is_some_and(|most| n >= most);
        let updated = is_done(updates, version.number()).then_some(StopReason::Updates);
        let received = is_done(gradients, self.n_gradients).then_some(StopReason::Gradients);
        self.plane.take_stop().or(updated).or(received)
    }

    /// Cancels a worker's jobs: those in its queue are gone, the one that it works on is to come
    /// back.
    fn cancel(&mut self, worker: WorkerId, out: &mut Option<&mut Outbox<T>>) {
        let index = worker.index();
        while let Some(waiting) = self.queues[index].waiting.pop_front() {
            let Running {
                job,
                read_version,
                age,
                ..
            } = waiting.numbers;
            let concurrency = self.books.n_outstanding;
            self.books.received(worker, read_version);
            self.emit(&Event::CancelledInQueue(CancelledInQueue {
                time: self.turn.now,
                worker,
                job,
                read_version,
                version: self.books.version,
                age,
                concurrency,
            }));
            self.plane.let_go(waiting.snapshot);
        }
        if let Some(running) = &mut self.queues[index].running
            && !std::mem::replace(&mut running.is_cancelled, true)
            && let Some(out) = out
        {
            out.cancel(worker, running.job);
        }
    }

    /// Gives a worker a job at this model: at once if it is idle, else behind its other jobs.
    fn assign(
        &mut self,
        assigned: Assigned,
        snapshot: Snapshot<T>,
        out: &mut Option<&mut Outbox<T>>,
    ) {
        let worker = assigned.worker;
        let read_version = snapshot.version();
        let numbers = Running {
            job: self.books.assigned(worker, read_version),
            read_version,
            age: self.books.version.since(read_version),
            assigned: self.turn.now,
            is_cancelled: false,
        };
        let waiting = Waiting {
            numbers,
            limit: assigned.limit,
            snapshot,
        };
        let queue = &mut self.queues[worker.index()];
        if queue.running.is_none() && queue.waiting.is_empty() {
            self.hand_out(worker, waiting, out);
        } else {
            queue.waiting.push_back(waiting);
        }
    }

    /// Gives an idle worker the next of its jobs, if it has one.
    fn feed(&mut self, worker: WorkerId, out: &mut Option<&mut Outbox<T>>) {
        let queue = &mut self.queues[worker.index()];
        if queue.running.is_none()
            && let Some(waiting) = queue.waiting.pop_front()
        {
            self.hand_out(worker, waiting, out);
        }
    }

    /// Hands out a job; after the last turn it is only counted as outstanding.
    fn hand_out(
        &mut self,
        worker: WorkerId,
        waiting: Waiting<T>,
        out: &mut Option<&mut Outbox<T>>,
    ) {
        let running = waiting.numbers;
        let queue = &mut self.queues[worker.index()];
        queue.running = Some(running);
        if let Some(out) = out {
            let mut gradient = self.plane.gradient_buffer();
            if !std::mem::replace(&mut queue.has_begun, true) {
                // So that an oracle that forgets a component, or adds to it, is found out.
                gradient.as_mut_slice().fill(T::NAN);
            }
            out.push(Job {
                id: running.job,
                worker,
                assigned: running.assigned,
                snapshot: waiting.snapshot,
                limit: waiting.limit,
                gradient,
            });
        }
    }

    /// Tells the observers of the jobs that have not come back, in the order in which they were
    /// assigned.
    pub(super) fn emit_unfinished(&mut self) {
        let mut unfinished = Vec::with_capacity(self.books.n_outstanding);
        for (index, queue) in self.queues.iter().enumerate() {
            let worker = WorkerId::new(index);
            let waiting = queue.waiting.iter().map(|waiting| waiting.numbers);
            let all = queue.running.into_iter().chain(waiting);
            unfinished.extend(all.map(|job| Unfinished {
                time: job.assigned,
                worker,
                job: job.job,
                version: job.read_version,
                age: job.age,
            }));
        }
        unfinished.sort_unstable_by_key(|unfinished| unfinished.job);
        for unfinished in unfinished {
            self.emit(&Event::Assigned(unfinished));
        }
    }

    pub(super) fn emit(&mut self, event: &Event) {
        for observer in &mut self.observers {
            observer.observe(event);
        }
    }

    pub(super) fn server(&mut self) -> (&mut dyn Method, Server<'_>) {
        let server = Server {
            books: &mut self.books,
            turn: &mut self.turn,
            plane: &mut self.plane,
            step_size: self.step_size.as_mut(),
        };
        (self.method.as_mut(), server)
    }
}

impl Arrival {
    pub(super) fn of(running: &Running, worker: WorkerId, times: JobTimes, staleness: u64) -> Self {
        Self {
            worker,
            job: running.job,
            read_version: running.read_version,
            staleness,
            assigned: running.assigned,
            started: times.started,
            finished: times.finished,
        }
    }
}
