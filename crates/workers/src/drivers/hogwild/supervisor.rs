//! The calling thread: it is told of every update, and ends the run.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, after, never, select};
use ps_core::{
    Added, Event, Failure, JobId, OnLoss, Overrun, Pool, Scalar, StopReason, Version, WorkerId,
};

use super::worker::{Fate, Record};
use super::{Finished, Floor, Hogwild};
use crate::drivers::stop_handle::StopRequests;
use crate::drivers::stopwatch::Stopwatch;
use crate::drivers::threads::desk::Order;

/// How old a look in the store may be.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The one who supervises.
pub(super) struct Supervisor<T: Scalar> {
    run: Hogwild<T>,
    floor: Arc<Floor<T>>,
    to_workers: Vec<Sender<Order<T>>>,
    inbox: Receiver<Vec<Record>>,
    /// Sheets to be filled again.
    written: Sender<Vec<Record>>,
    pool: Pool<T>,
    n_alive: usize,
    /// How many updates are known, and when the last of them was made.
    updates: u64,
    latest: Duration,
    /// How many updates were known at the last look, and when the next one is due.
    looked_at: Option<u64>,
    next_look: Duration,
    /// Why and when the run ended.
    stopped: Option<(StopReason, Duration)>,
    /// Since when it waits for those who have not left.
    waiting: Option<Stopwatch>,
}

impl<T: Scalar> Supervisor<T> {
    pub(super) fn new(
        run: Hogwild<T>,
        floor: Arc<Floor<T>>,
        to_workers: Vec<Sender<Order<T>>>,
        inbox: Receiver<Vec<Record>>,
        written: Sender<Vec<Record>>,
    ) -> Self {
        Self {
            pool: Pool::new(run.start.len()),
            n_alive: run.n_workers,
            run,
            floor,
            to_workers,
            inbox,
            written,
            updates: 0,
            latest: Duration::ZERO,
            looked_at: None,
            next_look: Duration::ZERO,
            stopped: None,
            waiting: None,
        }
    }

    /// Begins the run, and follows it until all workers have left or patience is lost.
    pub(super) fn supervise(&mut self, requests: &StopRequests, patience: Duration) {
        self.look(Duration::ZERO);
        self.floor.clock();
        self.wake_all();
        if self.run.updates == Some(0) {
            self.stop(StopReason::Updates, Duration::ZERO);
        }
        while self.stopped.is_none() {
            let now = self.floor.clock().now();
            let left = self.run.seconds.map(|limit| limit.saturating_sub(now));
            let time_is_up = left.map_or_else(never, after);
            select! {
                recv(self.inbox) -> batch => match batch {
                    Ok(batch) => self.take(batch),
                    // Every worker has left by itself, and each has said why.
                    Err(_) => self.stop(StopReason::Starved { alive: 0 }, now),
                },
                recv(requests.channel()) -> reason => {
                    if let Ok(reason) = reason {
                        self.stop(reason, self.floor.clock().now());
                    }
                }
                recv(time_is_up) -> _ => self.stop(StopReason::Seconds, self.floor.clock().now()),
            }
        }
        // What is in the model counts, whenever it is told of.
        let clock = *self.waiting.insert(Stopwatch::start());
        let deadline = clock.moment(patience);
        while let Ok(batch) = self.inbox.recv_deadline(deadline) {
            self.take(batch);
        }
    }

    /// Nothing more is wanted, and whoever waits is woken.
    pub(super) fn dismiss(&mut self) {
        self.floor.stop.raise();
        self.to_workers.clear();
        // Whoever waits for room is let go.
        self.inbox = crossbeam_channel::never();
    }

    /// How much longer the threads may take to leave.
    pub(super) fn patience_left(&self, patience: Duration) -> Duration {
        let waited = self.waiting.map_or(Duration::ZERO, Stopwatch::now);
        // Whoever has passed on its last record is about to leave.
        const A_MOMENT: Duration = Duration::from_millis(100);
        patience.saturating_sub(waited).max(A_MOMENT)
    }

    /// When the run ended.
    pub(super) fn end(&self) -> Duration {
        self.stopped.as_ref().map_or(Duration::MAX, |(_, end)| *end)
    }

    /// Tells of the end. All threads have left, but those that are left behind.
    pub(super) fn finish(mut self) -> Finished<T> {
        let never_began = (StopReason::Requested, Duration::ZERO);
        let (reason, time) = self.stopped.clone().unwrap_or(never_began);
        self.look(time);
        self.emit(&Event::Ended {
            time,
            updates: self.updates,
            reason: &reason,
        });
        let mut last = self.pool.take();
        self.floor.model.read(last.as_mut_slice());
        Finished {
            model: last.freeze(Version::new(self.updates)),
            time,
            reason,
        }
    }

