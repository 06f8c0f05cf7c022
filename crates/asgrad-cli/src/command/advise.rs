//! `asgrad advise TRACE`: which method, step and threshold would have been best on the machine of a
//! recorded run, and whether asynchrony is worth it there.

use asgrad::advise::{Advice, Advisor};
use asgrad::replay::{ReplayError, WhatIf};
use asgrad::trace::Precision;
use asgrad::{Scalar, Trace};

use super::watch::Watch;
use super::{opened, refuse_twice, what_if};
use crate::args::{AdviseArgs, Format};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::print;
use crate::progress::Progress;

pub(crate) fn main(args: &AdviseArgs, interrupt: &Interrupt) -> Result<(), Failure> {
    refuse_twice("--methods", args.methods.iter().map(ToString::to_string))?;
    let trace = opened(&args.trace)?;
    let advised = match trace.header().spec.precision {
        Precision::F32 => advise::<f32>(args, &trace, interrupt),
        Precision::F64 => advise::<f64>(args, &trace, interrupt),
    };
    let advice = advised.map_err(|failure| match failure.is_request() {
        true => failure,
        false => failure.in_file(trace.path()),
    })?;
    let text = match args.format {
        Format::Json => serde_json::to_string(&advice).map_err(Failure::failed)? + "\n",
        Format::Table => advice.to_string(),
        format => advice.table().render(format.into()),
    };
    print(&text)
}

fn advise<T: Scalar>(
    args: &AdviseArgs,
    trace: &Trace,
    interrupt: &Interrupt,
) -> Result<Advice, Failure> {
    if trace.header().is_hogwild() {
        return Err(Failure::failed(ReplayError::Hogwild));
    }
    let progress = Progress::new(args.quiet);
    let what_if = WhatIf::<T>::of(trace, args.data.clone()).map_err(Failure::failed)?;
    what_if::warn_if_cut(&what_if.past, &progress);
    let mut advisor = Advisor::on(&what_if).repeat(args.repeat);
    if !args.methods.is_empty() {
        advisor = advisor.methods(args.methods.iter().cloned());
    }
    if let Some(duration) = args.duration() {
        advisor = advisor.duration(duration);
    }
    if let Some(seed) = args.seed {
        advisor = advisor.seed(seed);
    }
    let advice = advisor.advise_watched(&mut Watch::new(&progress, interrupt))?;
    for finding in &advice.sharing {
        progress.warn(format_args!(
            "the recorded times contain the sharing of cores, which other methods would share otherwise: {finding}"
        ));
    }
    Ok(advice)
}
