//! Which figures there are, from the groups of a comparison.

mod concurrency;
mod curves;
mod shares;
mod staleness;
mod time;

pub(crate) use concurrency::concurrency;
pub(crate) use curves::curves;
pub(crate) use shares::shares;
pub(crate) use staleness::staleness;
pub(crate) use time::{per_worker, totals};

/// The name of a figure: what it shows, and of what.
fn id(prefix: &str, what: &str, of: &str) -> String {
    [prefix, what, of]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("-")
}
