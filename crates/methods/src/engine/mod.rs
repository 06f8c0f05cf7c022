//! The server: completions go in, the method decides, the data plane carries it out, jobs come out.
//!
//! Order inside one turn: receive → the method decides → step → publish → assignments go out with
//! the *new* version. With one worker every method is therefore SGD, staleness 0 for ever.

pub(crate) mod books;
mod turn;

use std::sync::Arc;
use std::time::Duration;

use ps_core::scalar::{all_finite, has_run_away};
use ps_core::{
    Action, Completion, Event, Failure, Job, JobId, JobTimes, Lost, ModelObserver, Observer,
    OnBadGradient, OnLoss, OracleError, Outbox, Outcome, ParamStore, Purpose, Rejections, Scalar,
    Seed, Service, Snapshot, StopReason, Stopped, WorkerId,
};

use self::books::{Books, Queue, Running};
use crate::arrival::Arrival;
use crate::correction::Correction;
use crate::data_plane::DataPlane;
use crate::method::Method;
use crate::optimizer::Optimizer;
use crate::server::Turn;
use crate::step_size::StepSize;
use crate::stop::StopRule;

/// The server of a run: a method, a model and the books.
pub struct Engine<T: Scalar = f64> {
    method: Box<dyn Method>,
    step_size: Box<dyn StepSize>,
    books: Books,
    turn: Turn,
    queues: Vec<Queue<T>>,
    plane: DataPlane<T>,
    observers: Vec<Box<dyn Observer>>,
    stop_rule: StopRule,
    /// Number of gradients received: jobs that came back without one are not counted.
    n_gradients: u64,
    on_loss: OnLoss,
    on_bad_gradient: OnBadGradient,
    rejections: Rejections,
    /// How many times a driver told of a job that its worker did not have.
    n_ignored: u64,
    /// Who was lost last, on which job, and why.
    last_lost: Option<(WorkerId, JobId, Failure)>,
    /// Why and when the run ended.
    stopped: Option<(StopReason, Duration)>,
}

ps_core::debug_fields!([T: Scalar] Engine<T>: method, step_size, books, stop_rule, stopped);

/// Setting up and reading out.
impl<T: Scalar> Engine<T> {
    /// A server for this many workers that keeps `concurrency` jobs outstanding, from a first
    /// model. The step size is what the method is told when it [asks](crate::Server::step_size).
    ///
    /// # Panics
    /// If there is no worker.
    pub fn new(
        method: Box<dyn Method>,
        step_size: Box<dyn StepSize>,
        n_workers: usize,
        concurrency: usize,
        model: Snapshot<T>,
        seed: Seed,
    ) -> Self {
        assert!(n_workers > 0, "a run has at least one worker");
        let rng = seed.stream_of_run(Purpose::Assignment);
        Self {
            method,
            step_size,
            books: Books::new(n_workers, concurrency, rng),
            turn: Turn::default(),
            queues: (0..n_workers).map(|_| Queue::new()).collect(),
            plane: DataPlane::new(model),
            observers: Vec::new(),
            stop_rule: StopRule::default(),
            n_gradients: 0,
            on_loss: OnLoss::default(),
            on_bad_gradient: OnBadGradient::default(),
            rejections: Rejections::default(),
            n_ignored: 0,
            last_lost: None,
            stopped: None,
        }
    }

    /// Ends the run by itself.
    #[must_use]
    pub fn stop_rule(mut self, rule: StopRule) -> Self {
        self.stop_rule = rule;
        self
    }

    /// What happens when a worker is lost.
    #[must_use]
    pub fn on_lost_worker(mut self, policy: OnLoss) -> Self {
        self.on_loss = policy;
        self
    }

    /// What happens when a gradient has a component that is NaN or infinite.
    #[must_use]
    pub fn on_bad_gradient(mut self, policy: OnBadGradient) -> Self {
        self.on_bad_gradient = policy;
        self
    }

    /// How many times a driver told of a job that its worker did not have: a late result of a lost
    /// worker, a result before the start, one that came twice, or of a worker that there is not.
    pub fn n_ignored(&self) -> u64 {
        self.n_ignored
    }

    /// Corrects each gradient that is used, after the corrections there are.
    pub fn add_correction(&mut self, correction: Box<dyn Correction<T>>) {
        self.plane.corrections.push(correction);
    }

    /// Makes the direction of each update out of what the optimizers there are make of it.
    pub fn add_optimizer(&mut self, optimizer: Box<dyn Optimizer<T>>) {
        self.plane.optimizers.push(optimizer);
    }

    /// Publishes in this store, whose newest version is the first model.
    #[must_use]
    pub fn publish_in(mut self, store: Arc<ParamStore<T>>) -> Self {
        self.plane.store = store;
        self
    }
}

impl<T: Scalar> Engine<T> {
    /// The job that this worker has, if there is such a worker and it has one.
    fn running(&self, worker: WorkerId) -> Option<&Running> {
        self.queues.get(worker.index())?.running.as_ref()
    }

