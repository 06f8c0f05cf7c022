//! `asgrad explain TRACE…`: what recorded runs were like.

use asgrad::explain::Explainer;
use asgrad::{Trace, write_perfetto_file};

use super::theory;
use crate::args::{ExplainArgs, Format};
use crate::failure::Failure;
use crate::output::{describe_explanation, print, side_by_side};

pub(crate) fn main(args: &ExplainArgs) -> Result<(), Failure> {
    refuse_contradictions(args)?;
    let explainer = Explainer::new().schedule(args.schedule);
    let mut summaries = side_by_side();
    for (position, path) in args.traces.iter().enumerate() {
        let trace = Trace::open(path).map_err(Failure::failed)?;
        let explanation = explainer.explain(&trace).map_err(Failure::failed)?;
        let theory = theory::measure(&args.theory, &trace, args.data.as_ref())?;
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

/// A timeline is of one run, and CSV is one table.
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
