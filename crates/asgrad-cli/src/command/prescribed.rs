//! The theory steps, `--step-size theory:L,σ²,ε`: step sizes, batches and thresholds that theory
//! prescribes.

use asgrad::Algorithm;
use asgrad::methods::{Assumptions, Prescription};

use crate::failure::Failure;
use crate::progress::Progress;
use crate::request::Request;
use crate::values::StepSizeChoice;

/// The methods with the batches and thresholds that theory prescribes, if it is asked.
pub(crate) fn settled(
    request: &Request,
    methods: Vec<Algorithm>,
) -> Result<Vec<Algorithm>, Failure> {
    let Some(StepSizeChoice::Theory(assumptions)) = request.options.typed.step_size else {
        return Ok(methods);
    };
    let settle = |method| {
        let prescription = request.prescribe(method, &assumptions)?;
        Ok(Algorithm::Method(prescription.method().clone()))
    };
    methods.iter().map(settle).collect()
}

/// What theory prescribes for a method, and says so.
pub(crate) fn prescribe(
    request: &Request,
    method: &Algorithm,
    assumptions: &Assumptions,
    progress: &Progress,
) -> Result<Prescription, Failure> {
    let prescription = request.prescribe(method, assumptions)?;
    progress.note(format_args!("theory: {prescription}"));
    Ok(prescription)
}
