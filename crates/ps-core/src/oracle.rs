//! What a user embeds: the gradient of a model, and optionally its loss.

use std::sync::Arc;

use crate::ids::{JobId, WorkerId};
use crate::job_context::{JobContext, OracleError};
use crate::scalar::Scalar;
use crate::seed::Seed;
use crate::sparse::SparseOracle;

/// Stochastic gradients of the workers' objectives `f_i`.
///
/// Called from several threads at once, each with the worker in whose name it computes. Make one
/// from a closure with [`from_fn`].
pub trait Oracle<T: Scalar = f64>: Send + Sync {
    /// The number `d` of parameters.
    fn dim(&self) -> usize;

    /// For how many workers there is data, when that is fixed. Default: any number.
    fn n_workers(&self) -> Option<usize> {
        None
    }

    /// Writes a stochastic gradient of `f_i` at `x` into `out`, for the worker `i` of this job.
    /// Both slices have `d` components. What `out` holds before is unspecified: write every
    /// component.
    ///
    /// A job's result must depend on nothing but `x`, the worker and the job's number (draw from
    /// [`JobContext::rng`]): only then do equal seeds give equal bits.
    ///
    /// # Errors
    /// Whatever the computation may fail with, or [`DataUsedUp`](crate::DataUsedUp). The worker is
    /// then lost, and by default the run ends.
    fn gradient(&self, job: &mut JobContext<'_>, x: &[T], out: &mut [T])
    -> Result<(), OracleError>;

    /// The same oracle as one whose gradients touch few components, if they do. Only Hogwild! asks.
    /// Default: they do not.
    fn sparse(&self) -> Option<&dyn SparseOracle<T>> {
        None
    }
}

/// An oracle whose progress can be measured: `f = (1/n) Σ f_i` and its exact gradient.
pub trait Objective<T: Scalar = f64>: Oracle<T> {
    /// `f(x)`.
    fn loss(&self, x: &[T]) -> f64;

    /// Writes `∇f(x)` into `out`, which has `d` components.
    fn full_gradient(&self, x: &[T], out: &mut [T]);

    /// Both in one pass, where that is cheaper; the gradient goes into `out`.
    fn loss_and_gradient(&self, x: &[T], out: &mut [T]) -> f64 {
        self.full_gradient(x, out);
        self.loss(x)
    }

    /// Writes `∇f_i(x)`, the exact gradient of one worker's objective, into `out`, which has `d`
    /// components, and says whether it could. Default: it is not known, and `out` stays as it is.
    fn worker_gradient(&self, _worker: WorkerId, _x: &[T], _out: &mut [T]) -> bool {
        false
    }

    /// The share of correctly classified rows, for classification.
    fn accuracy(&self, _x: &[T]) -> Option<f64> {
        None
    }
}

impl<T: Scalar, O: Oracle<T> + ?Sized> Oracle<T> for Arc<O> {
    fn dim(&self) -> usize {
        (**self).dim()
    }

    fn n_workers(&self) -> Option<usize> {
        (**self).n_workers()
    }

    fn gradient(
        &self,
        job: &mut JobContext<'_>,
        x: &[T],
        out: &mut [T],
    ) -> Result<(), OracleError> {
        (**self).gradient(job, x, out)
    }

    fn sparse(&self) -> Option<&dyn SparseOracle<T>> {
        (**self).sparse()
    }
}

impl<T: Scalar, O: Objective<T> + ?Sized> Objective<T> for Arc<O> {
    fn loss(&self, x: &[T]) -> f64 {
        (**self).loss(x)
    }

    fn full_gradient(&self, x: &[T], out: &mut [T]) {
        (**self).full_gradient(x, out);
    }

    fn loss_and_gradient(&self, x: &[T], out: &mut [T]) -> f64 {
        (**self).loss_and_gradient(x, out)
    }

    fn worker_gradient(&self, worker: WorkerId, x: &[T], out: &mut [T]) -> bool {
        (**self).worker_gradient(worker, x, out)
    }

    fn accuracy(&self, x: &[T]) -> Option<f64> {
        (**self).accuracy(x)
    }
}

/// What a closure passed to [`from_fn`] may return: nothing, or a `Result` with any error.
pub trait GradientResult {
    /// As the oracle's own result.
    ///
    /// # Errors
    /// The closure's error.
    fn into_result(self) -> Result<(), OracleError>;
}

impl GradientResult for () {
    fn into_result(self) -> Result<(), OracleError> {
        Ok(())
    }
}

impl<E: Into<OracleError>> GradientResult for Result<(), E> {
    fn into_result(self) -> Result<(), OracleError> {
        self.map_err(Into::into)
    }
}

/// An oracle from a closure `(job, x, out)` that writes the gradient at `x` into `out`, for `dim`
/// parameters.
///
/// # Examples
/// ```
/// use ps_core::{Oracle, from_fn};
///
/// // f_i(x) = ½(x − i)²
/// let oracle = from_fn(1, |job, x: &[f64], out: &mut [f64]| {
///     out[0] = x[0] - job.worker().index() as f64;
/// });
/// assert_eq!(oracle.dim(), 1);
/// ```
pub fn from_fn<T, F, R>(dim: usize, gradient: F) -> impl Oracle<T>
where
    T: Scalar,
    F: Fn(&mut JobContext<'_>, &[T], &mut [T]) -> R + Send + Sync,
    R: GradientResult,
{
    FnOracle { dim, gradient }
}

/// The gradient that an oracle computes for one job of a run with this seed, outside any run: for a
/// test of one's own oracle.
///
/// # Errors
/// The oracle's error.
///
/// # Examples
/// ```
/// use ps_core::{JobId, Seed, WorkerId, from_fn, gradient_at};
///
/// let oracle = from_fn(1, |_, x: &[f64], out: &mut [f64]| out[0] = x[0] - 3.0);
/// let (worker, job, seed) = (WorkerId::new(0), JobId::new(0), Seed::new(1));
/// assert_eq!(gradient_at(&oracle, worker, job, seed, &[1.0])?, [-2.0]);
/// # Ok::<(), ps_core::OracleError>(())
/// ```
pub fn gradient_at<T: Scalar>(
    oracle: &(impl Oracle<T> + ?Sized),
    worker: WorkerId,
    job: JobId,
    seed: Seed,
    x: &[T],
) -> Result<Vec<T>, OracleError> {
    let mut context = JobContext::new(worker, job, seed, &|| false);
    // A component that the oracle does not write shows as one that is not a number.
    let mut out = vec![T::NAN; oracle.dim()];
    oracle.gradient(&mut context, x, &mut out)?;
    Ok(out)
}

struct FnOracle<F> {
    dim: usize,
    gradient: F,
}

impl<T, F, R> Oracle<T> for FnOracle<F>
where
    T: Scalar,
    F: Fn(&mut JobContext<'_>, &[T], &mut [T]) -> R + Send + Sync,
    R: GradientResult,
{
    fn dim(&self) -> usize {
        self.dim
    }

    fn gradient(
        &self,
        job: &mut JobContext<'_>,
        x: &[T],
        out: &mut [T],
    ) -> Result<(), OracleError> {
        (self.gradient)(job, x, out).into_result()
    }
}
