//! What is said of a recorded run.

mod histogram;
mod overview;
mod summaries;
mod tables;
mod words;

use std::path::Path;

use asgrad::explain::Explanation;
use asgrad::theory::Theory;
use serde::Serialize;

use self::summaries::Summaries;
use super::theory::theory_rows;
use super::{Table, describe_theory};
use crate::args::Format;
use crate::failure::Failure;

/// Everything that a trace says.
pub(crate) fn describe_explanation(
    path: &Path,
    (explanation, theory): (&Explanation, Option<&Theory>),
    format: Format,
    is_first: bool,
) -> Result<String, Failure> {
    let theory_alone = || theory.map(|theory| describe_theory(theory, format));
    match (format, theory_alone()) {
        (Format::Json, _) => object(path, explanation, theory),
        (Format::Csv, Some(_)) => Ok(theory
            .map(|theory| theory_rows(path, theory, is_first))
            .unwrap_or_default()),
        (Format::Csv, None) => Ok(csv(path, explanation, is_first)),
        (Format::Table | Format::Markdown, theory) => {
            let theory = theory
                .map(|theory| format!("\n{theory}"))
                .unwrap_or_default();
            Ok(sections(path, explanation, format) + &theory)
        }
    }
}

/// Several traces, a line each; nothing is in it yet.
pub(crate) fn side_by_side() -> Summaries {
    Summaries::new()
}

fn object(
    path: &Path,
    explanation: &Explanation,
    theory: Option<&Theory>,
) -> Result<String, Failure> {
    #[derive(Serialize)]
    struct Named<'a> {
        trace: String,
        #[serde(flatten)]
        explanation: &'a Explanation,
        #[serde(skip_serializing_if = "Option::is_none")]
        theory: Option<&'a Theory>,
    }
    let trace = path.display().to_string();
    let named = Named {
        trace,
        explanation,
        theory,
    };
    let object = serde_json::to_string(&named).map_err(Failure::failed)?;
    Ok(object + "\n")
}

/// One table, so that it can be read: the arrivals if they were asked for, else the workers.
fn csv(path: &Path, explanation: &Explanation, is_first: bool) -> String {
    let table = match explanation.schedule.is_empty() {
        true => tables::workers_exactly(path, explanation),
        false => tables::arrivals_exactly(path, explanation),
    };
    match is_first {
        true => table.render(Format::Csv),
        false => table.render_rows(Format::Csv),
    }
}

fn sections(path: &Path, explanation: &Explanation, format: Format) -> String {
    let mut text = match format {
        Format::Markdown => format!("## {}\n\n", path.display()),
        _ => format!("{}\n\n", path.display()),
    };
    let mut section = |heading: &str, body: &str| {
        if !body.is_empty() {
            match format {
                Format::Markdown => text += &format!("### {heading}\n\n{body}\n"),
                _ => text += &format!("{heading}\n{body}\n"),
            }
        }
    };
    section("Run", &overview::of(explanation).render(format));
    section(
        "Workers: shares in %, times in % of the run",
        &workers(explanation, format),
    );
    section("Staleness", &quoted(&histogram::of(explanation), format));
    if !explanation.schedule.is_empty() {
        let arrivals = tables::arrivals(explanation).render(format);
        section("The first arrivals", &arrivals);
    }
    section("Findings", &findings(explanation));
    text
}

fn workers(explanation: &Explanation, format: Format) -> String {
    let more = explanation.workers.len().saturating_sub(tables::MOST_ROWS);
    let more = match more {
        0 => String::new(),
        more => format!("… and {more} more: --format csv has them all\n"),
    };
    let end = match format {
        Format::Markdown => "\n",
        _ => "",
    };
    tables::workers(explanation).render(format) + &more + end + &tables::legend(explanation)
}

/// Text whose columns must stay.
fn quoted(text: &str, format: Format) -> String {
    match format {
        Format::Markdown if !text.is_empty() => format!("```text\n{text}```\n"),
        _ => text.to_owned(),
    }
}

fn findings(explanation: &Explanation) -> String {
    if explanation.findings.is_empty() {
        return "- nothing unusual\n".to_owned();
    }
    let line = |finding: &asgrad::explain::Finding| format!("- {finding}\n");
    explanation.findings.iter().map(line).collect()
}
