//! A problem whose workers may fail.

use std::sync::Arc;

use asgrad::{Objective, Oracle, Scalar};
use problems::{Batch, ProblemSpec};
use ps_core::{JobContext, OracleError, Seed};

/// A problem whose workers may fail from some job on.
pub(crate) struct Failing<T: Scalar> {
    pub(crate) objective: Arc<dyn Objective<T>>,
    pub(crate) fails: fn(worker: usize, job: u64) -> bool,
}

impl<T: Scalar> Oracle<T> for Failing<T> {
    fn dim(&self) -> usize {
        self.objective.dim()
    }

    fn n_workers(&self) -> Option<usize> {
        self.objective.n_workers()
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
        self.objective.gradient(job, x, out)
    }
}

impl<T: Scalar> Objective<T> for Failing<T> {
    fn loss(&self, x: &[T]) -> f64 {
        self.objective.loss(x)
    }

    fn full_gradient(&self, x: &[T], out: &mut [T]) {
        self.objective.full_gradient(x, out);
    }
}

/// Some rows for each worker; nobody fails.
pub(crate) fn problem<T: Scalar>(n_workers: usize, seed: u64) -> Failing<T> {
    let spec = ProblemSpec {
        rows: Some(3 * n_workers),
        batch: Batch::Size(2.try_into().unwrap()),
        ..ProblemSpec::new("synthetic:1,1".parse().unwrap())
    };
    Failing {
        objective: spec.load(n_workers, Seed::new(seed)).unwrap().objective,
        fails: |_, _| false,
    }
}
