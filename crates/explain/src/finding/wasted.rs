//! Work for nothing.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use super::super::Explanation;
use super::words::{percent, time};
use crate::tables::number::count;
use trace::{Header, json};

/// One job in ten for nothing is a price worth a word.
const MUCH: f64 = 0.1;

/// Nothing came of many jobs, though their workers were not lost.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Wasted {
    /// How many gradients were let go.
    pub discarded: u64,
    /// How many jobs were called off.
    pub cancelled: u64,
    /// How many jobs were given up after their limit.
    pub expired: u64,
    /// What share of all jobs that came back.
    pub share: f64,
    /// How long workers had been at them.
    #[serde(serialize_with = "json::seconds")]
    pub time: Duration,
    /// What could be set otherwise in the method that was run.
    pub instead: Vec<String>,
}

impl Wasted {
    pub(super) fn find(of: &Explanation) -> Option<Self> {
        let wasted = [of.wasted.discarded, of.wasted.cancelled, of.wasted.expired];
        let jobs: u64 = wasted.iter().map(|in_vain| in_vain.jobs).sum();
        let share = jobs as f64 / (of.gradients + of.cancelled + of.expired) as f64;
        let times = wasted.iter().map(|in_vain| in_vain.time);
        (share > MUCH).then(|| Self {
            discarded: of.discarded,
            cancelled: of.cancelled,
            expired: of.expired,
            share,
            time: times.fold(Duration::ZERO, Duration::saturating_add),
            instead: instead(&of.header),
        })
    }
}

/// What the keys of the method say of work for nothing.
fn instead(header: &Header) -> Vec<String> {
    let keys = header.named().map_or(&[][..], |named| named.parameters);
    let advice = keys.iter().filter_map(|key| {
        let value = header.method_value(key.name)?;
        match (key.name, value.as_str()) {
            ("late", "discard") => Some("cancel late jobs (late=cancel) or use them (late=use)"),
            ("late", "cancel") => Some("use late gradients (late=use)"),
            ("threshold", _) => Some("let it accept staler ones (a larger threshold)"),
            ("m", _) => Some("wait for more (a larger m)"),
            ("limit", _) => Some("give jobs more time (a larger limit)"),
            _ => None,
        }
    });
    let advice: Vec<String> = advice.map(str::to_owned).collect();
    match advice.is_empty() {
        true => vec!["let the method accept staler ones".to_owned()],
        false => advice,
    }
}

impl fmt::Display for Wasted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            (self.discarded, "gradient", "discarded"),
            (self.cancelled, "job", "called off"),
            (self.expired, "job", "given up after their limit"),
        ];
        let parts = parts.into_iter().filter(|(n, ..)| *n > 0);
        let parts = parts.map(|(n, what, fate)| format!("{} {fate}", count(n, what)));
        let parts: Vec<String> = parts.collect();
        write!(
            f,
            "nothing came of {} of all jobs ({}), {} of work: {}, or use fewer workers",
            percent(self.share),
            parts.join(", "),
            time(self.time),
            self.instead.join(", ")
        )
    }
}
