//! ```text
//! g ← g + λ·g⊙g⊙(x_t − x_π)
//!     λ = λ_0                                      (constant)
//!     λ = λ_0/√(v + ε),  v ← m·v + (1−m)·g⊙g       (adaptive)
//! ```
//! DC-ASGD: Zheng, Meng, Wang, Chen, Yu, Ma, Liu, *Asynchronous stochastic gradient descent with
//! delay compensation*, ICML 2017, arXiv 1609.08326. The first-order Taylor expansion
//! `∇f(x_t) ≈ g + H·(x_t − x_π)` with `λ·diag(g⊙g)` in place of the Hessian: a late gradient is
//! moved to the version at which it is stepped with or held; rules that step with a held one many
//! updates later (`iag`, `ringleader`) do not move it further. At staleness 0 nothing changes, to
//! the bit.
//!
//! That `m` is about 0.95 and `ε` is 10⁻⁷ is remembered, not checked against the paper; so is that
//! `v` starts at zero and takes the gradient in before it is used. `m` is a parameter.

use ps_core::form::{Domain, Named, Parameter, Values};
use ps_core::{Scalar, Snapshot};

use super::{Correction, CorrectionMaker};
use crate::kernel;

/// Keeps the square root away from zero.
const EPSILON: f64 = 1e-7;

/// Moves a gradient from the model it was computed at to the newest one.
#[derive(Debug)]
struct DelayCompensation<T> {
    strength: T,
    weighting: Weighting<T>,
}

/// How strongly a component is compensated.
#[derive(Debug)]
enum Weighting<T> {
    /// All alike.
    Constant,
    /// Against the root of their mean squares.
    Adaptive {
        /// The weight `m` of the past.
        memory: f64,
        /// `v`, one number a component.
        mean_squares: Vec<T>,
    },
}

impl<T: Scalar> Correction<T> for DelayCompensation<T> {
    fn correct(&mut self, gradient: &mut [T], read: &Snapshot<T>, newest: &Snapshot<T>) {
        let strength = self.strength;
        let is_fresh = read.version() == newest.version();
        let moves = newest.values().iter().zip(read.values());
        let components = gradient.iter_mut().zip(moves);
        match &mut self.weighting {
            Weighting::Constant if is_fresh => {}
            Weighting::Constant => {
                for (g, (x, read)) in components {
                    *g += strength * *g * *g * (*x - *read);
                }
            }
            Weighting::Adaptive {
                memory,
                mean_squares,
            } => {
                let (memory, rest): (T, T) =
                    (kernel::below_one(*memory), T::from_f64(1.0 - *memory));
                let epsilon = T::from_f64(EPSILON);
                for ((g, (x, read)), v) in components.zip(mean_squares) {
                    let square = *g * *g;
                    *v = memory * *v + rest * square;
                    if !is_fresh {
                        *g += strength / (*v + epsilon).sqrt() * square * (*x - *read);
                    }
                }
            }
        }
    }
}

const STRENGTH: Parameter = Parameter::new("λ0", Domain::NOT_NEGATIVE);
const MEMORY: Parameter = Parameter::new("m", Domain::BELOW_ONE);

pub(super) const CONSTANT: Named<CorrectionMaker> = Named {
    name: "dc",
    summary: "g + λ0·g·g·(x_t − x_π): delay compensation",
    reference: "Zheng et al., ICML 2017",
    parameters: &[STRENGTH],
    what: CorrectionMaker(constant, constant),
};

fn constant<T: Scalar>(values: &Values, _dim: usize) -> Option<Box<dyn Correction<T>>> {
    compensation(values, || Weighting::Constant)
}

pub(super) const ADAPTIVE: Named<CorrectionMaker> = Named {
    name: "dc-adaptive",
    summary: "the same with λ0/√(mean of g·g, the past weighing m) in each component",
    reference: "Zheng et al., ICML 2017",
    parameters: &[STRENGTH, MEMORY.or("0.95")],
    what: CorrectionMaker(adaptive, adaptive),
};

fn adaptive<T: Scalar>(values: &Values, dim: usize) -> Option<Box<dyn Correction<T>>> {
    compensation(values, || Weighting::Adaptive {
        memory: values.real("m"),
        mean_squares: vec![T::ZERO; dim],
    })
}

fn compensation<T: Scalar>(
    values: &Values,
    weighting: impl FnOnce() -> Weighting<T>,
) -> Option<Box<dyn Correction<T>>> {
    let strength = values.real("λ0");
    (strength > 0.0).then(|| {
        Box::new(DelayCompensation {
            strength: T::from_f64(strength),
            weighting: weighting(),
        }) as _
    })
}
