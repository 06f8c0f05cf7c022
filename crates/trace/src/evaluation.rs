//! What was evaluated of a run, and when it has come far enough.

use std::time::Duration;

use ps_core::{StopReason, Version};
use serde::Serialize;

use crate::hash::ModelHash;
use crate::json::seconds;

/// What the full objective says of one version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Evaluation {
    /// When the version was published.
    #[serde(serialize_with = "seconds")]
    pub time: Duration,
    /// Which version. Of Hogwild!, where it is a copy that was made while workers wrote: how many
    /// updates were known to be in it.
    pub version: Version,
    /// `f(x)`.
    pub loss: f64,
    /// `‖∇f(x)‖`, Euclidean, not squared.
    pub gradient_norm: f64,
    /// The fingerprint of the model, if a trace is to have it.
    #[serde(skip)]
    pub model_hash: Option<ModelHash>,
}

/// When a run has come far enough: when the first of these is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Target {
    /// `‖∇f‖` at most this.
    pub gradient_norm: Option<f64>,
    /// `f` at most this.
    pub loss: Option<f64>,
}

impl Target {
    /// Whether there is anything to reach.
    pub fn is_set(&self) -> bool {
        self.gradient_norm.is_some() || self.loss.is_some()
    }

    /// When it was reached: the time of the first of these versions that has, in their order.
    pub fn time(&self, evaluations: &[Evaluation]) -> Option<Duration> {
        let mut evaluations = evaluations.iter();
        let first = evaluations.find(|it| self.reached(it).is_some())?;
        Some(first.time)
    }

    /// Whether this version has reached it, as a reason to stop.
    pub fn reached(&self, evaluation: &Evaluation) -> Option<StopReason> {
        let is_reached = |target: Option<f64>, value| target.is_some_and(|most| value <= most);
        if is_reached(self.gradient_norm, evaluation.gradient_norm) {
            return Some(StopReason::TargetGradientNorm);
        }
        is_reached(self.loss, evaluation.loss).then_some(StopReason::TargetLoss)
    }
}
