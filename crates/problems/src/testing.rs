//! What the tests of several files need.

use ps_core::{JobId, Objective, Oracle, OracleError, Scalar, Seed, WorkerId, gradient_at};

/// The gradient of a job, in a run with seed 1.
pub(crate) fn try_gradient<T: Scalar>(
    oracle: &(impl Oracle<T> + ?Sized),
    worker: usize,
    job: u64,
    x: &[T],
) -> Result<Vec<T>, OracleError> {
    gradient_at(
        oracle,
        WorkerId::new(worker),
        JobId::new(job),
        Seed::new(1),
        x,
    )
}

/// The same where no error is expected.
pub(crate) fn gradient_of<T: Scalar>(
    oracle: &(impl Oracle<T> + ?Sized),
    worker: usize,
    job: u64,
    x: &[T],
) -> Vec<T> {
    try_gradient(oracle, worker, job, x).unwrap()
}

/// The gradient of the objective.
pub(crate) fn full_gradient<T: Scalar>(objective: &dyn Objective<T>, x: &[T]) -> Vec<T> {
    let mut out = vec![T::NAN; objective.dim()];
    objective.full_gradient(x, &mut out);
    out
}

/// The euclidean norm.
pub(crate) fn norm<T: Scalar>(x: &[T]) -> f64 {
    x.iter().map(|x| x.to_f64().powi(2)).sum::<f64>().sqrt()
}

/// `a − b`.
pub(crate) fn difference<T: Scalar>(a: &[T], b: &[T]) -> Vec<T> {
    a.iter().zip(b).map(|(&a, &b)| a - b).collect()
}
