//! The calling thread: it puts what workers have done into the order of tickets, and ends the run.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, after, select};
use ps_core::{
    Action, Event, Failure, Lost, OnLoss, Overrun, Pool, Received, Scalar, StopReason, Stopped,
    Version,
};

use super::Common;
use super::book::{Fault, Record, Sorter};
use crate::drivers::report::DriverReport;
use crate::drivers::silence::{Overdue, Watch};
use crate::drivers::stopwatch::Stopwatch;
use crate::drivers::threads::Threads;
use crate::drivers::threads::job_run::{Order, Signals, ToWorkers};
use crate::drivers::{Finished, Prepared};

/// Age at which the copy of the model in the store is made anew; and time after which the
/// supervisor looks into the books though nobody has called.
const COPY_EVERY: Duration = Duration::from_millis(100);
/// How many times as long as a copy took none is made after it: copies then take some per cent of
/// the time.
const REST: u32 = 30;
/// How much time whoever has told of its last job gets to leave, at least.
const TO_LEAVE: Duration = Duration::from_millis(100);

/// The one who supervises.
pub(super) struct Supervisor<T: Scalar> {
    run: Prepared<T>,
    common: Arc<Common<T>>,
    signals: Arc<Signals>,
    to_workers: ToWorkers<T>,
    bell: Receiver<()>,
    pool: Pool<T>,
    n_alive: usize,
    sorter: Sorter,
    /// An empty list, to be exchanged for what is in a book.
    empty: Vec<Record>,
    watch: Watch,
    /// How many updates were known when the model was copied last, and when the next copy is due.
    copied_at: Option<u64>,
    next_copy: Duration,
    /// Before that no copy is made, so that workers are not kept waiting by copies.
    rested: Duration,
    /// Why and when the run ended.
    stopped: Option<(StopReason, Duration)>,
    /// How long it waits for those who have not left, and since when.
    patience: Duration,
    waiting: Option<Stopwatch>,
}

impl<T: Scalar> Supervisor<T> {
    pub(super) fn new(
        run: Prepared<T>,
        common: Arc<Common<T>>,
        signals: Arc<Signals>,
        to_workers: ToWorkers<T>,
        bell: Receiver<()>,
        threads: &Threads,
    ) -> Self {
        let (n_workers, overdue) = (to_workers.len(), run.overdue.clone());
        Self {
            pool: Pool::new(common.model.dim()),
            n_alive: n_workers,
            run,
            common,
            signals,
            to_workers,
            bell,
            sorter: Sorter::default(),
            empty: Vec::new(),
            watch: Watch::new(n_workers, threads.silence, None, overdue),
            copied_at: None,
            next_copy: Duration::ZERO,
            rested: Duration::ZERO,
            stopped: None,
            patience: threads.patience,
            waiting: None,
        }
    }

    /// Begins the run, and follows it until all workers have left or patience is lost.
    pub(super) fn supervise(&mut self) {
        self.show_model(Duration::ZERO);
        self.signals.clock();
        // The word to begin, the only one that a worker gets: there is room for it.
        for worker in &self.to_workers {
            let _ = worker.try_send(Order::Wake);
        }
        if self.run.updates == Some(0) {
            self.stop(StopReason::Updates, Duration::ZERO);
        }
        while self.stopped.is_none() {
            let now = self.signals.clock().now();
            let left = self.run.time_limit.map(|limit| limit.saturating_sub(now));
            let asleep = left.map_or(COPY_EVERY, |left| left.min(COPY_EVERY));
            let wake_up = after(asleep);
            select! {
                recv(self.bell) -> called => {
                    self.read_books();
                    if called.is_err() {
                        // Every worker has left by itself, and each has said why.
                        self.stop(StopReason::Starved { alive: 0 }, now);
                    }
                }
                recv(self.run.requests.channel()) -> reason => {
                    if let Ok(reason) = reason {
                        self.stop(reason, self.signals.clock().now());
                    }
                }
                recv(wake_up) -> _ => {
                    self.read_books();
                    let begun = now;
                    let now = self.signals.clock().now();
                    if self.run.time_limit.is_some_and(|limit| now >= limit) {
                        self.stop(StopReason::Seconds, now);
                    }
                    self.look_for_silent(now, (now - begun).saturating_sub(asleep));
                }
            }
        }
        // What is in the model counts, whenever it is told of.
        let clock = *self.waiting.insert(Stopwatch::start());
        let deadline = clock.moment(self.patience);
        while self.bell.recv_deadline(deadline).is_ok() {
            self.read_books();
        }
        self.read_books();
    }

