//! ```text
//! clip:        g ← g·min(1, λ/‖g‖)
//! clip-value:  g_i ← max(−λ, min(λ, g_i))
//! ```
//! On pure asynchronous SGD, clipping by norm makes a constant step robust to stragglers: its rate
//! no longer depends on the largest staleness (Erickson, Johansson, *Clipping makes distributed and
//! federated asynchronous SGD robust to stragglers*, ICML 2026, arXiv 2606.13287). It looks at no
//! staleness, so a fresh gradient is clipped like a late one. Each gradient is clipped, not the
//! mean of those that are held.

use ps_core::form::{Domain, Limit, Named, Parameter, Values};
use ps_core::{Scalar, Snapshot};

use super::{Correction, CorrectionMaker};
use crate::kernel;

/// Scales a gradient down to a largest norm.
#[derive(Debug)]
struct Clip {
    norm: f64,
}

impl<T: Scalar> Correction<T> for Clip {
    fn correct(&mut self, gradient: &mut [T], _read: &Snapshot<T>, _newest: &Snapshot<T>) {
        let norm = kernel::norm(gradient);
        if norm <= self.norm {
            return;
        }
        let factor = T::from_f64(self.norm / norm);
        if factor >= T::MIN_POSITIVE {
            gradient.iter_mut().for_each(|g| *g = *g * factor);
        } else {
            // The norm or the factor is out of range.
            let (largest, rest) = kernel::norm_in_factors(gradient);
            let (largest, factor) = (T::from_f64(largest), T::from_f64(self.norm / rest));
            let components = gradient.iter_mut();
            components.for_each(|g| *g = *g / largest * factor);
        }
    }
}

/// Brings each component of a gradient into bounds.
#[derive(Debug)]
struct ClipValue {
    value: f64,
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

const LAMBDA: Parameter = Parameter::new(
    "λ",
    Domain::Real(Limit::Excluded(0.0), Limit::Included(f64::INFINITY)),
);

pub(super) const BY_NORM: Named<CorrectionMaker> = Named {
    name: "clip",
    summary: "scale gradients down to a norm of at most λ",
    reference: "Erickson, Johansson, ICML 2026",
    parameters: &[LAMBDA],
    what: CorrectionMaker(by_norm, by_norm),
};

fn by_norm<T: Scalar>(values: &Values, _dim: usize) -> Option<Box<dyn Correction<T>>> {
    let norm = values.real("λ");
    norm.is_finite().then(|| Box::new(Clip { norm }) as _)
}

pub(super) const BY_VALUE: Named<CorrectionMaker> = Named {
    name: "clip-value",
    summary: "bring each component to −λ … λ",
    reference: "",
    parameters: &[LAMBDA],
    what: CorrectionMaker(by_value, by_value),
};

fn by_value<T: Scalar>(values: &Values, _dim: usize) -> Option<Box<dyn Correction<T>>> {
    let value = values.real("λ");
    value
        .is_finite()
        .then(|| Box::new(ClipValue { value }) as _)
}
