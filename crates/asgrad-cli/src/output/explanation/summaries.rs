//! Several traces, side by side.

use std::path::Path;
use std::time::Duration;

use asgrad::explain::{Activity, Explanation};

use super::Table;
use super::words::{number_if_any, percent, time, time_if_any};
use crate::args::Format;

/// One line a trace.
#[derive(Debug)]
pub(crate) struct Summaries(Table);

impl Summaries {
    pub(super) fn new() -> Self {
        let headers = [
            "trace",
            "method",
            "took",
            "updates",
            "updates/s",
            "stale mean",
            "p99",
            "max",
            "largest share",
            "idle",
            "wasted",
            "mean queue",
            "gradient norm",
            "findings",
        ];
        Self(Table::new(&headers))
    }

    pub(crate) fn add(&mut self, path: &Path, of: &Explanation) {
        let (staleness, workers) = (of.staleness.all, &of.workers);
        let shares = workers.iter().filter_map(|worker| worker.update_share);
        let sum = |times: &mut dyn Iterator<Item = Duration>| {
            times.fold(Duration::ZERO, Duration::saturating_add)
        };
        let idle = sum(&mut workers.iter().map(|worker| worker.times.at(Activity::Idle)));
        let all = sum(&mut workers.iter().map(|worker| worker.times.total()));
        let share = |part: Duration| (!all.is_zero()).then(|| part.div_duration_f64(all));
        self.0.push(vec![
            path.display().to_string(),
            of.header.method().clone(),
            time(of.duration),
            of.updates.to_string(),
            number_if_any(of.updates_per_second),
            number_if_any(staleness.mean),
            staleness.p99.to_string(),
            staleness.max.to_string(),
            percent(shares.reduce(f64::max)) + " %",
            percent(share(idle)) + " %",
            percent(share(of.wasted.time())) + " %",
            time_if_any(of.queued.mean),
            number_if_any(of.evaluations.last().map(|last| last.gradient_norm)),
            of.findings.len().to_string(),
        ]);
    }

    pub(crate) fn render(&self, format: Format) -> String {
        let heading = match format {
            Format::Markdown => "## Side by side\n\n",
            _ => "Side by side\n",
        };
        heading.to_owned() + &self.0.render(format)
    }
}