    /// Writes down who has been at a job for very long, and ends the run where nobody has made an
    /// update meanwhile. `late` is by how much this came late.
    fn look_for_silent(&mut self, now: Duration, late: Duration) {
        for (known, book) in self.watch.out.iter_mut().zip(&self.common.books) {
            let reading = book.lock().reading;
            if known.map(|known| known.job) != reading.map(|reading| reading.job) {
                *known = reading;
            }
        }
        let hung = self.watch.look(now, late);
        if let Some(Overdue { job, time, .. }) = hung.into_iter().max_by_key(|hung| hung.time) {
            let hung = StopReason::Hung {
                worker: job.worker,
                job: job.job,
                waited: time,
            };
            self.stop(hung, now);
        }
    }

    /// Nothing more is wanted, and whoever waits is woken.
    pub(super) fn dismiss(&mut self) {
        self.signals.stop.raise();
        self.to_workers.clear();
        // Whoever waits to be heard is let go.
        self.bell = crossbeam_channel::never();
    }

    /// How much longer the threads may take to leave.
    pub(super) fn patience_left(&self) -> Duration {
        let waited = self.waiting.map_or(Duration::ZERO, Stopwatch::now);
        self.patience.saturating_sub(waited).max(TO_LEAVE)
    }

    /// When the run ended.
    pub(super) fn end(&self) -> Duration {
        self.stopped.as_ref().map_or(Duration::MAX, |(_, end)| *end)
    }

    /// Tells of the end. All threads have left, but those that are left behind.
    pub(super) fn finish(mut self, report: DriverReport) -> Finished<T> {
        let never_began = (StopReason::Requested, Duration::ZERO);
        let (reason, time) = self.stopped.clone().unwrap_or(never_began);
        self.show_model(time);
        self.emit_unfinished();
        let version = Version::new(self.sorter.next);
        self.emit(&Event::Stopped(Stopped {
            time,
            version,
            reason: reason.clone(),
        }));
        let mut last = self.pool.take();
        self.common.model.read(last.as_mut_slice());
        Finished {
            model: last.freeze(version),
            time,
            reason,
            report,
        }
    }

    /// Tells of the jobs that have read the model and have not ended.
    fn emit_unfinished(&mut self) {
        let books = self.common.books.iter();
        let mut unfinished: Vec<_> = books.filter_map(|book| book.lock().reading).collect();
        unfinished.sort_unstable_by_key(|unfinished| unfinished.job);
        for unfinished in unfinished {
            self.emit(&Event::Assigned(unfinished));
        }
    }

    /// Hears what every worker has done.
    fn read_books(&mut self) {
        let common = Arc::clone(&self.common);
        let mut records = std::mem::take(&mut self.empty);
        for book in &common.books {
            std::mem::swap(&mut book.lock().ended, &mut records);
            for record in records.drain(..) {
                self.sorter.put(record);
            }
        }
        self.empty = records;
        while let Some(record) = self.sorter.take() {
            self.tell(record);
        }
    }

