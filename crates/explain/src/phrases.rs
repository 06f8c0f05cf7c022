//! Values that the text of a run and that of its explanation have in common.

use std::fmt;

use trace::{Concurrency, Reads, Staleness};

use crate::tables::number::{digits, or_unknown, percent, printed};

/// Mean, percentiles and maximum.
pub fn staleness(staleness: &Staleness) -> String {
    let mean = or_unknown(staleness.mean.map(|mean| digits(mean, 3)));
    let (p50, p90, p99, max) = (staleness.p50, staleness.p90, staleness.p99, staleness.max);
    format!("mean {mean}, median {p50}, p90 {p90}, p99 {p99}, max {max}")
}

/// Mean and maximum.
pub fn concurrency(concurrency: &Concurrency) -> String {
    let mean = or_unknown(concurrency.mean.map(|mean| digits(mean, 3)));
    format!("mean {mean}, max {}", concurrency.max)
}

/// How often a read of a shared model may have been a mixture of versions.
pub fn torn_reads(reads: Reads) -> String {
    let share = or_unknown(reads.torn_share().map(percent));
    format!(
        "{} of {} sampled ({share} %): another worker's update was under way, so at most these were mixed",
        reads.torn, reads.sampled
    )
}

/// What to do about features of this magnitude, if they are large: `; features reach 2·10⁵: scale
/// them`.
pub fn large_features(largest: f64) -> String {
    const LARGE: f64 = 100.0;
    if largest < LARGE {
        return String::new();
    }
    format!("; features reach {}: scale them", printed(largest))
}

/// What it costs that gradients are dense of which so small a share is touched.
pub fn dense_access(touched: f64) -> String {
    let touched = digits(touched * 100.0, 2);
    format!(
        "each gradient reads and writes all parameters, though its rows touch {touched} % of them, because the regulariser touches all"
    )
}

/// Whether a loss is no number any more, or so far above the first one that the model runs away.
/// Next to nothing it may have grown from by noise.
pub fn runs_away(first: f64, last: f64) -> bool {
    const FAR_ABOVE: f64 = 10.0;
    const NEXT_TO_NOTHING: f64 = 1e-3;
    !last.is_finite() || last > FAR_ABOVE * first.abs().max(NEXT_TO_NOTHING)
}

/// The first few of these.
pub fn named<W: fmt::Display>(workers: &[W]) -> Option<String> {
    const MAX_NAMED: usize = 4;
    let mut named: Vec<_> = workers.iter().take(MAX_NAMED).map(W::to_string).collect();
    let more = workers.len().saturating_sub(MAX_NAMED);
    named.extend((more > 0).then(|| format!("and {more} more")));
    (!named.is_empty()).then(|| named.join("; "))
}
