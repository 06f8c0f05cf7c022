//! What came out of a replay.

use std::path::Path;

use asgrad::tables::{Facts, Table};
use asgrad::{Ending, Header, Replayed, Scalar, Trace, model_hash};
use serde_json::json;

use crate::args::Format;

/// What came out of a replay, in each format.
#[derive(Clone, Debug)]
pub(crate) struct ReplayReport<'a> {
    header: &'a Header,
    version: u64,
    hash: String,
    lines: u64,
    versions_compared: u64,
    verified: bool,
    /// The last line of a trace that was cut.
    truncated_at: Option<u64>,
    divergence: Option<asgrad::Divergence>,
    /// Where the model was written to.
    written: Option<String>,
}

impl<'a> ReplayReport<'a> {
    pub(crate) fn new<T: Scalar>(
        trace: &'a Trace,
        replayed: &Replayed<T>,
        verify: bool,
        written: Option<&Path>,
    ) -> Self {
        Self {
            header: trace.header(),
            version: replayed.model.version().number(),
            hash: model_hash(replayed.model.values()),
            lines: replayed.lines,
            versions_compared: replayed.versions_compared,
            verified: verify && replayed.divergence.is_none(),
            truncated_at: match replayed.ending {
                Some(Ending::Truncated { last_line }) => Some(last_line),
                _ => None,
            },
            divergence: replayed.divergence.clone(),
            written: written.map(|path| path.display().to_string()),
        }
    }

    pub(crate) fn render(&self, format: Format) -> String {
        match format {
            Format::Table => self.facts().to_string(),
            Format::Json => format!("{}\n", self.json()),
            Format::Csv | Format::Markdown => self.table().render(format.into()),
        }
    }

    fn facts(&self) -> Facts {
        let (method, workers) = (self.header.method(), self.header.workers());
        let (clock, spec) = (self.header.clock(), &self.header.spec);
        let (seed, precision) = (spec.seed, spec.precision);
        let mut facts = Facts::default();
        facts.push(
            "replayed",
            format!("{method}, {workers} workers on the {clock} clock, seed {seed}, {precision}"),
        );
        facts.push("version", self.version.to_string());
        facts.push("model hash", self.hash.clone());
        facts.push(
            "agree",
            format!(
                "{} lines, the hashes of {} evaluated versions",
                self.lines, self.versions_compared
            ),
        );
        let verified = match self.truncated_at {
            None => "bit for bit: every version, staleness and action, every loss and hash".into(),
            Some(line) => format!("bit for bit up to line {line}, where the trace breaks off"),
        };
        facts.push_if_any("verified", self.verified.then_some(verified));
        facts.push_if_any("written", self.written.clone());
        facts
    }

    fn json(&self) -> serde_json::Value {
        json!({
            "method": self.header.method(),
            "version": self.version,
            "model_hash": self.hash,
            "lines": self.lines,
            "versions_compared": self.versions_compared,
            "verified": self.verified,
            "truncated_at_line": self.truncated_at,
            "divergence": self.divergence,
            "written": self.written,
        })
    }

    fn table(&self) -> Table {
        let mut table = Table::default();
        let mut column = |header: &str, cell: String| table.push_column(header, [cell]);
        column("method", self.header.method());
        column("version", self.version.to_string());
        column("model_hash", self.hash.clone());
        column("lines", self.lines.to_string());
        column("versions_compared", self.versions_compared.to_string());
        column("verified", self.verified.to_string());
        table
    }
}
