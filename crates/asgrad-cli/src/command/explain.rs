//! `asgrad explain TRACE…`: what recorded runs were like.

use std::path::PathBuf;

use asgrad::explain::Explainer;
use asgrad::{Trace, write_perfetto_file};
use clap::Args;

use super::theory::TheoryArgs;
use crate::args::Format;
use crate::failure::Failure;
use crate::output::{describe_explanation, print, side_by_side};

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// Traces, as `asgrad run --trace FILE` writes them
    #[arg(required = true, value_name = "TRACE")]
    traces: Vec<PathBuf>,
    /// List the first N arrivals: who, when, which version read, which one made
    #[arg(long, value_name = "N", default_value_t = 0)]
    schedule: usize,
    /// Write a timeline for <https://ui.perfetto.dev>: a lane for each worker, arrows from versions to steps
    #[arg(long, value_name = "FILE")]
    perfetto: Option<PathBuf>,
    #[command(flatten)]
    theory: TheoryArgs,
    /// Where the data of the run are, if they have moved; for --theory
    #[arg(long, value_name = "FILE", requires = "theory")]
    data: Option<String>,
    /// How it is printed; csv has the workers, with --schedule the arrivals, with --theory what it found
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

pub(crate) fn main(args: &ExplainArgs) -> Result<(), Failure> {
    refuse_several(args)?;
    let explainer = Explainer::new().schedule(args.schedule);
    let mut summaries = side_by_side();
    for (position, path) in args.traces.iter().enumerate() {
        let trace = Trace::open(path).map_err(Failure::failed)?;
        let explanation = explainer.explain(&trace).map_err(Failure::failed)?;
        let theory = args.theory.measure(&trace, args.data.as_deref())?;
        let theory = theory.as_ref();
        let is_first = position == 0;
        let described = describe_explanation(path, (&explanation, theory), args.format, is_first);
        print(&described?)?;
        summaries.add(path, &explanation);
        if let Some(file) = &args.perfetto {
            write_perfetto_file(&trace, file).map_err(Failure::failed)?;
        }
    }
    match args.format {
        Format::Table | Format::Markdown if args.traces.len() > 1 => {
            print(&summaries.render(args.format))
        }
        _ => Ok(()),
    }
}

/// A timeline is of one run.
fn refuse_several(args: &ExplainArgs) -> Result<(), Failure> {
    match (&args.perfetto, args.traces.len()) {
        (None, _) | (_, 1) => Ok(()),
        (Some(_), n) => Err(Failure::request(format!(
            "--perfetto writes the timeline of one trace, and {n} are given"
        ))),
    }
}
