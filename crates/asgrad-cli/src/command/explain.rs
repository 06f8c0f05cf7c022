//! `asgrad explain TRACE…`: what recorded runs were like.

use std::path::PathBuf;

use asgrad::Trace;
use asgrad::explain::Explainer;
use clap::Args;

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
    /// How it is printed; csv has the workers, or with --schedule the arrivals
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

pub(crate) fn main(args: &ExplainArgs) -> Result<(), Failure> {
    let explainer = Explainer::new().schedule(args.schedule);
    let mut summaries = side_by_side();
    for (position, path) in args.traces.iter().enumerate() {
        let trace = Trace::open(path).map_err(Failure::failed)?;
        let explanation = explainer.explain(&trace).map_err(Failure::failed)?;
        let described = describe_explanation(path, &explanation, args.format, position == 0);
        print(&described?)?;
        summaries.add(path, &explanation);
    }
    match args.format {
        Format::Table | Format::Markdown if args.traces.len() > 1 => {
            print(&summaries.render(args.format))
        }
        _ => Ok(()),
    }
}