    /// What is wrong with a gradient: it has another length, or it is not finite, where that is not
    /// to end the run.
    #[inline]
    fn fault_of(&self, job: &Job<T>, is_cancelled: bool) -> Option<Failure> {
        let (model, gradient) = (self.plane.model().values(), job.gradient.as_slice());
        if gradient.len() != model.len() {
            let (has, needs) = (gradient.len(), model.len());
            let wrong = format!("its gradient has {has} components, and the model has {needs}");
            return Some(OracleError::from(wrong).into());
        }
        let may_go_on = match self.on_bad_gradient {
            OnBadGradient::Stop => return None,
            OnBadGradient::LoseWorker => true,
            policy => {
                let most_in_vain = Rejections::MAX_IN_VAIN.max(100 * self.queues.len() as u64);
                let updates = self.books.version.number();
                self.rejections.may_grow(policy, updates, most_in_vain)
            }
        };
        // A model that has run away makes bad gradients.
        let is_bad = may_go_on && !is_cancelled && !all_finite(gradient) && !has_run_away(model);
        is_bad.then_some(Failure::NotFinite)
    }
}

impl<T: Scalar> Service<T> for Engine<T> {
    fn start(&mut self, now: Duration, out: &mut Outbox<T>) {
        self.turn.begin(now);
        self.ask(|method, server| method.start(server));
        self.plane.show(now);
        self.end_turn(None, None, out);
    }

    fn complete(&mut self, completion: Completion<T>, now: Duration, out: &mut Outbox<T>) {
        if self.stopped.is_some() {
            return;
        }
        if self.stop_rule.seconds.is_some_and(|limit| now > limit) {
            return self.stop(StopReason::Seconds, now);
        }
        let Completion {
            job,
            times,
            outcome,
        } = completion;
        let running = self.running(job.worker);
        let Some(running) = running.filter(|running| running.job == job.id) else {
            self.n_ignored += 1;
            return;
        };
        let is_cancelled = running.is_cancelled;
        let failure = match outcome {
            Outcome::Gradient => match self.fault_of(&job, is_cancelled) {
                None => return self.receive(job, times, None, now, out),
                Some(failure) => failure,
            },
            Outcome::Cancelled => {
                return self.receive(job, times, Some(Action::Cancelled), now, out);
            }
            Outcome::Expired => return self.receive(job, times, Some(Action::Expired), now, out),
            Outcome::Failed(failure) => failure,
        };
        let discards = matches!(self.on_bad_gradient, OnBadGradient::Discard { .. });
        if discards && !is_cancelled && matches!(failure, Failure::NotFinite) {
            self.rejections.grow(self.books.version.number());
            return self.receive(job, times, Some(Action::Rejected), now, out);
        }
        let worker = job.worker;
        self.plane.recycle(job.snapshot);
        self.lose(worker, &failure, now, out);
    }

    fn lose(&mut self, worker: WorkerId, failure: &Failure, now: Duration, out: &mut Outbox<T>) {
        if self.stopped.is_some() {
            return;
        }
        let Some(running) = self.running(worker).copied() else {
            self.n_ignored += 1;
            return;
        };
        self.turn.begin(now);
        let queue = &mut self.queues[worker.index()];
        queue.running = None;
        let mut lost = vec![running];
        for waiting in queue.waiting.drain(..) {
            lost.push(waiting.numbers);
            self.plane.let_go(waiting.snapshot);
        }
        self.books
            .lost(worker, lost.iter().map(|job| job.read_version));
        let version = self.books.version;
        let reason: Arc<str> = failure.to_string().into();
        let still_out = self.books.n_outstanding;
        let concurrencies = (still_out + 1..=still_out + lost.len()).rev();
        for (lost, concurrency) in lost.into_iter().zip(concurrencies) {
            self.emit(&Event::Lost(Lost {
                time: now,
                worker,
                job: lost.job,
                assigned: lost.assigned,
                read_version: lost.read_version,
                version,
                age: lost.age,
                concurrency,
                reason: Arc::clone(&reason),
            }));
        }
        if self.on_loss == OnLoss::Stop {
            let lost = match failure {
                Failure::Hung(waited) => StopReason::Hung {
                    worker,
                    job: running.job,
                    waited: *waited,
                },
                _ => StopReason::WorkerLost {
                    worker,
                    job: running.job,
                    failure: failure.clone(),
                },
            };
            return self.stop(lost, now);
        }
        self.last_lost = Some((worker, running.job, failure.clone()));
        if self.books.n_alive > 0 {
            self.ask(|method, server| method.on_worker_lost(worker, server));
        }
        self.books.forget(worker);
        let arrival = Arrival::of(&running, worker, JobTimes::default(), 0);
        self.end_turn(Some(&arrival), None, out);
    }

    fn stop(&mut self, reason: StopReason, now: Duration) {
        if self.stopped.is_some() {
            return;
        }
        if !self.observers.is_empty() {
            self.emit_unfinished();
            let version = self.books.version;
            self.emit(&Event::Stopped(Stopped {
                time: now,
                version,
                reason: reason.clone(),
            }));
        }
        self.stopped = Some((reason, now));
    }

    fn stopped(&self) -> Option<&StopReason> {
        self.stopped.as_ref().map(|(reason, _)| reason)
    }

    fn stopped_at(&self) -> Option<Duration> {
        self.stopped.as_ref().map(|(_, time)| *time)
    }

    fn deadline(&self) -> Option<Duration> {
        self.stop_rule.seconds
    }

    fn model(&self) -> &Snapshot<T> {
        self.plane.model()
    }

    fn add_observer(&mut self, observer: Box<dyn Observer>) {
        self.observers.push(observer);
    }

    fn add_model_observer(&mut self, observer: Box<dyn ModelObserver<T>>) {
        self.plane.model_observers.push(observer);
    }
}
