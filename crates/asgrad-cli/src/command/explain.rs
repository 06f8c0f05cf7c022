//! `asgrad explain TRACE…`: what recorded runs were like.

use std::path::Path;

use asgrad::Trace;
use asgrad::explain::Explanation;
use asgrad::explain::tables::Table;
use asgrad::explain::write_perfetto_file;
use asgrad::theory::Theory;
use serde::Serialize;

use super::{curve, opened, refuse_overwriting, theory};
use crate::args::{ExplainArgs, Format};
use crate::failure::Failure;
use crate::output::{Target, describe_theory, print, rendered};
use crate::progress::Progress;

pub(crate) fn main(args: &ExplainArgs) -> Result<(), Failure> {
    refuse_contradictions(args)?;
    if let Some(file) = &args.perfetto {
        refuse_overwriting("--perfetto", file, &[&args.traces[0]])?;
        Target::Timeline.check("--perfetto", file, args.force)?;
    }
    let (mut side_by_side, progress) = (Table::default(), Progress::new(false));
    let (mut replays, mut n_explained) = (args.theory.theory, 0);
    for path in &args.traces {
        let explained = match explained(args, path, &mut replays, &progress) {
            Err(failure) if args.traces.len() > 1 => {
                progress.warn(format_args!("{failure}; it is left out"));
                continue;
            }
            explained => explained?,
        };
        print(&explained.render(args.format, n_explained == 0)?)?;
        n_explained += 1;
        let summary = explained.explanation.summary();
        side_by_side.append(summary.labelled("trace", &explained.trace));
        if let Some(file) = &args.perfetto {
            write_perfetto_file(&explained.lines, file).map_err(Failure::failed)?;
        }
    }
    if let Some(data) = args.data.as_ref().filter(|_| !replays) {
        progress.warn(format_args!(
            "--data {data}: nothing was replayed, so that it was not read; leave it out"
        ));
    }
    let heading = match args.format {
        Format::Table => "Side by side\n",
        Format::Markdown => "## Side by side\n\n",
        Format::Json | Format::Csv | Format::Latex => "",
    };
    if n_explained > 1 && !heading.is_empty() {
        print(&(heading.to_owned() + &side_by_side.render(args.format.into())))?;
    }
    match args.traces.len() - n_explained {
        0 => Ok(()),
        unread => Err(Failure::failed(format!(
            "{unread} of {} traces were not explained",
            args.traces.len()
        ))),
    }
}

/// Explains one trace.
fn explained(
    args: &ExplainArgs,
    path: &Path,
    replays: &mut bool,
    progress: &Progress,
) -> Result<Explained, Failure> {
    let schedule = usize::try_from(args.schedule).unwrap_or(usize::MAX);
    let explain =
        |trace: &Trace| Explanation::with_schedule(trace, schedule).map_err(Failure::failed);
    let mut trace = opened(path)?;
    let mut explanation = explain(&trace)?;
    if explanation.lacks_evaluations() {
        *replays = true;
        if let Some(again) = curve::again(&trace, args.data.as_ref(), progress) {
            explanation = explain(&again)?;
            trace = again;
        }
    }
    let theory = theory::measure(&args.theory, &trace, args.data.as_ref())?;
    Ok(Explained {
        trace: trace.path().display().to_string(),
        lines: trace,
        explanation,
        theory,
    })
}

/// One trace, explained.
#[derive(Serialize)]
struct Explained {
    /// Where it is.
    trace: String,
    #[serde(skip)]
    lines: Trace,
    #[serde(flatten)]
    explanation: Explanation,
    #[serde(skip_serializing_if = "Option::is_none")]
    theory: Option<Theory>,
}

impl Explained {
    fn render(&self, format: Format, is_first: bool) -> Result<String, Failure> {
        let (path, explanation) = (&self.trace, &self.explanation);
        let theory = self.theory.as_ref();
        Ok(match format {
            Format::Json => serde_json::to_string(self).map_err(Failure::failed)? + "\n",
            Format::Csv | Format::Latex => {
                let table = match theory {
                    Some(theory) => theory.table(),
                    None if explanation.schedule.is_empty() => explanation.workers_table(),
                    None => explanation.schedule_table(),
                };
                rendered(&table.labelled("trace", path), format, is_first)
            }
            Format::Table | Format::Markdown => {
                let theory = theory.map(|theory| describe_theory(theory, format));
                let theory = theory.map_or_else(String::new, |theory| format!("\n{theory}"));
                if format == Format::Markdown {
                    format!("## {path}\n\n{}{theory}", explanation.markdown())
                } else {
                    format!("{path}\n\n{explanation}{theory}")
                }
            }
        })
    }
}

/// Refuses options that would need a timeline of several runs, or two tables in one CSV.
fn refuse_contradictions(args: &ExplainArgs) -> Result<(), Failure> {
    if args.theory.theory && args.schedule > 0 && args.format == Format::Csv {
        return Err(Failure::request(
            "--format csv prints one table: the arrivals of --schedule or what --theory found; leave one out",
        ));
    }
    match (&args.perfetto, args.traces.len()) {
        (None, _) | (_, 1) => Ok(()),
        (Some(_), n) => Err(Failure::request(format!(
            "--perfetto writes the timeline of one trace, and {n} are given"
        ))),
    }
}
