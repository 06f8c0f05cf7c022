//! Running one job's oracle.

use ps_core::{Failure, Job, JobContext, Oracle, OracleError, Outcome, Scalar, Seed, guarded};

/// Has the oracle write the job's gradient, in this context.
pub(crate) fn compute<T: Scalar>(
    oracle: &dyn Oracle<T>,
    job: &mut Job<T>,
    mut context: JobContext<'_>,
) -> Outcome {
    let x = job.snapshot.values();
    let out = job.gradient.as_mut_slice();
    outcome(|| oracle.gradient(&mut context, x, out))
}

/// Has the oracle write the job's gradient, with nothing that could interrupt it.
pub fn compute_to_the_end<T: Scalar>(
    oracle: &dyn Oracle<T>,
    job: &mut Job<T>,
    seed: Seed,
) -> Outcome {
    let context = JobContext::new(job.worker, job.id, seed, &|| false);
    compute(oracle, job, context)
}

/// What comes of a computation of somebody else's. A panic becomes a failure with its message.
pub(crate) fn outcome(compute: impl FnOnce() -> Result<(), OracleError>) -> Outcome {
    match guarded(compute) {
        Ok(Ok(())) => Outcome::Gradient,
        Ok(Err(error)) => Outcome::Failed(error.into()),
        Err(message) => Outcome::Failed(Failure::Panic(message)),
    }
}
