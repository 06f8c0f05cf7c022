//! Oracles whose workers may fail.

use std::sync::Arc;

use asgrad::{Objective, Oracle, Scalar};
use problems::{Batch, ProblemSpec};
use ps_core::{JobContext, OracleError, Seed};

/// Another oracle or objective, some of whose jobs fail.
pub(crate) struct Failing<O> {
    inner: O,
    fails: Box<dyn Fn(usize, u64) -> bool + Send + Sync>,
}

/// Fails with the jobs `(worker, job)` of which this is true.
pub(crate) fn failing<O>(
    inner: O,
    fails: impl Fn(usize, u64) -> bool + Send + Sync + 'static,
) -> Failing<O> {
    let fails = Box::new(fails);
    Failing { inner, fails }
}

impl<T: Scalar, O: Oracle<T>> Oracle<T> for Failing<O> {
    fn dim(&self) -> usize {
        self.inner.dim()
    }

    fn n_workers(&self) -> Option<usize> {
        self.inner.n_workers()
    }

    fn gradient(
        &self,
        job: &mut JobContext<'_>,
        x: &[T],
        out: &mut [T],
    ) -> Result<(), OracleError> {
        if (self.fails)(job.worker().index(), job.job().number()) {
            return Err("out of \"luck\"".into());
        }
        self.inner.gradient(job, x, out)
    }
}

impl<T: Scalar, O: Objective<T>> Objective<T> for Failing<O> {
    fn loss(&self, x: &[T]) -> f64 {
        self.inner.loss(x)
    }

    fn full_gradient(&self, x: &[T], out: &mut [T]) {
        self.inner.full_gradient(x, out);
    }
}

/// Some rows for each worker; nobody fails.
pub(crate) fn problem<T: Scalar>(n_workers: usize, seed: u64) -> Arc<dyn Objective<T>> {
    let spec = ProblemSpec {
        rows: Some(3 * n_workers),
        batch: Batch::Size(2.try_into().unwrap()),
        ..ProblemSpec::new("synthetic:1,1".parse().unwrap())
    };
    spec.load(n_workers, Seed::new(seed)).unwrap().objective
}
