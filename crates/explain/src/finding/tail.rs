//! The finding that a few gradients were far staler than the others.

use serde::Serialize;

use super::words::two_digits;
use crate::run_facts::RunFacts;
use trace::Clock;

/// How many times its mean the largest staleness must be: geometric staleness gets that far once in
/// e^20 gradients, so that something else must have held these up.
const FAR_OUT: f64 = 20.0;

/// A few gradients were far staler than the others.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct StalenessTail {
    /// The largest staleness, in updates.
    pub max: u64,
    /// The mean staleness, in updates.
    pub mean: f64,
    /// The 99th percentile of the staleness, in updates.
    pub p99: u64,
    /// Whether threads of a real machine had to share cores.
    pub on_threads: bool,
}

impl StalenessTail {
    pub(super) fn find(of: &RunFacts) -> Option<Self> {
        let staleness = of.staleness.all;
        let mean = staleness.mean?;
        // Below one update, the mean is no scale.
        (staleness.max as f64 > FAR_OUT * mean.max(1.0)).then_some(Self {
            max: staleness.max,
            mean,
            p99: staleness.p99,
            on_threads: of.header.clock() == Clock::Real,
        })
    }

    pub(super) fn text(&self) -> String {
        let Self { max, mean, p99, .. } = self;
        let mean = two_digits(*mean);
        let server = if self.on_threads {
            ", and --server thread where workers share cores"
        } else {
            ""
        };
        format!(
            "the stalest gradient was {max} updates old, and the mean is {mean} (99 % are at most {p99}): such a gradient \
             may undo progress; damp it with --step-rule koloskova or mishchenko{server}"
        )
    }
}
