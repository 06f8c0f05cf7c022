//! What an oracle is told of its job, and what it may fail with.

use std::error::Error;
use std::fmt;

use crate::ids::{JobId, WorkerId};
use crate::seed::{Purpose, Seed, Stream};

/// What an oracle may fail with; `?` turns any error, `&str` or `String` into one.
pub type OracleError = Box<dyn Error + Send + Sync>;

/// What an oracle returns whose worker has no data left: it is lost without a fault. With
/// [`OnLoss::Continue`](crate::OnLoss::Continue) the run goes on until the last one has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataUsedUp;

impl Error for DataUsedUp {}

impl fmt::Display for DataUsedUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("its data are used up")
    }
}

/// What an oracle knows about the job it works on.
pub struct JobContext<'a> {
    worker: WorkerId,
    job: JobId,
    rng: Stream,
    is_cancelled: &'a (dyn Fn() -> bool + Sync),
}

crate::debug_fields!([] JobContext<'_>: worker, job);

impl<'a> JobContext<'a> {
    /// The context of one job in a run with this seed; `is_cancelled` says whether its result is no
    /// longer wanted.
    pub fn new(
        worker: WorkerId,
        job: JobId,
        seed: Seed,
        is_cancelled: &'a (dyn Fn() -> bool + Sync),
    ) -> Self {
        Self {
            worker,
            job,
            rng: seed.stream(Purpose::Gradient, worker, job),
            is_cancelled,
        }
    }

    /// Whose data to use.
    pub fn worker(&self) -> WorkerId {
        self.worker
    }

    /// The job's number.
    pub fn job(&self) -> JobId {
        self.job
    }

    /// This job's own random stream: the same for the same seed, worker and job, whatever else
    /// happens.
    pub fn rng(&mut self) -> &mut Stream {
        &mut self.rng
    }

    /// Whether the result is no longer wanted: the run has ended, the job was cancelled, or its
    /// limit is over. A long computation may look now and then and return early (with anything: it
    /// is not used).
    pub fn cancelled(&self) -> bool {
        (self.is_cancelled)()
    }
}
