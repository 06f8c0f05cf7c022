//! What theory prescribes for one method, and what that is made from.

use ps_core::form::{Domain, Value, Values};

use crate::assumptions::Assumptions;

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
        "method `{method}`: no number can stand for what theory prescribes: step size {step_size:e}, {updates:e}·Δ updates; L = {smoothness:e}, σ²/ε = {noise_to_accuracy:e}"
    )]
    NoStepSize {
        /// The method.
        method: &'static str,
        /// What it would be.
        step_size: f64,
        /// How many updates it would take, for each unit of `Δ`.
        updates: f64,
        /// `L`.
        smoothness: f64,
        /// `σ²/ε`.
        noise_to_accuracy: f64,
    },
}

/// A step size, and how many updates it takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Advice {
    pub(crate) step_size: f64,
    /// Updates for each unit of `Δ`.
    pub(crate) updates: f64,
}

/// What a prescription is made from.
#[derive(Debug)]
pub(crate) struct Case<'a> {
    pub(crate) method: &'static str,
    /// Those that were given, and those that were chosen since.
    pub(crate) values: Values,
    pub(crate) assumptions: Assumptions,
    pub(crate) n_workers: usize,
    pub(crate) seconds: Option<&'a [f64]>,
}

impl Case<'_> {
    /// `σ²/ε`: how many gradients outweigh the noise.
    pub(crate) fn noise_to_accuracy(&self) -> f64 {
        self.assumptions.noise() / self.assumptions.accuracy()
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

    /// The number that the method has for this key.
    pub(crate) fn number(&self, key: &str) -> f64 {
        self.values.complete(self.n_workers).count(key) as f64
    }

    /// The value of this key: the one that was given, or else this one, which the method then has.
    pub(crate) fn chosen(
        &mut self,
        key: &'static str,
        value: f64,
    ) -> Result<f64, PrescriptionError> {
        if !self.values.has(key) {
            if value > Domain::MAX_EXACT as f64 {
                return Err(PrescriptionError::TooMany {
                    method: self.method,
                    key,
                    value,
                    most: Domain::MAX_EXACT,
                });
            }
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a whole number from 1 to 2^53"
            )]
            self.values.set(key, Value::Count(value as u64));
        }
        Ok(self.number(key))
    }

    /// The step size that is this part of `1/L`, with `K = 4Δ/(γε)`.
    pub(crate) fn advice(&self, part: f64) -> Advice {
        let step_size = part / self.assumptions.smoothness();
        Advice {
            step_size,
            updates: 4.0 / part * self.assumptions.smoothness() / self.assumptions.accuracy(),
        }
    }

    /// There is nothing that theory prescribes for such a setting.
    pub(crate) fn silent(&self, why: &'static str) -> PrescriptionError {
        PrescriptionError::Silent {
            method: self.method,
            why,
        }
    }

    pub(crate) fn speeds_unknown(&self) -> PrescriptionError {
        PrescriptionError::SpeedsUnknown {
            method: self.method,
        }
    }
}

impl Advice {
    /// The same with `K = multiple·LΔ/ε`.
    pub(crate) fn after(self, multiple: f64, case: &Case<'_>) -> Self {
        let assumptions = &case.assumptions;
        Self {
            updates: multiple * assumptions.smoothness() / assumptions.accuracy(),
            ..self
        }
    }
}
