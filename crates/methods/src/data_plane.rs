//! The model, its versions and its accumulators. Carries out what the method decided; decides
//! nothing.

use std::sync::Arc;
use std::time::Duration;

use ps_core::scalar::{all_finite, has_run_away};
use ps_core::{Buffer, ModelObserver, ParamStore, Pool, Scalar, Snapshot, StopReason};

use crate::correction::Correction;
use crate::kernel;
use crate::optimizer::Optimizer;

/// The data plane as a method's [`Server`](crate::Server) sees it: operations without the number
/// type.
pub(crate) trait Plane {
    /// `x ← x − γ·w·g` with the gradient that has arrived; its buffer becomes the new version.
    fn step(&mut self, weight: f64, step_size: f64, now: Duration) -> Result<(), NotFinite>;
    /// `sum ← sum + weight·g` with the gradient that has arrived.
    fn hold(&mut self, accumulator: usize, weight: f64) -> Result<(), NotFinite>;
    /// A new accumulator, all zeros.
    fn accumulator(&mut self) -> usize;
    /// `sum ← sum + weight·other`, two accumulators.
    fn add(&mut self, sum: usize, weight: f64, other: usize) -> Result<(), NotFinite>;
    /// `sum ← 0`.
    fn clear(&mut self, accumulator: usize);
    /// `x ← x − γ·sum`.
    fn step_along(
        &mut self,
        accumulator: usize,
        step_size: f64,
        now: Duration,
    ) -> Result<(), NotFinite>;
}

/// Whose fault it is that a result was not finite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotFinite {
    /// The gradient had a NaN or infinite component.
    Gradient,
    /// The gradient was finite, but the step too large; or the model had run away before.
    Model,
}

pub(crate) struct DataPlane<T: Scalar> {
    /// The newest version. The server reads it here, without the store's lock.
    model: Snapshot<T>,
    /// Where the newest version is published.
    pub(crate) store: Arc<ParamStore<T>>,
    pool: Pool<T>,
    /// The gradient that has arrived, until a step consumes it.
    gradient: Option<Buffer<T>>,
    /// The model that it was computed at, until it is corrected. `None` where nothing corrects.
    read: Option<Snapshot<T>>,
    /// Whether the gradient was looked at before something changed it.
    is_known_finite: bool,
    accumulators: Vec<Buffer<T>>,
    /// The sum of the weights of the gradients in each accumulator.
    weights: Vec<f64>,
    pub(crate) corrections: Vec<Box<dyn Correction<T>>>,
    pub(crate) optimizers: Vec<Box<dyn Optimizer<T>>>,
    pub(crate) model_observers: Vec<Box<dyn ModelObserver<T>>>,
    /// The reason to stop that one of them gave for the newest version.
    stop: Option<StopReason>,
}

impl<T: Scalar> DataPlane<T> {
    pub(crate) fn new(model: Snapshot<T>) -> Self {
        Self {
            store: Arc::new(ParamStore::new(model.clone())),
            pool: Pool::new(model.values().len()),
            model,
            gradient: None,
            read: None,
            is_known_finite: false,
            accumulators: Vec::new(),
            weights: Vec::new(),
            corrections: Vec::new(),
            optimizers: Vec::new(),
            model_observers: Vec::new(),
            stop: None,
        }
    }

    pub(crate) fn model(&self) -> &Snapshot<T> {
        &self.model
    }

    /// An empty buffer for the gradient of a job.
    pub(crate) fn gradient_buffer(&mut self) -> Buffer<T> {
        self.pool.take()
    }

    /// Takes up the gradient of the turn that begins, computed at this model.
    pub(crate) fn receive(&mut self, gradient: Buffer<T>, read: &Snapshot<T>) {
        self.gradient = Some(gradient);
        self.is_known_finite = false;
        if !self.corrections.is_empty() {
            self.read = Some(read.clone());
        }
    }