    fn take(&mut self, mut batch: Vec<Record>) {
        for record in batch.drain(..) {
            self.read(record);
        }
        let _ = self.written.try_send(batch);
    }

    fn read(&mut self, record: Record) {
        let Record {
            time,
            worker,
            job,
            times,
            fate,
        } = record;
        match fate {
            Fate::Added => self.added(Added {
                time,
                worker,
                job,
                step_size: self.run.step_size,
                times,
            }),
            Fate::NotFinite => self.stop(
                StopReason::NotFinite {
                    worker,
                    job,
                    read_version: None,
                },
                time,
            ),
            Fate::Diverged => self.stop(
                StopReason::Diverged {
                    version: None,
                    worker,
                    job,
                },
                time,
            ),
            // Whatever an oracle does that was told to break off.
            Fate::Failed(_) if self.stopped.is_some() => {}
            Fate::Failed(failure) => self.lose((time, worker, job), times.started, &failure),
        }
    }

    /// A worker has left, and its job came to nothing: the others make one update more, or the run ends.
    fn lose(
        &mut self,
        (time, worker, job): (Duration, WorkerId, JobId),
        started: Duration,
        failure: &Failure,
    ) {
        let message = failure.to_string();
        self.emit(&Event::Gone {
            time,
            worker,
            job,
            started,
            reason: &message,
        });
        self.n_alive -= 1;
        match self.run.on_loss {
            OnLoss::Stop => {
                let lost = StopReason::WorkerLost {
                    worker,
                    job,
                    message,
                };
                self.stop(lost, time);
            }
            OnLoss::Continue if self.n_alive == 0 => {
                self.stop(StopReason::Starved { alive: 0 }, time);
            }
            OnLoss::Continue => {}
        }
    }

    fn added(&mut self, added: Added) {
        self.updates += 1;
        let time = added.time;
        self.latest = self.latest.max(time);
        if let Some(asked) = added.times.overrun {
            self.emit(&Event::Overrun(Overrun {
                time,
                worker: added.worker,
                job: added.job,
                asked,
                took: added.times.computed,
            }));
        }
        self.emit(&Event::Added(added));
        if let Some((_, end)) = &mut self.stopped {
            *end = (*end).max(time);
            return;
        }
        if self.run.updates == Some(self.updates) {
            return self.stop(StopReason::Updates, time);
        }
        if self.run.seconds.is_some_and(|limit| time > limit) {
            return self.stop(StopReason::Seconds, time);
        }
        let version = Version::new(self.updates);
        let is_wanted = self
            .run
            .watchers
            .iter()
            .any(|watcher| watcher.wants(version));
        if is_wanted || time >= self.next_look {
            let now = self.floor.clock().now();
            self.look(now);
        }
    }

    /// Looks at the model, if it has not been since the last update, and shows it to those who want to see it.
    fn look(&mut self, now: Duration) {
        if self.looked_at.replace(self.updates) == Some(self.updates) {
            return;
        }
        self.next_look = now.saturating_add(LOOK_EVERY);
        let look = match self.updates {
            // Nobody has begun.
            0 => self.run.store.snapshot(),
            updates => {
                let mut buffer = self.pool.take();
                self.floor.model.read(buffer.as_mut_slice());
                let look = buffer.freeze(Version::new(updates));
                let replaced = self.run.store.publish(look.clone());
                self.pool.reclaim(replaced);
                look
            }
        };
        let mut reason = None;
        for watcher in &mut self.run.watchers {
            reason = reason.or(watcher.published(now, &look));
        }
        if let Some(reason) = reason {
            self.stop(reason, now);
        }
    }

    /// Ends the run, after all updates that are known. The first reason counts.
    fn stop(&mut self, reason: StopReason, now: Duration) {
        self.stopped
            .get_or_insert_with(|| (reason, now.max(self.latest)));
        self.floor.stop.raise();
        self.to_workers.clear();
    }

    /// The word to begin, the only one that a worker gets: there is room for it.
    fn wake_all(&self) {
        for worker in &self.to_workers {
            let _ = worker.try_send(Order::Wake);
        }
    }

    fn emit(&mut self, event: &Event<'_>) {
        for observer in &mut self.run.observers {
            observer.observe(event);
        }
    }
}
