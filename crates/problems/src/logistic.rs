//! Logistic regression: `ℓ(z, y) = ln(1 + e^(−y z))` for `y = ±1`.

use ps_core::math::{exp, ln_1p};

use crate::model::Model;

/// Binary classification by the sign of one output.
///
/// Finite for any margin: `e^(−z)/(1 + e^(−z))` would be ∞/∞ below −709.
#[derive(Clone, Copy, Debug, Default)]
pub struct Logistic;

/// One of two classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// −1.
    Negative,
    /// +1.
    Positive,
}

impl Side {
    /// `y z`: how far on the right side `z` is.
    #[inline(always)]
    fn margin(self, z: f64) -> f64 {
        match self {
            Self::Negative => -z,
            Self::Positive => z,
        }
    }
}

impl Model for Logistic {
    type Label = Side;

    fn n_outputs(&self) -> usize {
        1
    }

    #[inline(always)]
    fn loss(&self, z: &[f64], label: Side) -> f64 {
        let margin = label.margin(z[0]);
        (-margin).max(0.0) + ln_1p(exp(-margin.abs()))
    }

    #[inline(always)]
    fn derive(&self, z: &mut [f64], label: Side) {
        // −y/(1 + e^(y z)); where the power is ∞ this is 0.
        let margin = label.margin(z[0]);
        z[0] = label.margin(-1.0 / (1.0 + exp(margin)));
    }

    /// An output of exactly 0 counts as −1.
    fn is_right(&self, z: &[f64], label: Side) -> Option<bool> {
        Some((z[0] > 0.0) == (label == Side::Positive))
    }
}

#[cfg(test)]
mod tests;
