//! An explanation as text and as tables.

mod columns;
mod histogram;
mod overview;

use std::fmt;

use crate::explanation::Explanation;
use crate::finding::Finding;
use crate::tables::{Format, Table};

impl Explanation {
    /// The same text as that of `Display`, in Markdown.
    pub fn markdown(&self) -> String {
        sections(self, Format::Markdown)
    }

    /// What it says of each worker, exactly: times in seconds, what is not known empty.
    pub fn workers_table(&self) -> Table {
        columns::workers_exactly(self)
    }

    /// The first arrivals, as many as were asked for, exactly.
    pub fn schedule_table(&self) -> Table {
        columns::schedule_exactly(self)
    }

    /// The run in one row, to stand beside others in a table.
    pub fn summary(&self) -> Table {
        columns::summary(self)
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&sections(self, Format::Text))
    }
}

fn sections(of: &Explanation, format: Format) -> String {
    let is_markdown = format == Format::Markdown;
    let mut text = String::new();
    let mut section = |heading: &str, body: &str| {
        if body.is_empty() {
            return;
        }
        text += &if is_markdown {
            format!("### {heading}\n\n{body}\n")
        } else {
            format!("{heading}\n{body}\n")
        };
    };
    section("Run", &overview::facts(of).render(format));
    section(
        "Workers: shares in %, times in % of the run",
        &workers(of, format),
    );
    let histogram = histogram::of(of);
    if is_markdown && !histogram.is_empty() {
        section("Staleness", &format!("```text\n{histogram}```\n"));
    } else {
        section("Staleness", &histogram);
    }
    if !of.schedule.is_empty() {
        let arrivals = columns::schedule(of).render(format);
        section("The first arrivals", &arrivals);
    }
    section("Findings", &findings(&of.findings));
    text
}

fn workers(of: &Explanation, format: Format) -> String {
    let mut text = columns::workers(of).render(format);
    let hidden = of.workers.len().saturating_sub(columns::MAX_ROWS);
    if hidden > 0 {
        text += &format!("… and {hidden} more: --format csv has them all\n");
    }
    if format == Format::Markdown {
        text.push('\n');
    }
    text + &columns::legend(of)
}

fn findings(findings: &[Finding]) -> String {
    if findings.is_empty() {
        return "- nothing unusual\n".to_owned();
    }
    let line = |finding: &Finding| format!("- {finding}\n");
    findings.iter().map(line).collect()
}