    /// Ends the turn: what nobody needs any more goes back to the pool.
    pub(crate) fn recycle(&mut self, snapshot: Snapshot<T>) {
        if let Some(unused) = self.gradient.take() {
            self.pool.give(unused);
        }
        self.read = None;
        self.pool.reclaim(snapshot);
    }

    /// Takes back a model that a job was to be computed at.
    pub(crate) fn let_go(&mut self, snapshot: Snapshot<T>) {
        self.pool.reclaim(snapshot);
    }

    /// The reason to stop that somebody gave who was shown the newest version, once.
    pub(crate) fn take_stop(&mut self) -> Option<StopReason> {
        self.stop.take()
    }

    fn publish(&mut self, next: Buffer<T>, now: Duration) {
        if !self.corrections.is_empty() {
            self.tell_corrections(next.as_slice());
        }
        let next = next.freeze(self.model.version().next());
        // Our own hold on the old version ends before the store returns it, so that its memory can
        // be reused.
        self.model = next.clone();
        let replaced = self.store.publish(next);
        self.pool.reclaim(replaced);
        self.show(now);
    }

    /// Shows the newest version to those who want to see it.
    pub(crate) fn show(&mut self, now: Duration) {
        for observer in &mut self.model_observers {
            let reason = observer.published(now, &self.model);
            self.stop = self.stop.take().or(reason);
        }
    }

    /// The gradient that has arrived, corrected when it is first used. Out of the way of runs that
    /// correct nothing.
    #[cold]
    fn correct(&mut self) -> Result<(), NotFinite> {
        let Some(read) = self.read.take() else {
            return Ok(());
        };
        self.look_at_gradient()?;
        let gradient = self.gradient.as_mut().expect(USED_ONCE).as_mut_slice();
        for correction in &mut self.corrections {
            correction.correct(gradient, &read, &self.model);
        }
        Ok(())
    }

    /// Makes a direction of the weighted gradient, in its own memory.
    #[cold]
    fn direct(&mut self, weight: f64) -> Result<(), NotFinite> {
        self.look_at_gradient()?;
        let direction = self.gradient.as_mut().expect(USED_ONCE).as_mut_slice();
        // A weight of 1 changes no bit.
        let weight = T::from_f64(weight);
        direction.iter_mut().for_each(|g| *g = weight * *g);
        for optimizer in &mut self.optimizers {
            optimizer.direct(self.model.values(), direction);
        }
        Ok(())
    }

    /// Looks at the gradient before anything changes it, so that it is blamed for its own faults
    /// alone.
    fn look_at_gradient(&mut self) -> Result<(), NotFinite> {
        let gradient = self.gradient.as_ref().expect(USED_ONCE).as_slice();
        self.is_known_finite = self.is_known_finite || all_finite(gradient);
        if self.is_known_finite {
            Ok(())
        } else {
            Err(self.fault(true))
        }
    }

    /// Whose fault it is, if the gradient looks as if it was its own. A model that had run away
    /// before makes bad gradients.
    fn fault(&self, is_bad_gradient: bool) -> NotFinite {
        if is_bad_gradient && !self.is_known_finite && !has_run_away(self.model.values()) {
            NotFinite::Gradient
        } else {
            NotFinite::Model
        }
    }

    #[cold]
    fn tell_corrections(&mut self, next: &[T]) {
        for correction in &mut self.corrections {
            correction.updated(self.model.values(), next);
        }
    }

    /// `x ← x − γ·w·d`: the direction `d` is what the optimizers make of the mean `sum/w` of an
    /// accumulator.
    fn step_along_mean(
        &mut self,
        accumulator: usize,
        step_size: f64,
        now: Duration,
    ) -> Result<(), NotFinite> {
        // Weights that add up to nothing have no mean: the sum itself is the direction.
        let weight = self.weights[accumulator];
        let weight = if weight > 0.0 { weight } else { 1.0 };
        let mut next = self.pool.take();
        let sum = self.accumulators[accumulator].as_slice();
        kernel::divide(sum, T::from_f64(weight), next.as_mut_slice());
        for optimizer in &mut self.optimizers {
            optimizer.direct(self.model.values(), next.as_mut_slice());
        }
        let step_size = T::from_f64(step_size * weight);
        if !kernel::descend(self.model.values(), next.as_mut_slice(), step_size) {
            self.pool.give(next);
            return Err(NotFinite::Model);
        }
        self.publish(next, now);
        Ok(())
    }
}

