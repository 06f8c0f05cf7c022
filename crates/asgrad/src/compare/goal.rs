//! What is to be reached.

use std::fmt;

use ps_core::Scalar;

use super::observer::{CompareObserver, Run, Stage, finish};
use super::{CompareError, Comparison};
use crate::error::{ConfigError, Fault};
use explain::tables::number::figure;
use trace::{Clock, Evaluation, Target};
use workers::Cluster;

/// What is to be reached, and where that comes from.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Goal {
    /// What is to be reached.
    pub target: Target,
    /// Where that comes from.
    pub origin: Origin,
}

/// Where a target comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// It was given.
    Asked,
    /// It is the loss that this method reaches in half the budget, in virtual time.
    HalfTheBudget {
        /// Which method.
        method: String,
    },
    /// There is none: this method made no progress in half the budget, or failed.
    NoProgress {
        /// Which method.
        method: String,
    },
    /// There is none: without emulated times there is no virtual time to find one in.
    Nowhere,
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Target {
            gradient_norm,
            loss,
        } = self.target;
        let norm = gradient_norm.map(|norm| format!("gradient norm ≤ {}", figure(norm, 4)));
        let loss = loss.map(|loss| format!("loss ≤ {}", figure(loss, 4)));
        let parts: Vec<_> = norm.into_iter().chain(loss).collect();
        f.write_str(&parts.join(" or "))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asked => f.write_str("as asked"),
            Self::HalfTheBudget { method } => write!(
                f,
                "what {method} reaches in half the budget, in virtual time"
            ),
            Self::NoProgress { method } => write!(
                f,
                "none: {method} made no progress in half the budget, in virtual time"
            ),
            Self::Nowhere => f.write_str("none"),
        }
    }
}

impl<T: Scalar> Comparison<'_, T> {
    /// What was asked for, or what the baseline, or else the first method, reaches in half the
    /// budget.
    pub(super) fn goal(
        &self,
        step_sizes: &[f64],
        machine: Option<&Cluster>,
        observer: &dyn CompareObserver<T>,
    ) -> Result<Goal, CompareError> {
        let nothing = |origin| {
            let target = Target::default();
            Ok(Goal { target, origin })
        };
        let position = self.entries.iter().position(|entry| entry.is_baseline());
        let position = position.unwrap_or(0);
        let (entry, step_size) = (&self.entries[position], step_sizes[position]);
        let run = Run::new(Stage::Aiming, &entry.name, step_size, self.seed);
        let experiment = self.virtually(entry, &run, machine)?;
        let target = experiment.spec().end.target;
        if target.is_set() {
            let origin = Origin::Asked;
            return Ok(Goal { target, origin });
        }
        let session = match Self::to_measure(experiment).build() {
            Err(ConfigError::Misfit {
                fault: Fault::TimeStandsStill,
                ..
            }) => {
                return nothing(Origin::Nowhere);
            }
            session => session?,
        };
        let (summary, fault) = finish(session, &run, observer)?;
        let half = summary.seconds / 2.0;
        let halfway = |e: &&Evaluation| e.time.as_secs_f64() >= half;
        let loss = summary.evaluations.iter().find(halfway).map(|e| e.loss);
        let method = entry.on(Clock::Virtual, self.clock).label();
        let start = summary.evaluations.first().map(|e| e.loss);
        let is_below = |loss: &f64| loss.is_finite() && start.is_none_or(|start| *loss < start);
        if fault.is_some() || !loss.as_ref().is_some_and(is_below) {
            return nothing(Origin::NoProgress { method });
        }
        Ok(Goal {
            target: Target {
                gradient_norm: None,
                loss,
            },
            origin: Origin::HalfTheBudget { method },
        })
    }
}
