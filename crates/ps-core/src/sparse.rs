//! Gradients that touch few components: what an oracle may offer beside dense ones.

use crate::job_context::{JobContext, OracleError};
use crate::scalar::Scalar;

/// The components that one gradient reads and writes. Reused from job to job, so that it allocates
/// rarely.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Support<T = f64> {
    /// Which components, each once.
    pub indices: Vec<u32>,
    /// The parameters there, as they were read; as long as `indices`.
    pub parameters: Vec<T>,
    /// The gradient there, as long as `indices`; elsewhere it is zero.
    pub gradient: Vec<T>,
}

/// An oracle each of whose gradients depends on few parameters and is zero at all others.
///
/// It computes the same numbers as [`Oracle::gradient`](crate::Oracle::gradient): for the same job
/// it draws the same and returns, at the indices of its support, the same bits.
pub trait SparseOracle<T: Scalar = f64>: Send + Sync {
    /// Lists in `support` which components the job's gradient depends on, has `read` fill in the
    /// parameters there, once, and writes the gradient there. What `support` holds before is
    /// unspecified.
    ///
    /// # Errors
    /// Whatever the computation may fail with.
    fn sparse_gradient(
        &self,
        job: &mut JobContext<'_>,
        read: &mut dyn FnMut(&mut Support<T>),
        support: &mut Support<T>,
    ) -> Result<(), OracleError>;
}
