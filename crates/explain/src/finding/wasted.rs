//! The finding that much work brought no gradient to the model.

use std::time::Duration;

use serde::Serialize;

use super::words::{percent, time};
use crate::run_facts::RunFacts;
use ps_core::form::count;
use trace::{Header, json};

/// Share of the jobs from which wasted ones are told of: with one job in ten the run pays visibly.
const MUCH: f64 = 0.1;

/// Nothing came of many jobs, though their workers were not lost.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Wasted {
    /// Number of gradients that the method discarded.
    pub discarded: u64,
    /// Number of jobs that were cancelled.
    pub cancelled: u64,
    /// Number of jobs that expired.
    pub expired: u64,
    /// Share of these among all jobs that came back.
    pub share: f64,
    /// Time that workers had spent on them.
    #[serde(serialize_with = "json::seconds")]
    pub time: Duration,
    /// What could be set otherwise in the method that was run.
    pub instead: Vec<String>,
}

impl Wasted {
    pub(super) fn find(of: &RunFacts) -> Option<Self> {
        let wasted = [of.wasted.discarded, of.wasted.cancelled, of.wasted.expired];
        let jobs: u64 = wasted.iter().map(|in_vain| in_vain.jobs).sum();
        let share = jobs as f64 / (of.gradients + of.cancelled + of.expired) as f64;
        let times = wasted.iter().map(|in_vain| in_vain.time);
        (share > MUCH).then(|| Self {
            discarded: of.discarded,
            cancelled: of.cancelled,
            expired: of.expired,
            share,
            time: times.sum(),
            instead: instead(&of.header),
        })
    }

    pub(super) fn text(&self) -> String {
        let parts = [
            (self.discarded, "gradient", "discarded"),
            (self.cancelled, "job", "called off"),
            (self.expired, "job", "given up after their limit"),
        ];
        let parts = parts.into_iter().filter(|(n, ..)| *n > 0);
        let parts = parts.map(|(n, what, fate)| format!("{} {fate}", count(n, what)));
        let parts: Vec<String> = parts.collect();
        format!(
            "nothing came of {} of all jobs ({}), {} of work: {}, or use fewer workers",
            percent(self.share),
            parts.join(", "),
            time(self.time),
            self.instead.join(", ")
        )
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
    if advice.is_empty() {
        vec!["let the method accept staler ones".to_owned()]
    } else {
        advice
    }
}
