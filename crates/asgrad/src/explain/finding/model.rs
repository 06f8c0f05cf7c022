//! What became of the model.

use std::fmt;

use ps_core::Version;
use serde::Serialize;

use super::super::Explanation;
use super::words::two_digits;
use crate::{Evaluation, json};

/// Noise alone moves the gradient norm by less than this factor between evaluated versions.
const RELAPSE: f64 = 3.0;

/// The run ended otherwise than as asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Failed {
    /// Why, in one word.
    pub reason: String,
    /// Why, for people.
    pub message: String,
}

impl Failed {
    pub(super) fn find(of: &Explanation) -> Option<Self> {
        let stopped = of.stopped.as_ref()?;
        let message = stopped.message.clone()?;
        let reason = stopped.reason.clone();
        Some(Self { reason, message })
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the run failed: {}", self.message)
    }
}

/// The loss ended above where it began, or is no number any more.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Worsened {
    /// The first loss.
    pub first: f64,
    /// The last one.
    pub last: f64,
    /// The step size.
    pub step_size: f64,
}

impl Worsened {
    pub(super) fn find(of: &Explanation) -> Option<Self> {
        let [first, .., last] = &of.evaluations[..] else {
            return None;
        };
        let got_worse = !last.loss.is_finite() || last.loss > first.loss;
        (first.loss.is_finite() && got_worse).then_some(Self {
            first: first.loss,
            last: last.loss,
            step_size: of.header.step_size,
        })
    }
}

impl fmt::Display for Worsened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            first,
            last,
            step_size,
        } = self;
        let (first, last) = (two_digits(*first), two_digits(*last));
        write!(
            f,
            "the loss ended at {last} and had begun at {first}: the model diverges; use a smaller --step-size than \
             {step_size} (`asgrad tune` finds one)"
        )
    }
}

/// The gradient norm had been much smaller.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Relapsed {
    /// The last gradient norm.
    pub last: f64,
    /// The smallest.
    pub smallest: f64,
    /// When that was.
    #[serde(serialize_with = "json::version")]
    pub version: Version,
}

impl Relapsed {
    pub(super) fn find(of: &Explanation) -> Option<Self> {
        let finite = |evaluation: &&Evaluation| evaluation.gradient_norm.is_finite();
        let last = of.evaluations.last().filter(finite)?.gradient_norm;
        let norms = of.evaluations.iter().filter(finite);
        let best = norms.min_by(|a, b| a.gradient_norm.total_cmp(&b.gradient_norm))?;
        let smallest = best.gradient_norm;
        (last > RELAPSE * smallest).then_some(Self {
            last,
            smallest,
            version: best.version,
        })
    }
}

impl fmt::Display for Relapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            last,
            smallest,
            version,
        } = self;
        let (last, smallest) = (two_digits(*last), two_digits(*smallest));
        write!(
            f,
            "the gradient norm was {smallest} at version {version} and {last} at the end: the model no longer improves; \
             use a smaller --step-size, --step-rule decreasing, or a larger --batch-size"
        )
    }
}
