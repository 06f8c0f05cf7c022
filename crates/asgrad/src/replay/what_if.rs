//! Other methods on the machine and the problem of a recorded run.

use std::sync::Arc;

use explain::Explanation;
use methods::OnLoss;
use problems::{Problem, Source};
use ps_core::Scalar;
use trace::{DriverSpec, End, Trace};
use workers::Cluster;

use super::{ReplayError, recorded_problem};
use crate::experiment::Experiment;

/// The machine and the problem of a recorded run: what would another method have done there?
///
/// # Examples
/// ```
/// use asgrad::prelude::*;
/// use asgrad::replay::WhatIf;
/// use asgrad::Trace;
///
/// let path = std::env::temp_dir().join("asgrad-doc-what-if.jsonl");
/// let mut spec = RunSpec::default();
/// for (name, text) in [("problem", "quadratic:1,2,6"), ("compute", "fixed"), ("clock", "virtual"), ("updates", "60")] {
///     spec.set(name, text)?;
/// }
/// Experiment::<f64>::of(spec)?.trace(&path).run()?;
///
/// let what_if = WhatIf::<f64>::of(&Trace::open(&path)?, None)?;
/// let other = what_if.experiment().method("minibatch").run()?;
/// assert!(other.updates < what_if.past.updates);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct WhatIf<T: Scalar = f64> {
    /// What the trace says of the run.
    pub past: Explanation,
    pub(crate) problem: Arc<Problem<T>>,
    pub(crate) cluster: Cluster,
}

impl<T: Scalar> WhatIf<T> {
    /// Of this trace, whose data may have moved to another place.
    ///
    /// # Errors
    /// If the trace cannot be read or was altered, or has no model, or does not say how long a
    /// worker takes, or its problem cannot be [made again](recorded_problem).
    pub fn of(trace: &Trace, data: Option<Source>) -> Result<Self, ReplayError> {
        let past = Explanation::of(trace)?;
        if past.altered.is_none() && past.known_duration.is_zero() {
            return Err(ReplayError::NoGradient);
        }
        let problem = recorded_problem(trace.header(), data)?;
        Ok(Self {
            past,
            problem: problem.ok_or(ReplayError::ScheduleOnly)?,
            cluster: trace.cluster()?,
        })
    }

    /// The recorded run again in virtual time, on workers that take the recorded times, for as long
    /// as it was recorded: to be given another method and step size.
    pub fn experiment(&self) -> Experiment<T> {
        let mut spec = self.past.header.spec.clone();
        spec.driver = DriverSpec::Virtual;
        spec.end = End::after(self.past.known_duration);
        (spec.concurrency, spec.evaluate_every, spec.job_limit) = (None, None, None);
        spec.on_lost_worker = OnLoss::default();
        Experiment::on(spec, Some(&self.problem)).cluster(self.cluster.clone())
    }
}
