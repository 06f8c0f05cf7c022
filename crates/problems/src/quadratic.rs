//! The simplest problem with data that differ: `f_i(x) = ½‖x − c_i‖²`.

use ps_core::{JobContext, Objective, Oracle, OracleError, Scalar, WorkerId};

use crate::empirical_risk::NoSuchWorker;
use crate::regularizer::Regularizer;

/// One quadratic for each worker, around a centre of its own; gradients are exact. Without a
/// regulariser `f` is smallest at the mean of the centres, and pure asynchronous SGD with constant
/// speeds goes to their mean weighted by speed.
///
/// # Examples
/// ```
/// use problems::Quadratic;
/// use ps_core::Objective;
///
/// let problem = Quadratic::new(&[3.0, 0.0, -6.0]);
/// let mut gradient = [0.0];
/// assert_eq!(problem.loss_and_gradient(&[-1.0], &mut gradient), 7.0);
/// assert_eq!(gradient, [0.0]);
/// ```
#[derive(Clone, Debug)]
pub struct Quadratic<T> {
    dim: usize,
    /// `dim` numbers for each worker, one worker after the other.
    centres: Vec<T>,
    regularizer: Regularizer,
}

impl<T: Scalar> Quadratic<T> {
    /// In one dimension, with one centre for each worker.
    ///
    /// # Panics
    /// If there are no centres.
    pub fn new(centres: &[f64]) -> Self {
        Self::in_dimension(1, centres)
    }

    /// In `dim` dimensions, with the centres of the workers one after the other.
    ///
    /// # Panics
    /// If there are no centres, or `dim` is 0 or does not divide the number of their components.
    pub fn in_dimension(dim: usize, centres: &[f64]) -> Self {
        assert!(!centres.is_empty(), "at least one centre");
        assert!(
            dim > 0 && centres.len().is_multiple_of(dim),
            "{} numbers for centres in dimension {dim}",
            centres.len()
        );
        Self {
            dim,
            centres: centres.iter().map(|&c| T::from_f64(c)).collect(),
            regularizer: Regularizer::none(),
        }
    }

    /// The same with this term added to every `f_i`.
    #[must_use]
    pub fn regularizer(mut self, regularizer: Regularizer) -> Self {
        self.regularizer = regularizer;
        self
    }

    fn count(&self) -> usize {
        self.centres.len() / self.dim
    }

    fn centre(&self, worker: WorkerId) -> Result<&[T], NoSuchWorker> {
        let mut centres = self.centres.chunks_exact(self.dim);
        centres.nth(worker.index()).ok_or_else(|| NoSuchWorker {
            worker,
            n_workers: self.count(),
        })
    }

    fn gradient_around(&self, centre: &[T], x: &[T], out: &mut [T]) {
        out.fill(T::ZERO);
        self.add_centred(centre, x, out);
        self.regularizer.add_gradient(x, out);
    }

    fn add_centred(&self, centre: &[T], x: &[T], out: &mut [T]) {
        for ((out, &x), &c) in out.iter_mut().zip(x).zip(centre) {
            *out += x - c;
        }
    }
}

impl<T: Scalar> Oracle<T> for Quadratic<T> {
    fn dim(&self) -> usize {
        self.dim
    }

    fn n_workers(&self) -> Option<usize> {
        Some(self.count())
    }

    fn gradient(
        &self,
        job: &mut JobContext<'_>,
        x: &[T],
        out: &mut [T],
    ) -> Result<(), OracleError> {
        self.gradient_around(self.centre(job.worker())?, x, out);
        Ok(())
    }
}

impl<T: Scalar> Objective<T> for Quadratic<T> {
    fn loss(&self, x: &[T]) -> f64 {
        let centres = self.centres.chunks_exact(self.dim);
        let squares = centres.flat_map(|centre| {
            let pairs = x.iter().zip(centre);
            let differences = pairs.map(|(x, c)| x.to_f64() - c.to_f64());
            differences.map(|difference| difference * difference)
        });
        let mean = squares.sum::<f64>() / self.count() as f64;
        0.5 * mean + self.regularizer.value(x)
    }

    fn full_gradient(&self, x: &[T], out: &mut [T]) {
        out.fill(T::ZERO);
        for centre in self.centres.chunks_exact(self.dim) {
            self.add_centred(centre, x, out);
        }
        let n = T::from_f64(self.count() as f64);
        out.iter_mut().for_each(|out| *out = *out / n);
        self.regularizer.add_gradient(x, out);
    }

    fn worker_gradient(&self, worker: WorkerId, x: &[T], out: &mut [T]) -> bool {
        let Ok(centre) = self.centre(worker) else {
            return false;
        };
        self.gradient_around(centre, x, out);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::gradient_of;

    #[test]
    fn a_worker_is_drawn_to_its_own_centre() {
        let problem = Quadratic::<f64>::in_dimension(2, &[1.0, 2.0, 10.0, 20.0]);
        assert_eq!((problem.dim(), problem.n_workers()), (2, Some(2)));
        assert_eq!(gradient_of(&problem, 0, 0, &[0.0, 0.0]), [-1.0, -2.0]);
        assert_eq!(gradient_of(&problem, 1, 5, &[0.0, 0.0]), [-10.0, -20.0]);
    }

    #[test]
    fn the_objective_is_the_mean_over_workers_and_the_regulariser() {
        let problem = Quadratic::<f32>::new(&[3.0, -1.0]).regularizer(Regularizer::l2(0.5));
        let mut gradient = [9.0];
        let loss = problem.loss_and_gradient(&[2.0], &mut gradient);
        assert_eq!(loss, 0.5 * (1.0 + 9.0) / 2.0 + 0.25 * 4.0);
        assert_eq!(gradient, [1.0 + 1.0]);
        assert_eq!(gradient_of(&problem, 0, 0, &[2.0]), [-1.0 + 1.0]);
    }

    #[test]
    fn the_gradient_of_a_worker_alone_is_that_of_its_jobs() {
        let problem = Quadratic::<f64>::in_dimension(2, &[1.0, 2.0, 10.0, 20.0])
            .regularizer(Regularizer::l2(0.5));
        let (x, mut out) = ([3.0, -1.0], [f64::NAN; 2]);
        for worker in 0..2 {
            assert!(problem.worker_gradient(WorkerId::new(worker), &x, &mut out));
            assert_eq!(out[..], gradient_of(&problem, worker, 0, &x));
        }
        assert!(!problem.worker_gradient(WorkerId::new(2), &x, &mut out));
    }

    #[test]
    fn a_worker_without_a_centre_is_an_error() {
        let problem = Quadratic::<f64>::new(&[1.0, 2.0]);
        let error = crate::testing::try_gradient(&problem, 2, 0, &[0.0]).unwrap_err();
        assert_eq!(error.to_string(), "worker 2 of 2");
    }
}
