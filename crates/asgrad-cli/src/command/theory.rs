//! `--theory`: what theory says of a recorded run. It replays the trace and evaluates extra
//! gradients beside it.

use asgrad::problems::Source;
use asgrad::replay::{ReplayError, recorded_problem};
use asgrad::theory::{Theory, TheoryMeter};
use asgrad::trace::Precision;
use asgrad::{Algorithm, Scalar, Trace, first_model};

use super::run::is_standard_output;
use crate::args::{Format, RunArgs, TheoryArgs};
use crate::failure::Failure;

/// What theory says of this run, if that was asked for; with data from elsewhere if they have
/// moved.
pub(crate) fn measure(
    asked: &TheoryArgs,
    trace: &Trace,
    data: Option<&Source>,
) -> Result<Option<Theory>, Failure> {
    if !asked.theory {
        return Ok(None);
    }
    let theory = match trace.header().spec.precision {
        Precision::F32 => measure_in::<f32>(asked, trace, data),
        Precision::F64 => measure_in::<f64>(asked, trace, data),
    };
    theory
        .map(Some)
        .map_err(|failure| failure.in_file(trace.path()))
}

/// Refuses `--theory` for a run that it can say nothing of.
pub(crate) fn refuse_in_run(args: &RunArgs, format: Format) -> Result<(), Failure> {
    let word = match format {
        Format::Json => Some("json"),
        Format::Csv => Some("csv"),
        Format::Latex => Some("latex"),
        Format::Table | Format::Markdown => None,
    };
    let message = if !args.theory.theory {
        return Ok(());
    } else if args.trace.is_none() || is_standard_output(args.trace.as_deref()) {
        "--theory: it measures along a trace; give --trace FILE".to_owned()
    } else if let Some(word) = word {
        // `run` prints one object a run for programs; `explain` has theory in its own.
        format!(
            "--theory with --format {word}: record a trace and use `asgrad explain TRACE --theory --format {word}`"
        )
    } else if args.method == Algorithm::Hogwild {
        format!("--theory: {:#}; leave it out", ReplayError::Hogwild)
    } else {
        return Ok(());
    };
    Err(Failure::request(message))
}

fn measure_in<T: Scalar>(
    asked: &TheoryArgs,
    trace: &Trace,
    data: Option<&Source>,
) -> Result<Theory, Failure> {
    let problem = recorded_problem::<T>(trace.header(), data.cloned()).map_err(Failure::failed)?;
    let Some(problem) = problem else {
        return Err(Failure::failed(
            "--theory: the trace is of a schedule alone, which has no gradients",
        ));
    };
    let spec = &trace.header().spec;
    let start = first_model(spec, problem.objective.dim())?;
    let meter = TheoryMeter::new(trace, problem.objective.clone()).start(start);
    let meter = match asked.epsilon {
        Some(epsilon) => meter.target(epsilon),
        None => meter,
    };
    meter.measure().map_err(Failure::failed)
}
