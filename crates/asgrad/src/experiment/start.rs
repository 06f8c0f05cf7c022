//! The first model of a run, where no program gives it.

use problems::Start;
use ps_core::{Scalar, Seed};
use trace::RunSpec;

use super::build::misfit;
use crate::error::{ConfigError, Fault};
use crate::model_file;

/// The first model that a spec says, with this many parameters; zeros where a program gives it.
///
/// # Errors
/// If it is in a file that cannot be read or holds another model.
pub fn first_model<T: Scalar>(spec: &RunSpec, dim: usize) -> Result<Vec<T>, ConfigError> {
    let Start::File(path) = &spec.start else {
        return Ok(spec.start.model(dim, Seed::new(spec.seed)));
    };
    let model = model_file::read::<T>(path).map_err(|source| ConfigError::StartFile {
        path: path.clone(),
        source,
    })?;
    let refuse = |fault| Err(misfit("start", &spec.start, fault));
    if model.len() != dim {
        let given = model.len();
        return refuse(Fault::StartLength { given, dim });
    }
    match model.iter().position(|value| !value.is_finite()) {
        Some(component) => refuse(Fault::StartNotFinite { component }),
        None => Ok(model),
    }
}
