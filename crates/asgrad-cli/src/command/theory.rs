//! `--theory`: what theory says of a recorded run. It replays the trace and evaluates extra gradients beside it.

use asgrad::theory::{Theory, TheoryMeter};
use asgrad::{Scalar, Trace};
use clap::Args;

use crate::args::Format;
use crate::failure::Failure;
use crate::recorded::Recorded;

#[derive(Clone, Debug, Args)]
pub(crate) struct TheoryArgs {
    /// Replay the run and measure smoothness, noise and heterogeneity: what theory allows, which term of its bound
    /// dominates, how fast the machine could have been
    #[arg(long, help_heading = "Output")]
    pub(crate) theory: bool,
    /// ε of the times that theory gives: until ‖∇f‖² ≤ ε [default: the smallest of the run]
    #[arg(long, value_name = "ε", requires = "theory", help_heading = "Output")]
    epsilon: Option<f64>,
}

impl TheoryArgs {
    /// What theory says of this run, if that was asked for; with data from elsewhere if they have moved.
    pub(crate) fn measure(
        &self,
        trace: &Trace,
        data: Option<&str>,
    ) -> Result<Option<Theory>, Failure> {
        if !self.theory {
            return Ok(None);
        }
        if let Some(epsilon) = self
            .epsilon
            .filter(|epsilon| epsilon.is_nan() || *epsilon <= 0.0)
        {
            return Err(Failure::request(format!(
                "--epsilon {epsilon}: ‖∇f‖² comes down to a positive number"
            )));
        }
        let recorded = Recorded::of(trace.header(), data)?;
        let theory = match trace.header().precision.as_str() {
            "f32" => self.measure_in::<f32>(trace, &recorded),
            _ => self.measure_in::<f64>(trace, &recorded),
        };
        theory.map(Some)
    }

    /// `run` prints one object a run for programs; `explain` has theory in its own.
    pub(crate) fn refuse_programs(&self, format: Format) -> Result<(), Failure> {
        let word = match format {
            _ if !self.theory => return Ok(()),
            Format::Json => "json",
            Format::Csv => "csv",
            Format::Table | Format::Markdown => return Ok(()),
        };
        Err(Failure::request(format!(
            "--theory with --format {word}: record a trace and use `asgrad explain TRACE --theory --format {word}`"
        )))
    }

    fn measure_in<T: Scalar>(&self, trace: &Trace, recorded: &Recorded) -> Result<Theory, Failure> {
        let (problem, start) = recorded.load::<T>()?;
        let Some(problem) = problem else {
            return Err(Failure::failed(
                "--theory: the trace is of a schedule alone, which has no gradients",
            ));
        };
        let meter = TheoryMeter::new(trace, problem.objective.clone()).start(start);
        let meter = match self.epsilon {
            Some(epsilon) => meter.target(epsilon),
            None => meter,
        };
        meter.measure().map_err(Failure::failed)
    }
}
