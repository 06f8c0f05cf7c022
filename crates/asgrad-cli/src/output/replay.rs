//! What came out of a replay.

use std::path::Path;

use asgrad::{Ending, Header, Replayed, Scalar, Trace, model_hash};
use serde_json::json;

use super::Table;
use crate::args::Format;

/// What is said of a replay.
#[derive(Clone, Debug)]
pub(crate) struct ReplayReport<'a> {
    header: &'a Header,
    version: u64,
    hash: String,
    lines: u64,
    versions_compared: u64,
    verified: bool,
    truncated_at: Option<u64>,
    divergence: Option<asgrad::Divergence>,
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
            Format::Table => self.text(),
            Format::Json => format!("{}\n", self.json()),
            Format::Csv | Format::Markdown => self.table().render(format),
        }
    }

    fn text(&self) -> String {
        let (method, workers) = (self.header.method(), self.header.workers());
        let (clock, spec) = (self.header.clock(), &self.header.spec);
        let (seed, precision) = (spec.seed, spec.precision);
        let mut lines = vec![
            (
                "replayed",
                format!(
                    "{method}, {workers} workers on the {clock} clock, seed {seed}, {precision}"
                ),
            ),
            ("version", self.version.to_string()),
            ("model hash", self.hash.clone()),
            (
                "agree",
                format!(
                    "{} lines, the hashes of {} evaluated versions",
                    self.lines, self.versions_compared
                ),
            ),
        ];
        if self.verified {
            lines.push((
                "verified",
                match self.truncated_at {
                    None => "bit for bit: every version, staleness and action, every loss and hash"
                        .to_owned(),
                    Some(line) => {
                        format!("bit for bit up to line {line}, where the trace breaks off")
                    }
                },
            ));
        }
        lines.extend(self.written.clone().map(|path| ("written", path)));
        let line = |(name, value): (&str, String)| format!("{name:<20}{value}\n");
        lines.into_iter().map(line).collect()
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
        let headers = [
            "method",
            "version",
            "model_hash",
            "lines",
            "versions_compared",
            "verified",
        ];
        let mut table = Table::new(&headers);
        table.push(vec![
            self.header.method().clone(),
            self.version.to_string(),
            self.hash.clone(),
            self.lines.to_string(),
            self.versions_compared.to_string(),
            self.verified.to_string(),
        ]);
        table
    }
}
