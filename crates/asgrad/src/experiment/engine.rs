//! The server of a run, as its spec says: the same for a run and for its replay.

use std::sync::Arc;

use methods::{Engine, Method, StopRule};
use ps_core::{ParamStore, Scalar, Seed, Snapshot};
use trace::{Algorithm, Part, RunSpec};
use workers::MakeServer;

use crate::error::ConfigError;

/// What makes the server that a spec says, which publishes in this store. Its number of workers is made
/// out; a method of the user's own is given.
pub(crate) fn server<T: Scalar>(
    spec: &RunSpec,
    own_method: Option<Box<dyn Method>>,
    store: &Arc<ParamStore<T>>,
) -> Result<MakeServer<T>, ConfigError> {
    let (make, store) = (engine(spec, own_method)?, Arc::clone(store));
    Ok(Box::new(move || {
        let model = store.snapshot();
        Box::new(make(model).publish_in(store))
    }))
}

/// What makes it of its first model.
pub(crate) fn engine<T: Scalar>(
    spec: &RunSpec,
    own_method: Option<Box<dyn Method>>,
) -> Result<impl FnOnce(Snapshot<T>) -> Engine<T> + Send + use<T>, ConfigError> {
    let n_workers = spec.workers.unwrap_or_default();
    let concurrency = spec.concurrency.unwrap_or(n_workers);
    let step_size = one(&spec.step_rule)?.with(spec.step_size);
    let method = match (own_method, &spec.algorithm) {
        (Some(method), _) => method,
        (None, Algorithm::Method(named)) => named.build(n_workers, concurrency)?,
        (None, other) => {
            let name = other.to_string();
            return Err(ConfigError::OwnPart { name });
        }
    };
    let corrections = all(&spec.corrections)?;
    let optimizers = all(&spec.optimizers)?;
    let (seed, on_lost_worker) = (Seed::new(spec.seed), spec.on_lost_worker);
    let stop_rule = StopRule {
        updates: spec.end.updates,
        seconds: spec.end.time_limit,
    };
    Ok(move |model| {
        Engine::new(method, step_size, n_workers, concurrency, model, seed)
            .stop_rule(stop_rule)
            .on_lost_worker(on_lost_worker)
            .rules(&corrections, &optimizers)
    })
}

fn all<R: Clone + std::fmt::Display>(parts: &[Part<R>]) -> Result<Vec<R>, ConfigError> {
    parts.iter().map(one).collect()
}

fn one<R: Clone + std::fmt::Display>(part: &Part<R>) -> Result<R, ConfigError> {
    part.known().cloned().ok_or_else(|| ConfigError::OwnPart {
        name: part.to_string(),
    })
}
