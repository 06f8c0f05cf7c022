//! The evaluations of a run that was killed before it made them.

use std::sync::Arc;
use std::time::Duration;

use problems::Source;
use ps_core::Scalar;
use trace::{Evaluation, Precision, Target, Trace};
use workers::StopHandle;

use super::{Replay, ReplayError, recorded_problem};
use crate::grid::Grid;
use crate::measure::Measurement;

/// A trace whose problem the library knows, with the evaluations that its run would have made up to
/// where the trace breaks off; from other places if its data have moved.
///
/// # Errors
/// If the trace cannot be read or replayed, or the replay parts ways with it.
pub fn evaluated(trace: &Trace, data: Option<Source>) -> Result<Trace, ReplayError> {
    let evaluations = match trace.header().spec.precision {
        Precision::F32 => evaluations::<f32>(trace, data)?,
        Precision::F64 => evaluations::<f64>(trace, data)?,
    };
    Ok(trace.clone().with_evaluations(evaluations))
}

fn evaluations<T: Scalar>(
    trace: &Trace,
    data: Option<Source>,
) -> Result<Vec<Evaluation>, ReplayError> {
    let Some(problem) = recorded_problem::<T>(trace.header(), data)? else {
        return Ok(Vec::new());
    };
    let mut spec = trace.header().spec.clone();
    // What ended the run is in the trace.
    spec.end.target = Target::default();
    let mut replay = Replay::new(trace).known_problem(&problem, false)?;
    let (objective, nobody) = (Some(Arc::clone(&problem.objective)), StopHandle::new());
    let watching = &mut replay.model_observers;
    let measurement =
        Measurement::begin(objective, &spec, Grid::of(&spec), true, &nobody, watching)?;
    let replayed = replay.run()?;
    match replayed.divergence {
        Some(divergence) => Err(ReplayError::Diverges(divergence)),
        None => {
            // Whoever asks for them waits for all.
            let measured = measurement.finish(&spec, &replayed.model, Duration::MAX, &nobody);
            Ok(measured.evaluations)
        }
    }
}
