//! The factor `γ` of an update.

mod constant;
mod decreasing;
mod koloskova;
mod mishchenko;

use std::fmt::{self, Debug};
use std::str::FromStr;

use crate::{Arrival, Server};

pub use constant::Constant;
pub use decreasing::Decreasing;
pub use koloskova::Koloskova;
pub use mishchenko::Mishchenko;

/// The step size of an update, from the gradient that makes it (of several held gradients, the last), the version on
/// its arrival, and the concurrency.
#[doc(alias = "learning_rate")]
pub trait StepSize: Send + Debug {
    /// `γ` for this gradient.
    fn at(&mut self, arrival: &Arrival, server: &Server<'_>) -> f64;
}

/// The step sizes that have a name. Each scales one number `γ`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum StepRule {
    /// `γ` always.
    #[default]
    Constant,
    /// `γ/√(t + 1)`.
    Decreasing,
    /// `γ·min(1, τ_C/τ)`: Koloskova, Stich, Jaggi 2022.
    Koloskova,
    /// `γ·min(1, n/τ)`: Mishchenko, Bach, Even, Woodworth 2022.
    Mishchenko,
}

impl StepRule {
    /// Every rule, with its name on the command line.
    pub const ALL: &[(&str, Self)] = &[
        ("constant", Self::Constant),
        ("decreasing", Self::Decreasing),
        ("koloskova", Self::Koloskova),
        ("mishchenko", Self::Mishchenko),
    ];

    /// This rule with this `γ`.
    #[must_use]
    pub fn with(self, step_size: f64) -> Box<dyn StepSize> {
        match self {
            Self::Constant => Box::new(Constant(step_size)),
            Self::Decreasing => Box::new(Decreasing(step_size)),
            Self::Koloskova => Box::new(Koloskova(step_size)),
            Self::Mishchenko => Box::new(Mishchenko(step_size)),
        }
    }
}

impl fmt::Display for StepRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = Self::ALL.iter().find(|(_, rule)| rule == self);
        f.write_str(named.map_or("", |(name, _)| name))
    }
}

/// There is no step rule of this name.
#[derive(Debug, thiserror::Error)]
#[error("unknown step rule `{name}`; there are constant, decreasing, koloskova, mishchenko")]
pub struct UnknownStepRule {
    /// What was asked for.
    pub name: String,
}

impl FromStr for StepRule {
    type Err = UnknownStepRule;

    fn from_str(name: &str) -> Result<Self, UnknownStepRule> {
        let named = Self::ALL.iter().find(|(known, _)| *known == name);
        named.map(|(_, rule)| *rule).ok_or_else(|| UnknownStepRule {
            name: name.to_owned(),
        })
    }
}
