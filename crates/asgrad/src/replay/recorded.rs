//! The problem of a recorded run, made again.

use std::sync::Arc;

use problems::{Batch, Problem, Source};
use ps_core::Scalar;
use trace::Header;

use super::ReplayError;
use crate::error::ConfigError;
use crate::experiment::load;

/// The problem that a trace was recorded with, where the library knows it; from other places if its
/// data have moved. `None`: the schedule alone.
///
/// # Errors
/// If the problem is one of the user's own, or the data cannot be loaded or are others than the
/// recorded ones.
pub fn recorded_problem<T: Scalar>(
    header: &Header,
    data: Option<Source>,
) -> Result<Option<Arc<Problem<T>>>, ReplayError> {
    let mut spec = header.spec.clone();
    if spec.problem.is_none() && !spec.is_schedule {
        return Err(ReplayError::OwnProblem);
    }
    let recorded = header.described("data_hash");
    let given = data.as_ref().map(Source::to_string);
    if let Some(problem) = &mut spec.problem {
        // Nothing that is replayed is measured on it.
        problem.test_data = None;
        if problem.n_centres().is_some() {
            // Traces of a quadratic had one, too, once; it draws nothing.
            problem.batch = Batch::default();
        }
    }
    match (&mut spec.problem, data) {
        (Some(problem), Some(data)) => problem.data = data,
        (Some(problem), None) if problem.data.is_stream() => {
            let data = problem.data.to_string();
            return Err(ReplayError::Stream { data });
        }
        _ => {}
    }
    let loaded = load::<T>(&spec).map_err(|error| match error {
        ConfigError::Problem(source) if given.is_some() => ReplayError::UnfitData {
            data: given.unwrap_or_default(),
            recorded: recorded.clone(),
            source: Box::new(source),
        },
        ConfigError::Problem(source) => {
            let asked = spec.problem.as_ref();
            let is_file = asked.is_some_and(|problem| problem.data.is_file());
            ReplayError::Problem { source, is_file }
        }
        error => error.into(),
    })?;
    let Some(problem) = loaded else {
        return Ok(None);
    };
    let found = problem.data_hash.map(|hash| hash.to_string());
    let is_made =
        matches!(&spec.problem, Some(problem) if matches!(problem.data, Source::Synthetic(_)));
    let may_differ = is_made && header.is_of_other_kernels();
    if found != recorded && !may_differ {
        let data = spec.text("data").unwrap_or_default();
        return Err(ReplayError::OtherData {
            data,
            recorded,
            found,
        });
    }
    Ok(Some(problem))
}
