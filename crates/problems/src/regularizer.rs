//! What is added to every `f_i` to keep the parameters small.

use std::fmt;
use std::str::FromStr;

use ps_core::Scalar;

use crate::request_error::{RequestError, Word};

/// A term in the parameters alone. It acts on every component, intercepts included.
///
/// # Examples
/// ```
/// use problems::Regularizer;
///
/// let regularizer: Regularizer = "l2:0.5".parse()?;
/// assert_eq!(regularizer.value(&[2.0, 4.0]), 5.0);
/// # Ok::<(), problems::RequestError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Regularizer {
    /// 0.
    None,
    /// `(λ/2)‖x‖²`.
    L2(f64),
    /// `λ Σ x²/(1 + x²)`: bounded, and not convex where `x² > 1/3`.
    NonConvex(f64),
}

/// `l2:0.001`.
impl Default for Regularizer {
    fn default() -> Self {
        Self::L2(0.001)
    }
}

impl Regularizer {
    /// Its value at `x`.
    #[must_use]
    pub fn value<T: Scalar>(self, x: &[T]) -> f64 {
        let squares = x.iter().map(|x| x.to_f64() * x.to_f64());
        match self {
            Self::None => 0.0,
            Self::L2(lambda) => lambda / 2.0 * squares.sum::<f64>(),
            // As 1 − 1/(1 + x²), which is 1 and not ∞/∞ for a square that is too large.
            Self::NonConvex(lambda) => {
                lambda
                    * squares
                        .map(|square| 1.0 - 1.0 / (1.0 + square))
                        .sum::<f64>()
            }
        }
    }

    /// Adds its gradient at `x` to `out`: `λx`, or `2λx/(1 + x²)²`.
    pub fn add_gradient<T: Scalar>(self, x: &[T], out: &mut [T]) {
        match self {
            Self::None => {}
            Self::L2(lambda) => {
                let lambda = T::from_f64(lambda);
                for (out, &x) in out.iter_mut().zip(x) {
                    *out += lambda * x;
                }
            }
            Self::NonConvex(lambda) => {
                let lambda = T::from_f64(2.0 * lambda);
                for (out, &x) in out.iter_mut().zip(x) {
                    let base = T::ONE + x * x;
                    *out += lambda * (x / base) / base;
                }
            }
        }
    }
}

impl FromStr for Regularizer {
    type Err = RequestError;

    fn from_str(word: &str) -> Result<Self, RequestError> {
        let word = Word {
            option: "regularizer",
            word,
        };
        let lambda = |text| {
            let passes = |lambda: &f64| lambda.is_finite() && *lambda >= 0.0;
            word.number(text, "a number from 0", passes)
        };
        match word.split() {
            ("none", None) => Ok(Self::None),
            ("l2", Some(text)) => lambda(text).map(Self::L2),
            ("nonconvex", Some(text)) => lambda(text).map(Self::NonConvex),
            _ => Err(word.unknown(&["nonconvex:λ", "l2:λ", "none"])),
        }
    }
}

/// As it is typed.
impl fmt::Display for Regularizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::L2(lambda) => write!(f, "l2:{lambda}"),
            Self::NonConvex(lambda) => write!(f, "nonconvex:{lambda}"),
        }
    }
}

#[cfg(test)]
mod tests;
