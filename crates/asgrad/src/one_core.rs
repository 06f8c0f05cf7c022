//! Evaluation beside a run.

/// Where an objective that would use all cores is evaluated on one, so that the workers keep
/// theirs.
#[derive(Debug)]
pub(crate) struct OneCore {
    /// None if it could not be made.
    #[cfg(feature = "rayon")]
    pool: Option<rayon::ThreadPool>,
}

impl OneCore {
    pub(crate) fn new() -> Self {
        Self {
            #[cfg(feature = "rayon")]
            pool: rayon::ThreadPoolBuilder::new().num_threads(1).build().ok(),
        }
    }

    pub(crate) fn run<R: Send>(&self, evaluate: impl FnOnce() -> R + Send) -> R {
        #[cfg(feature = "rayon")]
        if let Some(pool) = &self.pool {
            return pool.install(evaluate);
        }
        // Without rayon an objective of ours uses one core anyway.
        evaluate()
    }
}
