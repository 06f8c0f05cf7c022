//! The theory steps: step size, thresholds and batches that theory prescribes, given `L`, `σ²` and `ε`.

use std::fmt;
use std::str::FromStr;

use crate::MethodSpec;
use crate::rules::Key;

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

/// What theory does not prescribe.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PrescriptionError {
    /// Theory has no constants for this method.
    #[error(
        "method `{method}`: theory prescribes nothing: {why}; give its step size as a number, or `auto`"
    )]
    Silent {
        /// The method.
        method: &'static str,
        /// Why.
        why: &'static str,
    },
    /// The step size depends on how stale gradients may become, and nobody knows.
    #[error(
        "method `{method}`: its step size depends on the largest staleness, which is known for fixed compute times \
         and one job a worker only; give the step size as a number, or `auto`"
    )]
    SpeedsUnknown {
        /// The method.
        method: &'static str,
    },
    /// A batch or threshold beyond all measure.
    #[error(
        "method `{method}`: theory prescribes {key} = {value:e}, and at most {most} can be counted; choose a larger ε"
    )]
    TooMany {
        /// The method.
        method: &'static str,
        /// The key.
        key: &'static str,
        /// What it would be.
        value: f64,
        /// What is possible.
        most: u64,
    },
    /// No number can stand for it.
    #[error(
        "method `{method}`: theory prescribes a step size that no number can stand for ({step_size}); L = {smoothness}, σ²/ε = {noise_to_accuracy}"
    )]
    NoStepSize {
        /// The method.
        method: &'static str,
        /// What it would be.
        step_size: f64,
        /// `L`.
        smoothness: f64,
        /// `σ²/ε`.
        noise_to_accuracy: f64,
    },
}

/// A method as theory prescribes it.
#[derive(Clone, Debug)]
pub struct Prescription {
    method: MethodSpec,
    assumptions: Assumptions,
    advice: Advice,
}

/// A step size, and how many updates it takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Advice {
    step_size: f64,
    /// Updates for each unit of `Δ`.
    updates: f64,
}

/// What a prescription is made from.
#[derive(Debug)]
pub(crate) struct Case<'a> {
    method: MethodSpec,
    assumptions: Assumptions,
    n_workers: usize,
    seconds: Option<&'a [f64]>,
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

impl MethodSpec {
    /// The method with what theory prescribes: its step size, and the batch or threshold unless this spec sets it; the step
    /// size is then the one for that. `seconds` is how long each worker takes for a gradient, in any unit, where that
    /// is fixed and it has one job at a time.
    ///
    /// # Errors
    /// If theory has no constants for this method, needs times that are not given, or no number can stand for what it
    /// prescribes.
    pub fn prescribed(
        &self,
        assumptions: &Assumptions,
        n_workers: usize,
        seconds: Option<&[f64]>,
    ) -> Result<Prescription, PrescriptionError> {
        let method = self.name();
        let theory = &self.named().theory.0;
        let silent = |why: &&'static str| PrescriptionError::Silent { method, why };
        let rule = theory.as_ref().map_err(silent)?;
        let mut case = Case {
            method: self.clone(),
            assumptions: *assumptions,
            n_workers,
            seconds,
        };
        let advice = (rule.advise)(&mut case)?;
        let Advice { step_size, updates } = advice;
        if !(step_size > 0.0 && step_size.is_finite() && updates.is_finite()) {
            return Err(PrescriptionError::NoStepSize {
                method,
                step_size,
                smoothness: assumptions.smoothness,
                noise_to_accuracy: case.noise_to_accuracy(),
            });
        }
        Ok(Prescription {
            method: case.method,
            assumptions: *assumptions,
            advice,
        })
    }
}

impl Prescription {
    /// The method, with the settings that were prescribed.
    #[must_use]
    pub fn method(&self) -> &MethodSpec {
        &self.method
    }

    /// `γ`.
    #[must_use]
    pub fn step_size(&self) -> f64 {
        self.advice.step_size
    }

    /// How many updates suffice, `K`, for the mean of `E‖∇f(x_t)‖²` over them to be at most `ε`, if `Δ = f(x_0) − f*`.
    #[must_use]
    pub fn updates(&self, descent: f64) -> f64 {
        self.advice.updates * descent
    }
}

impl fmt::Display for Prescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (method, Advice { step_size, updates }) = (&self.method, self.advice);
        let accuracy = self.assumptions.accuracy;
        write!(
            f,
            "{method}, step size {step_size}: the mean of E‖∇f‖² over {updates:.0}·Δ updates is at most {accuracy}, Δ = f(x₀) − f*"
        )
    }
}

impl Case<'_> {
    /// Whole numbers up to this one are exact.
    const MOST: u64 = 1 << 53;

    /// `σ²/ε`: how many gradients outweigh the noise.
    pub(crate) fn noise_to_accuracy(&self) -> f64 {
        self.assumptions.noise / self.assumptions.accuracy
    }

    /// `max{1, ⌈σ²/ε⌉}`, where a quotient that is whole but for rounding is whole.
    pub(crate) fn enough(&self) -> f64 {
        let quotient = self.noise_to_accuracy();
        let nearest = quotient.round();
        let is_whole = (quotient - nearest).abs() <= 1e-12 * quotient;
        let whole = if is_whole { nearest } else { quotient.ceil() };
        whole.max(1.0)
    }

    pub(crate) fn n(&self) -> f64 {
        self.n_workers as f64
    }

    pub(crate) fn seconds(&self) -> Option<&[f64]> {
        self.seconds
    }

    /// What the method has for this key.
    pub(crate) fn value(&self, key: &str) -> f64 {
        self.number(key) as f64
    }

    /// The same as a whole number; a word as its position.
    pub(crate) fn number(&self, key: &str) -> usize {
        self.method.number(self.key(key), self.n_workers)
    }

    /// The value of this key: the one that was given, or else this one, which the method then has.
    pub(crate) fn chosen(
        &mut self,
        key: &'static str,
        value: f64,
    ) -> Result<f64, PrescriptionError> {
        if !self.method.has(key) {
            if value > Self::MOST as f64 {
                return Err(PrescriptionError::TooMany {
                    method: self.method.name(),
                    key,
                    value,
                    most: Self::MOST,
                });
            }
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a whole number from 1 to 2^53"
            )]
            self.method.set(self.key(key), value as usize);
        }
        Ok(self.value(key))
    }

    /// The step size that is this part of `1/L`, with `K = 4Δ/(γε)`.
    pub(crate) fn advice(&self, part: f64) -> Advice {
        let step_size = part / self.assumptions.smoothness;
        Advice {
            step_size,
            updates: 4.0 / part * self.assumptions.smoothness / self.assumptions.accuracy,
        }
    }

    fn key(&self, name: &str) -> &'static Key {
        self.method.key(name).expect("a key of this method")
    }

    /// There is nothing that theory prescribes for such a setting.
    pub(crate) fn silent(&self, why: &'static str) -> PrescriptionError {
        PrescriptionError::Silent {
            method: self.method.name(),
            why,
        }
    }

    pub(crate) fn speeds_unknown(&self) -> PrescriptionError {
        PrescriptionError::SpeedsUnknown {
            method: self.method.name(),
        }
    }
}

impl Advice {
    /// The same with `K = multiple·LΔ/ε`.
    pub(crate) fn after(self, multiple: f64, case: &Case<'_>) -> Self {
        let Assumptions {
            smoothness,
            accuracy,
            ..
        } = case.assumptions;
        Self {
            updates: multiple * smoothness / accuracy,
            ..self
        }
    }
}

#[cfg(test)]
mod tests;
