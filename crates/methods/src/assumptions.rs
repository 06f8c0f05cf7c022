//! What theory is told of a problem.

use std::fmt;
use std::str::FromStr;

/// What theory is told of a problem, typed `L,σ²,ε`.
///
/// # Examples
/// ```
/// use methods::{Assumptions, MethodSpec};
///
/// let assumptions: Assumptions = "2,1,0.1".parse()?;
/// let spec: MethodSpec = "rennala".parse()?;
/// let prescription = spec.prescribed(&assumptions, 4, None)?;
/// assert_eq!(prescription.method().to_string(), "rennala:batch=10");
/// assert_eq!(prescription.step_size(), 0.25);
/// assert_eq!(prescription.updates(3.0), 480.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Assumptions {
    smoothness: f64,
    noise: f64,
    accuracy: f64,
}

/// Assumptions that make no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AssumptionsError {
    /// Not three numbers.
    #[error(
        "`{text}`: expected L,σ²,ε, three numbers: smoothness, variance of a gradient, and the mean ‖∇f‖² that is aimed at"
    )]
    Malformed {
        /// What was written.
        text: String,
    },
    /// A number that cannot be.
    #[error("{symbol} is {value}, and must be {bound}")]
    OutOfBounds {
        /// Which.
        symbol: &'static str,
        /// Its value.
        value: String,
        /// What is possible.
        bound: &'static str,
    },
}

impl Assumptions {
    /// `f` is `L`-smooth, a stochastic gradient has variance `σ²`, and the mean of `E‖∇f‖²` is to be at most `ε`.
    ///
    /// # Errors
    /// If one of them is not finite, `L` or `ε` is not positive, or `σ²` is negative.
    pub fn new(smoothness: f64, noise: f64, accuracy: f64) -> Result<Self, AssumptionsError> {
        let positive = |value: f64| value > 0.0 && value.is_finite();
        let not_negative = |value: f64| value >= 0.0 && value.is_finite();
        let checks = [
            (
                "L",
                smoothness,
                positive(smoothness),
                "a finite number above 0",
            ),
            (
                "σ²",
                noise,
                not_negative(noise),
                "a finite number of at least 0",
            ),
            ("ε", accuracy, positive(accuracy), "a finite number above 0"),
        ];
        match checks.into_iter().find(|(_, _, holds, _)| !holds) {
            None => Ok(Self {
                smoothness,
                noise,
                accuracy,
            }),
            Some((symbol, value, _, bound)) => Err(AssumptionsError::OutOfBounds {
                symbol,
                value: value.to_string(),
                bound,
            }),
        }
    }

    /// `L`.
    #[must_use]
    pub fn smoothness(&self) -> f64 {
        self.smoothness
    }

    /// `σ²`.
    #[must_use]
    pub fn noise(&self) -> f64 {
        self.noise
    }

    /// `ε`.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        self.accuracy
    }
}

impl FromStr for Assumptions {
    type Err = AssumptionsError;

    fn from_str(text: &str) -> Result<Self, AssumptionsError> {
        let numbers: Option<Vec<f64>> = text.split(',').map(|word| word.parse().ok()).collect();
        match numbers.as_deref() {
            Some(&[smoothness, noise, accuracy]) => Self::new(smoothness, noise, accuracy),
            _ => Err(AssumptionsError::Malformed {
                text: text.to_owned(),
            }),
        }
    }
}

impl fmt::Display for Assumptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{},{}", self.smoothness, self.noise, self.accuracy)
    }
}
