//! What a method may ask and do.

use std::time::Duration;

use ps_core::{Action, JobId, Stream, Version, WorkerId};

use crate::arrival::{Arrival, Gradient};
use crate::data_plane::{NotFinite, Plane};
use crate::engine::books::Books;
use crate::step_size::{StepContext, StepSize};

/// The server, as a method sees it for the length of one turn.
///
/// | a method knows | |
/// |---|---|
/// | [`n_workers`](Self::n_workers), [`workers`](Self::workers), [`is_alive`](Self::is_alive) | who there was at the start, who still takes jobs |
/// | [`version`](Self::version), [`now`](Self::now) | updates and time so far |
/// | [`outstanding`](Self::outstanding), [`n_outstanding`](Self::n_outstanding) | jobs that are out, at one worker and in all |
/// | [`concurrency`](Self::concurrency) | how many are to be |
/// | [`step_size`](Self::step_size) | how long the step of a gradient is, `γ` |
/// | [`rng`](Self::rng) | random numbers of its own |
///
/// | it does | |
/// |---|---|
/// | [`step`](Self::step) | `x ← x − γ·g` |
/// | [`hold`](Self::hold) | `sum ← sum + weight·g` |
/// | [`add`](Self::add), [`clear`](Self::clear) | `sum ← sum + weight·other`, `sum ← 0` |
/// | [`step_along`](Self::step_along) | `x ← x − γ·sum` |
/// | [`assign`](Self::assign), [`assign_to_all`](Self::assign_to_all) | a job at the newest version |
/// | [`assign_within`](Self::assign_within) | the same, with a limit |
/// | [`repeat`](Self::repeat) | a job at the version of the one that came back |
/// | [`cancel`](Self::cancel) | cancels a worker's jobs |
pub struct Server<'a> {
    pub(crate) books: &'a mut Books,
    pub(crate) turn: &'a mut Turn,
    pub(crate) plane: &'a mut dyn Plane,
    pub(crate) step_size: &'a mut dyn StepSize,
}

/// A vector on the server into which gradients are added. It is zero at first, takes up memory from
/// its first use on, and keeps that for the whole run.
#[derive(Debug, Default)]
pub struct Accumulator(Option<usize>);

/// The model that a job is to be computed at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Model {
    /// The newest when the turn ends.
    Newest,
    /// That of the job that has come back.
    Same,
}

/// A job that is to go out when the turn ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Assigned {
    pub(crate) worker: WorkerId,
    pub(crate) model: Model,
    pub(crate) limit: Option<Duration>,
}

/// What has been decided in this turn. Reused, so that a turn allocates nothing.
#[derive(Debug, Default)]
pub(crate) struct Turn {
    pub(crate) now: Duration,
    /// The job that has come back, if the turn is about one.
    pub(crate) arrived: Option<JobId>,
    pub(crate) action: Action,
    pub(crate) step_size: Option<f64>,
    /// Steps along an accumulator: the version each made, and its step size.
    pub(crate) updates: Vec<(Version, f64)>,
    /// Whose jobs are cancelled.
    pub(crate) cancelled: Vec<WorkerId>,
    /// Who gets which job, in order.
    pub(crate) assignments: Vec<Assigned>,
    /// A step or an accumulator was not finite; the run ends with this turn.
    pub(crate) not_finite: Option<NotFinite>,
    /// The method panicked, with this message; the run ends with this turn.
    pub(crate) panicked: Option<String>,
}

impl Turn {
    /// The first fault is the cause of those that follow.
    fn fault(&mut self, fault: NotFinite) {
        self.not_finite.get_or_insert(fault);
    }

    pub(crate) fn begin(&mut self, now: Duration) {
        self.now = now;
        self.arrived = None;
        self.action = Action::Discarded;
        self.step_size = None;
        self.updates.clear();
        self.cancelled.clear();
        self.assignments.clear();
        self.not_finite = None;
    }
}

ps_core::debug_fields!([] Server<'_>: books, turn);

/// What a method may know.
impl Server<'_> {
    /// How many workers the run began with.
    pub fn n_workers(&self) -> usize {
        self.books.n_workers()
    }

    /// All of these, in order.
    pub fn workers(&self) -> impl Iterator<Item = WorkerId> + use<> {
        (0..self.n_workers()).map(WorkerId::new)
    }

    /// How many of them are left.
    pub fn n_alive(&self) -> usize {
        self.books.n_alive
    }

    /// Whether this worker still takes jobs.
    pub fn is_alive(&self, worker: WorkerId) -> bool {
        self.books.is_alive(worker)
    }

    /// The newest version: how many updates have been applied.
    pub fn version(&self) -> Version {
        self.books.version
    }

    /// The time since the start of the run.
    pub fn now(&self) -> Duration {
        self.turn.now
    }

    /// How many jobs the run is to keep outstanding: the papers' `τ_C`.
    pub fn concurrency(&self) -> usize {
        self.books.concurrency
    }

    /// How many jobs this worker has, queued ones and those of this turn included.
    pub fn outstanding(&self, worker: WorkerId) -> usize {
        let queued = self
            .turn
            .assignments
            .iter()
            .filter(|assigned| assigned.worker == worker)
            .count();
        self.books.outstanding(worker) + queued
    }

    /// How many jobs all workers that are alive have, those of this turn included.
    pub fn n_outstanding(&self) -> usize {
        self.books.n_outstanding + self.turn.assignments.len()
    }

    /// `γ` for this gradient, by the run's own step rule. Ask once for each update, before the
    /// step: a rule may look at the version on arrival, and keep account of the steps that it has
    /// allowed.
    pub fn step_size(&mut self, arrival: &Arrival) -> f64 {
        let run = StepContext {
            version: self.version(),
            n_workers: self.n_workers(),
            concurrency: self.concurrency(),
        };
        self.step_size.at(arrival, &run)
    }

    /// The method's own random stream.
    #[must_use]
    pub fn rng(&mut self) -> &mut Stream {
        &mut self.books.rng
    }
}

