//! ```text
//! clip:        g ← g·min(1, λ/‖g‖)
//! clip-value:  g_i ← max(−λ, min(λ, g_i))
//! ```
//! On pure asynchronous SGD, clipping by norm makes a constant step robust to stragglers: its rate no longer depends on the
//! largest staleness (Erickson, Johansson, *Clipping makes distributed and federated asynchronous SGD robust to
//! stragglers*, ICML 2026, arXiv 2606.13287). It looks at no staleness, so a fresh gradient is clipped like a late one. Each
//! gradient is clipped, not the mean of those that are held.

use ps_core::{Scalar, Snapshot};

use super::Correction;
use crate::kernel;

/// Scales a gradient down to a largest norm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clip {
    norm: f64,
}

impl Clip {
    /// Clips to this norm.
    #[must_use]
    pub fn new(norm: f64) -> Self {
        Self { norm }
    }
}

impl<T: Scalar> Correction<T> for Clip {
    fn correct(&mut self, gradient: &mut [T], _read: &Snapshot<T>, _newest: &Snapshot<T>) {
        let norm = kernel::norm(gradient);
        if norm > self.norm {
            let scale = T::from_f64(self.norm / norm);
            gradient.iter_mut().for_each(|g| *g = *g * scale);
        }
    }
}

/// Brings each component of a gradient into bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClipValue {
    value: f64,
}

impl ClipValue {
    /// Clips to this absolute value.
    #[must_use]
    pub fn new(value: f64) -> Self {
        Self { value }
    }
}

impl<T: Scalar> Correction<T> for ClipValue {
    fn correct(&mut self, gradient: &mut [T], _read: &Snapshot<T>, _newest: &Snapshot<T>) {
        let most = T::from_f64(self.value);
        for g in gradient {
            let below = if *g > most { most } else { *g };
            *g = if below < -most { -most } else { below };
        }
    }
}
