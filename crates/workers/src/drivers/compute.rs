//! Running one job's oracle.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use ps_core::{Failure, Job, JobContext, Oracle, OracleError, Outcome, Scalar, Seed};

/// Has the oracle write the job's gradient, in this context.
pub(crate) fn compute<T: Scalar>(
    oracle: &dyn Oracle<T>,
    job: &mut Job<T>,
    mut context: JobContext<'_>,
) -> Outcome {
    let x = job.snapshot.values();
    let out = job.gradient.as_mut_slice();
    guarded(|| oracle.gradient(&mut context, x, out))
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
pub(crate) fn guarded(compute: impl FnOnce() -> Result<(), OracleError>) -> Outcome {
    match catch_unwind(AssertUnwindSafe(compute)) {
        Ok(Ok(())) => Outcome::Gradient,
        Ok(Err(error)) => Outcome::Failed(Failure::Error(error)),
        Err(payload) => Outcome::Failed(Failure::Panic(panic_message(payload.as_ref()))),
    }
}

/// What a panic said.
pub(crate) fn panic_message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a panic without a message").to_owned()
}
