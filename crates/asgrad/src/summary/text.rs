//! One run, for people and for spreadsheets.

use std::fmt;

use explain::phrases;
use explain::tables::number::{digits, figure, or_unknown};
use explain::tables::{Facts, Table};
use ps_core::Scalar;

use super::Summary;

impl<T: Scalar> Summary<T> {
    /// The run in one row, exactly: what is not known is empty.
    pub fn table(&self) -> Table {
        let exact = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
        let mut table = Table::default();
        let mut column = |header: &str, cell: String| table.push_column(header, [cell]);
        column("method", self.method.clone());
        column("seed", self.seed.to_string());
        column("step_size", self.step_size.to_string());
        column("updates", self.updates.to_string());
        column("gradients", self.gradients.to_string());
        column("discarded", self.discarded.to_string());
        column("seconds", self.seconds.to_string());
        column("updates_per_second", exact(self.updates_per_second));
        column("staleness_mean", exact(self.staleness.mean));
        column("staleness_p99", self.staleness.p99.to_string());
        column("staleness_max", self.staleness.max.to_string());
        column("rejected", self.rejected.to_string());
        column("lost_workers", self.lost_workers.len().to_string());
        column("loss", exact(self.loss));
        column("gradient_norm", exact(self.gradient_norm));
        column("min_gradient_norm", exact(self.min_gradient_norm));
        column("accuracy", exact(self.accuracy));
        column("stop_reason", self.stop_reason.word().to_owned());
        column("model_hash", self.model_hash.clone());
        table
    }
}

impl<T: Scalar> fmt::Display for Summary<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut facts = Facts::default();
        let (method, step_size, seed) = (&self.method, self.step_size, self.seed);
        facts.push(
            "method",
            format!("{method}, step size {step_size}, seed {seed}"),
        );
        let (seconds, reason) = (self.seconds, &self.stop_reason);
        facts.push("ended", format!("after {seconds:.3} s: {reason}"));
        counts(self, &mut facts);
        quality(self, &mut facts);
        facts.push("model hash", self.model_hash.clone());
        facts.fmt(f)
    }
}

fn counts<T: Scalar>(of: &Summary<T>, facts: &mut Facts) {
    let rate = or_unknown(of.updates_per_second.map(|rate| digits(rate, 3)));
    facts.push("updates", format!("{} ({rate} a second)", of.updates));
    facts.push(
        "gradients",
        format!("{}, {} of them discarded", of.gradients, of.discarded),
    );
    facts.push("staleness", phrases::staleness(&of.staleness));
    facts.push("concurrency", phrases::concurrency(&of.concurrency));
    facts.push_if_any("torn reads", of.reads.map(phrases::torn_reads));
    facts.push("gradients by worker", first(&of.gradients_per_worker));
    let rejected = (of.rejected > 0).then(|| format!("{}, as NaN or infinite", of.rejected));
    facts.push_if_any("rejected", rejected);
    facts.push_if_any("lost", phrases::named(&of.lost_workers));
    facts.push_if_any("waited for", phrases::named(&of.waited_for));
}

fn quality<T: Scalar>(of: &Summary<T>, facts: &mut Facts) {
    if let (Some(loss), Some(norm)) = (of.loss, of.gradient_norm) {
        let smallest = or_unknown(of.min_gradient_norm.map(|norm| figure(norm, 6)));
        facts.push("loss", figure(loss, 6));
        facts.push(
            "gradient norm",
            format!("{} (smallest {smallest})", figure(norm, 6)),
        );
    }
    let accuracy = of.accuracy.map(|share| format!("{:.2} %", share * 100.0));
    facts.push_if_any("accuracy", accuracy);
    let time = of.time_to_target.map(|time| time.as_secs_f64());
    facts.push_if_any(
        "target reached",
        time.map(|seconds| format!("after {seconds:.3} s")),
    );
}

/// The counts of the first workers: with more, the line would be too long to read.
fn first(counts: &[u64]) -> String {
    const MAX_SHOWN: usize = 20;
    let shown: Vec<_> = counts.iter().take(MAX_SHOWN).map(u64::to_string).collect();
    let hidden = counts.len().saturating_sub(MAX_SHOWN);
    let more = if hidden > 0 {
        format!(" and {hidden} more")
    } else {
        String::new()
    };
    format!("{}{more}", shown.join(" "))
}
