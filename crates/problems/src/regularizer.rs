//! What is added to every `f_i` to keep the parameters small.

use ps_core::form::{Domain, Kind, Named, Parameter, Syntax};
use ps_core::{Scalar, choice};

choice! {
    /// A term in the parameters alone. It acts on every component, intercepts included.
    ///
    /// # Examples
    /// ```
    /// use problems::Regularizer;
    ///
    /// let regularizer: Regularizer = "l2:0.5".parse()?;
    /// assert_eq!(regularizer.value(&[2.0, 4.0]), 5.0);
    /// # Ok::<(), ps_core::form::FormError>(())
    /// ```
    pub struct Regularizer(Penalty);

    /// 0.
    fn none();
    /// `(λ/2)‖x‖²`.
    fn l2(lambda: f64);
    /// `λ Σ x²/(1 + x²)`: bounded, and not convex where `x² > 1/3`.
    fn nonconvex(lambda: f64);
}

/// What a regularizer adds.
#[derive(Clone, Copy, Debug)]
pub enum Penalty {
    /// 0.
    None,
    /// `(λ/2)‖x‖²`.
    L2,
    /// `λ Σ x²/(1 + x²)`.
    NonConvex,
}

const LAMBDA: Parameter = Parameter::new("λ", Domain::NOT_NEGATIVE);

impl Kind for Penalty {
    const NAME: &'static str = "regularizer";
    const SYNTAX: Syntax = Syntax::Positional(':');
    const ALL: &'static [Named<Self>] = &[
        Named::new("l2", "(λ/2)‖x‖²", &[LAMBDA], Self::L2),
        Named::new("nonconvex", "λ Σ x²/(1 + x²)", &[LAMBDA], Self::NonConvex),
        Named::new("none", "nothing is added", &[], Self::None),
    ];
}

/// `l2:0.001`.
impl Default for Regularizer {
    fn default() -> Self {
        Self::l2(0.001)
    }
}

impl Regularizer {
    /// Whether nothing is added.
    pub(crate) fn is_none(&self) -> bool {
        matches!(self.entry().what, Penalty::None)
    }

    fn lambda(&self) -> f64 {
        self.values().real("λ")
    }

    /// Its value at `x`.
    pub fn value<T: Scalar>(&self, x: &[T]) -> f64 {
        let squares = x.iter().map(|x| x.to_f64() * x.to_f64());
        match self.entry().what {
            Penalty::None => 0.0,
            Penalty::L2 => self.lambda() / 2.0 * squares.sum::<f64>(),
            // As 1 − 1/(1 + x²), which is 1 and not ∞/∞ for a square that is too large.
            Penalty::NonConvex => {
                self.lambda()
                    * squares
                        .map(|square| 1.0 - 1.0 / (1.0 + square))
                        .sum::<f64>()
            }
        }
    }

    /// Adds its gradient at `x` to `out`: `λx`, or `2λx/(1 + x²)²`.
    pub fn add_gradient<T: Scalar>(&self, x: &[T], out: &mut [T]) {
        match self.entry().what {
            Penalty::None => {}
            Penalty::L2 => {
                let lambda = T::from_f64(self.lambda());
                for (out, &x) in out.iter_mut().zip(x) {
                    *out += lambda * x;
                }
            }
            Penalty::NonConvex => {
                let lambda = T::from_f64(2.0 * self.lambda());
                for (out, &x) in out.iter_mut().zip(x) {
                    let base = T::ONE + x * x;
                    *out += lambda * (x / base) / base;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
