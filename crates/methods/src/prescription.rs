//! The theory steps: step size, thresholds and batches that theory prescribes, given `L`, `σ²` and
//! `ε`.

use std::fmt;

use crate::assumptions::Assumptions;
use crate::spec::MethodSpec;
use crate::theory::{Advice, Case, PrescriptionError};

/// A method as theory prescribes it.
#[derive(Clone, Debug)]
pub struct Prescription {
    method: MethodSpec,
    assumptions: Assumptions,
    advice: Advice,
    /// Under which condition, in words.
    provided: &'static str,
}

impl MethodSpec {
    /// The method with what theory prescribes: its step size, and the batch or threshold unless
    /// this spec sets it; the step size is then the one for that. `seconds` is how long each worker
    /// takes for a gradient, in any unit, where that is fixed and it has one job at a time.
    ///
    /// # Errors
    /// If theory has no constants for this method, needs times that are not given, or no number can
    /// stand for what it prescribes.
    pub fn prescribed(
        &self,
        assumptions: &Assumptions,
        n_workers: usize,
        seconds: Option<&[f64]>,
    ) -> Result<Prescription, PrescriptionError> {
        let method = self.name();
        let theory = &self.entry().what.theory.0;
        let silent = |why: &&'static str| PrescriptionError::Silent { method, why };
        let rule = theory.as_ref().map_err(silent)?;
        let mut case = Case {
            method,
            values: self.values().clone(),
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
                updates,
                smoothness: assumptions.smoothness(),
                noise_to_accuracy: case.noise_to_accuracy(),
            });
        }
        Ok(Prescription {
            method: self.with_values(case.values),
            assumptions: *assumptions,
            advice,
            provided: rule.provided,
        })
    }
}

impl Prescription {
    /// The method, with the settings that were prescribed.
    pub fn method(&self) -> &MethodSpec {
        &self.method
    }

    /// `γ`.
    pub fn step_size(&self) -> f64 {
        self.advice.step_size
    }

    /// How many updates suffice, `K`, for the mean of `E‖∇f(x_t)‖²` over them to be at most `ε`, if
    /// `Δ = f(x_0) − f*`.
    pub fn updates(&self, descent: f64) -> f64 {
        self.advice.updates * descent
    }
}

impl fmt::Display for Prescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (method, Advice { step_size, updates }) = (&self.method, self.advice);
        let accuracy = self.assumptions.accuracy();
        // Whole numbers of many digits say less than their size.
        let updates = if updates < 1e9 {
            format!("{updates:.0}")
        } else {
            format!("{updates:.1e}")
        };
        write!(
            f,
            "{method}, step size {step_size}: the mean of E‖∇f‖² over {updates}·Δ updates is at most {accuracy}{}, Δ = f(x₀) − f*",
            self.provided
        )
    }
}

#[cfg(test)]
mod tests;
