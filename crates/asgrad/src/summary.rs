//! What came out of a run.

mod text;

use std::time::Duration;

use ps_core::{Scalar, Snapshot, StopReason};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use workers::Reads;

use crate::warning::Warning;
use trace::statistics::LostWorker;
use trace::{Clock, Concurrency, Evaluation, Staleness, Statistics, WaitedFor, json};

/// What came out of a run. Shown, it is what `asgrad run` prints for people; its serialised form is
/// the JSON object of the command line, in which what is not known, or not finite, is `null`. The
/// summary of a run that ended as asked is read from it, too, without what is not in it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "")]
#[non_exhaustive]
pub struct Summary<T: Scalar = f64> {
    /// The method, with its settings.
    pub method: String,
    /// How many updates were applied: the last version.
    pub updates: u64,
    /// How many gradients were received: applied, held and discarded.
    pub gradients: u64,
    /// How many of them were neither applied nor held.
    pub discarded: u64,
    /// When the run ended, on its own clock; 0 is the first assignment.
    pub seconds: f64,
    /// `f` at the last version.
    pub loss: Option<f64>,
    /// `‖∇f‖` at the last version, Euclidean, not squared.
    pub gradient_norm: Option<f64>,
    /// The smallest `‖∇f‖` over the evaluated versions.
    pub min_gradient_norm: Option<f64>,
    /// The share of correctly classified rows at the last version, for classification.
    pub accuracy: Option<f64>,
    /// How stale applied and held gradients were; `null` where there are no versions.
    pub staleness: Staleness,
    /// Jobs outstanding on arrival; `null` where nothing arrives anywhere.
    pub concurrency: Concurrency,
    /// The workers that were lost, in that order; only where there are some, as in the next two.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lost_workers: Vec<LostWorker>,
    /// The workers that had not answered for very long when the run ended, the longest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waited_for: Vec<WaitedFor>,
    /// How many gradients were rejected because a component was NaN or infinite.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rejected: u64,
    /// How many gradients each worker delivered.
    pub gradients_per_worker: Vec<u64>,
    /// Updates for each second of the run's own clock.
    pub updates_per_second: Option<f64>,
    /// Why the run ended.
    #[serde(serialize_with = "word", deserialize_with = "reason")]
    pub stop_reason: StopReason,
    /// The first 16 digits of SHA-256 over the last model's bytes.
    pub model_hash: String,
    /// The step size `γ`.
    pub step_size: f64,
    /// The seed.
    pub seed: u64,
    /// Real or virtual.
    #[serde(serialize_with = "json::text", deserialize_with = "clock")]
    pub clock: Clock,
    /// How many rows of the data no worker had.
    pub unused_rows: usize,

    /// How the shared model was read, in a run without a server; only there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reads: Option<Reads>,
    /// When the target was reached: the time of the first evaluated version that did. Only where it
    /// was.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "json::seconds_if_any",
        deserialize_with = "json::time_if_any"
    )]
    pub time_to_target: Option<Duration>,

    /// The last model; of a summary that was read, one without parameters.
    #[serde(skip, default = "no_model")]
    pub model: Snapshot<T>,
    /// Loss and gradient norm along the way; empty without an objective.
    #[serde(skip)]
    pub evaluations: Vec<Evaluation>,
    /// How long versions were evaluated, beside the workers, while the run went on: to see whether
    /// its target was reached.
    #[serde(skip)]
    pub evaluating: Duration,
    /// Everything that was counted.
    #[serde(skip)]
    pub statistics: Statistics,
    /// What may be wrong with the measurement; only where something may be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

fn word<S: Serializer>(reason: &StopReason, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(reason.word())
}

fn reason<'de, D: Deserializer<'de>>(from: D) -> Result<StopReason, D::Error> {
    let word = String::deserialize(from)?;
    let no_reason = || D::Error::custom(format!("`{word}` is no end that was asked for"));
    StopReason::as_asked(&word).ok_or_else(no_reason)
}

fn clock<'de, D: Deserializer<'de>>(from: D) -> Result<Clock, D::Error> {
    let word = String::deserialize(from)?;
    word.parse().map_err(D::Error::custom)
}

fn no_model<T: Scalar>() -> Snapshot<T> {
    Snapshot::initial(&[])
}
