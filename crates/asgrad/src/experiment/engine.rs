//! The server of a run, as its spec says: the same for a run and for its replay.

use methods::{Engine, StopRule};
use ps_core::{Scalar, Seed, Snapshot};
use trace::{Algorithm, Part, RunSpec};

use super::own::{OwnParts, given, made};
use crate::error::ConfigError;

/// The server that a spec says, with this first model. Its number of workers is made out; parts of
/// the user's own are given.
pub(crate) fn engine<T: Scalar>(
    spec: &RunSpec,
    mut own: OwnParts<T>,
    model: Snapshot<T>,
) -> Result<Engine<T>, ConfigError> {
    let dim = model.values().len();
    let n_workers = spec.workers.unwrap_or_default();
    let concurrency = spec.concurrency.unwrap_or(n_workers);
    let step_size = match &spec.step_rule {
        Part::Known(rule) => rule.with(spec.step_size),
        Part::Own(_) => given(own.step_size, &spec.step_rule)?,
    };
    let method = match &spec.algorithm {
        Algorithm::Method(named) => named.build(n_workers, concurrency)?,
        other => given(own.method, other)?,
    };
    let corrections = made(&spec.corrections, &mut own.corrections, |it| it.build(dim))?;
    let optimizers = made(&spec.optimizers, &mut own.optimizers, |it| it.build(dim))?;
    let seed = Seed::new(spec.seed);
    let stop_rule = StopRule {
        updates: spec.end.updates,
        seconds: spec.end.time_limit,
        gradients: spec.end.gradients,
    };
    let engine = Engine::new(method, step_size, n_workers, concurrency, model, seed);
    let mut engine = engine
        .stop_rule(stop_rule)
        .on_lost_worker(spec.on_lost_worker)
        .on_bad_gradient(spec.on_bad_gradient);
    let (corrections, optimizers) = (corrections.into_iter(), optimizers.into_iter());
    corrections.for_each(|it| engine.add_correction(it));
    optimizers.for_each(|it| engine.add_optimizer(it));
    Ok(engine)
}