    /// Tells of a job that has ended, and draws the conclusions.
    fn tell(&mut self, record: Record) {
        let received = record.received;
        let Received {
            time, worker, job, ..
        } = received;
        let reason = match record.fault {
            Some(Fault::Failed(failure)) => return self.lost(&received, &failure),
            Some(Fault::Diverged) => Some(StopReason::Diverged {
                version: received.version,
                worker,
                job,
            }),
            Some(Fault::NotFinite) => Some(StopReason::NotFinite {
                worker,
                job,
                read_version: received.read_version,
            }),
            None => None,
        };
        if received.action.has_gradient() {
            let out = received.time.saturating_sub(received.assigned);
            self.watch.times.count(out);
        }
        if let Some(asked) = received.times.overrun {
            self.emit(&Event::Overrun(Overrun {
                time,
                worker,
                job,
                asked,
                took: received.times.computed,
            }));
        }
        self.emit(&Event::Received(received));
        if let Some(reason) = reason {
            self.stop(reason, time);
        }
        if received.action == Action::Applied {
            self.updated(time);
        }
    }

    /// There is one update more.
    fn updated(&mut self, time: Duration) {
        self.watch.updated = self.watch.updated.max(time);
        if let Some((_, end)) = &mut self.stopped {
            *end = (*end).max(time);
            return;
        }
        if self.run.updates == Some(self.sorter.next) {
            return self.stop(StopReason::Updates, time);
        }
        if self.run.time_limit.is_some_and(|limit| time > limit) {
            return self.stop(StopReason::Seconds, time);
        }
        let version = Version::new(self.sorter.next);
        let mut observers = self.run.model_observers.iter();
        let is_wanted = observers.any(|observer| observer.wants(version));
        if is_wanted && time >= self.rested || time >= self.next_copy {
            let now = self.signals.clock().now();
            self.show_model(now);
        }
    }

    /// A worker has left, and its job came to nothing: the others make one update more, or the run
    /// ends.
    fn lost(&mut self, job: &Received, failure: &Failure) {
        let (time, worker) = (job.time, job.worker);
        self.emit(&Event::Lost(Lost {
            time,
            worker,
            job: job.job,
            assigned: job.assigned,
            read_version: job.read_version,
            version: job.version,
            age: job.age,
            concurrency: job.concurrency,
            reason: failure.to_string().into(),
        }));
        self.n_alive -= 1;
        match self.run.on_lost_worker {
            OnLoss::Stop => {
                let lost = StopReason::WorkerLost {
                    worker,
                    job: job.job,
                    failure: failure.clone(),
                };
                self.stop(lost, time);
            }
            OnLoss::Continue if self.n_alive == 0 => {
                let lost = StopReason::AllLost {
                    workers: self.run.cluster.n_workers(),
                    worker,
                    job: job.job,
                    failure: failure.clone(),
                };
                self.stop(lost, time);
            }
            OnLoss::Continue => {}
        }
    }

    /// Copies the model, if there was an update since the last copy, and shows it to those who want
    /// to see it. The copy has at least the updates that are known; others write meanwhile.
    fn show_model(&mut self, now: Duration) {
        if self.copied_at.replace(self.sorter.next) == Some(self.sorter.next) {
            return;
        }
        self.next_copy = now.saturating_add(COPY_EVERY);
        let copy = match self.sorter.next {
            // Nobody has begun.
            0 => self.run.store.snapshot(),
            updates => {
                let mut buffer = self.pool.take();
                self.common.model.read(buffer.as_mut_slice());
                let copy = buffer.freeze(Version::new(updates));
                let replaced = self.run.store.publish(copy.clone());
                self.pool.reclaim(replaced);
                copy
            }
        };
        let mut reason = None;
        for observer in &mut self.run.model_observers {
            reason = reason.or(observer.published(now, &copy));
        }
        if let Some(reason) = reason {
            self.stop(reason, now);
        }
        let done = self.signals.clock().now();
        let rest = done.saturating_sub(now).saturating_mul(REST);
        self.rested = done.saturating_add(rest);
        self.next_copy = self.next_copy.max(self.rested);
    }

    /// Ends the run, after all updates that are known. The first reason counts.
    fn stop(&mut self, reason: StopReason, now: Duration) {
        self.stopped
            .get_or_insert_with(|| (reason, now.max(self.watch.updated)));
        self.signals.stop.raise();
        self.to_workers.clear();
    }

    fn emit(&mut self, event: &Event) {
        for observer in &mut self.run.observers {
            observer.observe(event);
        }
    }
}