/// What a method may do.
impl Server<'_> {
    /// `x ← x − γ·g`: one update, made in the gradient's own memory.
    pub fn step(&mut self, gradient: Gradient<'_>, step_size: f64) {
        self.step_weighted(gradient, 1.0, step_size);
    }

    /// `x ← x − γ·w·g`. The weight is the gradient's: optimizers are given `w·g`, so that what they
    /// remember is weighted too. The step size of the update is told as `γ·w`.
    pub fn step_weighted(&mut self, gradient: Gradient<'_>, weight: f64, step_size: f64) {
        gradient.consume();
        match self.plane.step(weight, step_size, self.turn.now) {
            Ok(()) => {
                self.books.updated();
                self.turn.action = Action::Applied;
                self.turn.step_size = Some(step_size * weight);
            }
            // The model stays as it is, so the gradient was not applied.
            Err(fault) => self.turn.fault(fault),
        }
    }

    /// `sum ← sum + weight·g`. The gradient may still be stepped with, or held elsewhere too.
    pub fn hold(&mut self, _gradient: &Gradient<'_>, sum: &mut Accumulator, weight: f64) {
        let sum = self.place(sum);
        match self.plane.hold(sum, weight) {
            Ok(()) => self.turn.action = Action::Held,
            Err(fault) => self.turn.fault(fault),
        }
    }

    /// `sum ← 0`.
    pub fn clear(&mut self, sum: &mut Accumulator) {
        if let Some(sum) = sum.0 {
            self.plane.clear(sum);
        }
    }

    /// `sum ← sum + weight·other`.
    pub fn add(&mut self, sum: &mut Accumulator, weight: f64, other: &Accumulator) {
        // One that was never used is zero.
        let Some(other) = other.0 else { return };
        let sum = self.place(sum);
        if let Err(fault) = self.plane.add(sum, weight, other) {
            self.turn.fault(fault);
        }
    }

    /// `x ← x − γ·sum`: one update. The accumulator keeps its value.
    pub fn step_along(&mut self, sum: &mut Accumulator, step_size: f64) {
        let sum = self.place(sum);
        match self.plane.step_along(sum, step_size, self.turn.now) {
            Ok(()) => {
                self.books.updated();
                self.turn.updates.push((self.books.version, step_size));
            }
            Err(fault) => self.turn.fault(fault),
        }
    }

    /// Gives this worker a job at the version that is the newest when the turn ends. A worker runs
    /// its jobs one after the other, in this order. A lost worker takes none.
    pub fn assign(&mut self, worker: WorkerId) {
        self.put(worker, Model::Newest, None);
    }

    /// Gives each worker a job, in order.
    pub fn assign_to_all(&mut self) {
        self.workers().for_each(|worker| self.assign(worker));
    }

    /// The same as [`assign`](Self::assign), but the job expires that long after its worker took it
    /// up, a nanosecond at least. The job then comes back without a gradient, to
    /// [`on_expired`](crate::Method::on_expired).
    pub fn assign_within(&mut self, worker: WorkerId, limit: Duration) {
        let limit = limit.max(Duration::from_nanos(1));
        self.put(worker, Model::Newest, Some(limit));
    }

    /// Gives the worker that has just delivered one more job at the very version of the one that
    /// came back, however old that is by now.
    ///
    /// # Panics
    /// If the arrival is not the one of this turn.
    pub fn repeat(&mut self, arrival: &Arrival) {
        let is_this = self.turn.arrived == Some(arrival.job);
        assert!(
            is_this,
            "only the job that has just come back can be repeated"
        );
        self.put(arrival.worker, Model::Same, None);
    }

    /// Cancels all jobs of this worker that were assigned before this turn, whatever the order of
    /// calls. Those that it has not taken up are gone; the one that it works on comes back as soon
    /// as it can, and its result is not used.
    pub fn cancel(&mut self, worker: WorkerId) {
        self.turn.cancelled.push(worker);
    }

    /// Where an accumulator is, which is made on its first use.
    fn place(&mut self, sum: &mut Accumulator) -> usize {
        *sum.0.get_or_insert_with(|| self.plane.accumulator())
    }

    fn put(&mut self, worker: WorkerId, model: Model, limit: Option<Duration>) {
        if self.books.is_alive(worker) {
            self.turn.assignments.push(Assigned {
                worker,
                model,
                limit,
            });
        }
    }
}
