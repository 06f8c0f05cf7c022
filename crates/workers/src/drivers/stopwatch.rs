//! The only reader of the wall clock.

use std::time::{Duration, Instant};

/// Measures the time since the start of a run, or of what follows one.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the clock"
)]
impl Stopwatch {
    /// Begins to measure.
    #[must_use]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since the start of the run.
    #[must_use]
    pub fn now(self) -> Duration {
        Instant::now() - self.0
    }

    /// The moment that lies this long after the start of the run, or a century if that is sooner.
    pub(crate) fn moment(self, time: Duration) -> Instant {
        const FAR_AWAY: Duration = Duration::from_secs(100 * 365 * 24 * 3600);
        self.0 + time.min(FAR_AWAY)
    }
}
