//! What came out of a replay.

use std::path::Path;

use asgrad::explain::tables::{Facts, Table};
use asgrad::ps_core::form::count;
use asgrad::replay::{Divergence, Replayed};
use asgrad::trace::{Ending, model_hash};
use asgrad::{Scalar, Trace};
use serde::Serialize;

use crate::args::Format;

/// What came out of a replay, in each format; as JSON its fields, but for the first.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ReplayReport {
    /// What was replayed, in words.
    #[serde(skip)]
    replayed: String,
    method: String,
    version: u64,
    model_hash: String,
    lines: u64,
    versions_compared: u64,
    verified: bool,
    /// Those that recorded it, if they round otherwise than this program.
    other_kernels: Option<u32>,
    /// The last line of a trace that was cut.
    truncated_at_line: Option<u64>,
    divergence: Option<Divergence>,
    /// Where the model was written to.
    written: Option<String>,
}

impl ReplayReport {
    pub(crate) fn new<T: Scalar>(
        trace: &Trace,
        replayed: &Replayed<T>,
        verify: bool,
        written: Option<&Path>,
    ) -> Self {
        let header = trace.header();
        let (method, clock) = (header.method(), header.clock());
        let workers = count(header.workers(), "worker");
        let (seed, precision) = (header.spec.seed, header.spec.precision);
        Self {
            replayed: format!("{method}, {workers} on the {clock} clock, seed {seed}, {precision}"),
            method,
            version: replayed.model.version().number(),
            model_hash: model_hash(replayed.model.values()),
            lines: replayed.lines,
            versions_compared: replayed.versions_compared,
            verified: verify && replayed.divergence.is_none(),
            other_kernels: header.is_of_other_kernels().then_some(header.kernels),
            truncated_at_line: match replayed.ending {
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
            Format::Json => {
                serde_json::to_string(self).expect("numbers and words as fields") + "\n"
            }
            _ => self.table().render(format.into()),
        }
    }

    fn facts(&self) -> Facts {
        let (lines, versions) = (self.lines, self.versions_compared);
        let verified = match self.truncated_at_line {
            None => "bit for bit: every version, staleness and action, every loss and hash".into(),
            Some(line) if versions == 0 => format!(
                "every staleness and action up to line {line}, where the trace breaks off: it has no hash to compare"
            ),
            Some(line) => format!("bit for bit up to line {line}, where the trace breaks off"),
        };
        let mut facts = Facts::default();
        facts.push("replayed", self.replayed.clone());
        facts.push("version", self.version.to_string());
        facts.push("model hash", self.model_hash.clone());
        facts.push(
            "agree",
            format!(
                "{}, the hashes of {}",
                count(lines, "line"),
                count(versions, "evaluated version")
            ),
        );
        let compared = |kernels| {
            format!("no hashes, and step sizes to 1e-4: kernels {kernels} round otherwise")
        };
        facts.push_if_any("not compared", self.other_kernels.map(compared));
        facts.push_if_any("verified", self.verified.then_some(verified));
        facts.push_if_any("written", self.written.clone());
        facts
    }

    fn table(&self) -> Table {
        let mut table = Table::default();
        let mut column = |header: &str, cell: String| table.push_column(header, [cell]);
        column("method", self.method.clone());
        column("version", self.version.to_string());
        column("model_hash", self.model_hash.clone());
        column("lines", self.lines.to_string());
        column("versions_compared", self.versions_compared.to_string());
        column("verified", self.verified.to_string());
        table
    }
}