/// Why there is a gradient.
const USED_ONCE: &str = "a gradient is held before it is stepped with, and stepped with once";

impl<T: Scalar> Plane for DataPlane<T> {
    fn step(&mut self, weight: f64, step_size: f64, now: Duration) -> Result<(), NotFinite> {
        if self.read.is_some() {
            self.correct()?;
        }
        // What remembers gradients has to remember them as they weigh. Where nothing does, the
        // weight costs no pass of its own.
        let step_size = if self.optimizers.is_empty() {
            T::from_f64(step_size * weight)
        } else {
            self.direct(weight)?;
            T::from_f64(step_size)
        };
        let mut gradient = self.gradient.take().expect(USED_ONCE);
        if !kernel::descend(self.model.values(), gradient.as_mut_slice(), step_size) {
            // From a moderate model only a bad gradient leads to NaN, or, with a step size up to 1,
            // to infinity.
            let is_nan = |v: &T| v.partial_cmp(v).is_none();
            let is_bad = step_size.abs() <= T::ONE || gradient.as_slice().iter().any(is_nan);
            self.pool.give(gradient);
            return Err(self.fault(is_bad && step_size.is_finite()));
        }
        self.publish(gradient, now);
        Ok(())
    }

    fn hold(&mut self, accumulator: usize, weight: f64) -> Result<(), NotFinite> {
        if self.read.is_some() {
            self.correct()?;
        }
        let gradient = self.gradient.as_ref().expect(USED_ONCE);
        let sum = self.accumulators[accumulator].as_mut_slice();
        self.weights[accumulator] += weight;
        if kernel::accumulate(sum, T::from_f64(weight), gradient.as_slice()) {
            return Ok(());
        }
        // Finite gradients may have a sum that is not.
        let is_bad = !all_finite(gradient.as_slice());
        Err(self.fault(is_bad))
    }

    fn accumulator(&mut self) -> usize {
        let dim = self.model.values().len();
        self.accumulators.push(Buffer::zeros(dim));
        self.weights.push(0.0);
        self.accumulators.len() - 1
    }

    fn add(&mut self, sum: usize, weight: f64, other: usize) -> Result<(), NotFinite> {
        self.weights[sum] += weight * self.weights[other];
        let [sum, other] = self
            .accumulators
            .get_disjoint_mut([sum, other])
            .expect("a sum is not added to itself");
        let is_finite =
            kernel::accumulate(sum.as_mut_slice(), T::from_f64(weight), other.as_slice());
        // What was held was finite; only their sum may not be.
        is_finite.then_some(()).ok_or(NotFinite::Model)
    }

    fn clear(&mut self, accumulator: usize) {
        self.weights[accumulator] = 0.0;
        self.accumulators[accumulator].as_mut_slice().fill(T::ZERO);
    }

    fn step_along(
        &mut self,
        accumulator: usize,
        step_size: f64,
        now: Duration,
    ) -> Result<(), NotFinite> {
        if !self.optimizers.is_empty() {
            return self.step_along_mean(accumulator, step_size, now);
        }
        let mut next = self.pool.take();
        let sum = self.accumulators[accumulator].as_slice();
        let step_size = T::from_f64(step_size);
        if !kernel::descend_along(self.model.values(), sum, step_size, next.as_mut_slice()) {
            // The sum was finite.
            self.pool.give(next);
            return Err(NotFinite::Model);
        }
        self.publish(next, now);
        Ok(())
    }
}
