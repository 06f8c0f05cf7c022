//! What makes a direction out of the gradients that a step is taken along: momentum, Adam, weight decay.
//!
//! An optimizer sees one direction for each update, not each gradient, and keeps its vectors on the server; several are
//! applied one after the other, each to what the one before it made. So `weight-decay:λ` in front of `momentum` or `adam` is the classical
//! ℓ2 regulariser, and behind them it is the decoupled decay of `AdamW`. The step size comes last: `x ← x − γ·d`, so a zero step moves nothing.
//!
//! A step along an accumulator is along the *mean* of what it holds: an optimizer that divides by the size of the gradients
//! would otherwise not notice that `γ` was meant for a mean.
//!
//! Constants are rounded to the number type of the model, but a `β` not to 1 and an `ε` not to 0.
//!
//! Under asynchrony the directions are late, and an optimizer makes them later: what each means there is said in its docs.

mod adam;
mod momentum;
mod weight_decay;

use std::fmt::{self, Debug};
use std::str::FromStr;

use ps_core::Scalar;

use crate::form::{self, Bound, Form, Parameter, Rule, RuleError};

pub use adam::Adam;
pub use momentum::{Lookahead, Momentum};
pub use weight_decay::WeightDecay;

/// A change to the direction of each update, in place.
pub trait Optimizer<T: Scalar = f64>: Send + Debug {
    /// Replaces the direction of an update of the model `x`: what was steepest descent so far becomes this optimizer's
    /// direction. Both are finite.
    fn direct(&mut self, x: &[T], direction: &mut [T]);
}

/// The optimizers that have a name.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum OptimizerRule {
    /// [`Momentum`].
    Momentum {
        /// How much of the velocity is left after an update, `β`.
        beta: f64,
    },
    /// [`Momentum`] that looks one update ahead.
    Nesterov {
        /// How much of the velocity is left after an update, `β`.
        beta: f64,
    },
    /// [`Adam`].
    Adam {
        /// The weight of the past in the mean, `β1`.
        beta1: f64,
        /// The weight of the past in the mean square, `β2`.
        beta2: f64,
        /// What keeps the divisor away from zero, `ε`.
        epsilon: f64,
    },
    /// [`Adam`], and [`WeightDecay`] behind it.
    AdamW {
        /// The decay, `λ`.
        decay: f64,
        /// The weight of the past in the mean, `β1`.
        beta1: f64,
        /// The weight of the past in the mean square, `β2`.
        beta2: f64,
        /// What keeps the divisor away from zero, `ε`.
        epsilon: f64,
    },
    /// [`WeightDecay`].
    WeightDecay {
        /// The decay, `λ`.
        decay: f64,
    },
}

const BETA: &[Parameter] = &[Parameter::required("β", Bound::BelowOne)];
const BETA1: Parameter = Parameter::optional("β1", 0.9, Bound::BelowOne);
const BETA2: Parameter = Parameter::optional("β2", 0.999, Bound::BelowOne);
const EPSILON: Parameter = Parameter::optional("ε", 1e-8, Bound::Positive);

impl Rule for OptimizerRule {
    const KIND: &'static str = "optimizer";
    const FORMS: &'static [Form<Self>] = &[
        Form {
            name: "momentum",
            summary: "v ← β·v + g, along v; Polyak 1964",
            parameters: BETA,
            make: |values| Self::Momentum { beta: values[0] },
        },
        Form {
            name: "nesterov",
            summary: "v ← β·v + g, along g + β·v; Nesterov 1983, as Sutskever et al., ICML 2013",
            parameters: BETA,
            make: |values| Self::Nesterov { beta: values[0] },
        },
        Form {
            name: "adam",
            summary: "mean over root mean square, both without bias; Kingma, Ba, ICLR 2015",
            parameters: &[BETA1, BETA2, EPSILON],
            make: |values| Self::Adam {
                beta1: values[0],
                beta2: values[1],
                epsilon: values[2],
            },
        },
        Form {
            name: "adamw",
            summary: "adam, then weight-decay:λ; Loshchilov, Hutter, ICLR 2019",
            parameters: &[
                Parameter::optional("λ", 0.01, Bound::NotNegative),
                BETA1,
                BETA2,
                EPSILON,
            ],
            make: |values| Self::AdamW {
                decay: values[0],
                beta1: values[1],
                beta2: values[2],
                epsilon: values[3],
            },
        },
        Form {
            name: "weight-decay",
            summary: "along g + λ·x; in front of another optimizer an ℓ2 regulariser, behind it decoupled",
            parameters: &[Parameter::required("λ", Bound::NotNegative)],
            make: |values| Self::WeightDecay { decay: values[0] },
        },
    ];

    fn parts(self) -> (&'static str, Vec<f64>) {
        match self {
            Self::Momentum { beta } => ("momentum", vec![beta]),
            Self::Nesterov { beta } => ("nesterov", vec![beta]),
            Self::Adam {
                beta1,
                beta2,
                epsilon,
            } => ("adam", vec![beta1, beta2, epsilon]),
            Self::AdamW {
                decay,
                beta1,
                beta2,
                epsilon,
            } => ("adamw", vec![decay, beta1, beta2, epsilon]),
            Self::WeightDecay { decay } => ("weight-decay", vec![decay]),
        }
    }
}

impl OptimizerRule {
    /// This optimizer for models of this dimension: none if it changes nothing, or several in a row.
    #[must_use]
    pub fn build<T: Scalar>(self, dim: usize) -> Vec<Box<dyn Optimizer<T>>> {
        match self {
            Self::Momentum { beta: 0.0 }
            | Self::Nesterov { beta: 0.0 }
            | Self::WeightDecay { decay: 0.0 } => Vec::new(),
            Self::Momentum { beta } => vec![Box::new(Momentum::new(beta, Lookahead::None, dim))],
            Self::Nesterov { beta } => vec![Box::new(Momentum::new(beta, Lookahead::One, dim))],
            Self::WeightDecay { decay } => vec![Box::new(WeightDecay::new(decay))],
            Self::Adam {
                beta1,
                beta2,
                epsilon,
            } => vec![Box::new(Adam::new(beta1, beta2, epsilon, dim))],
            Self::AdamW {
                decay,
                beta1,
                beta2,
                epsilon,
            } => {
                let adam = Self::Adam {
                    beta1,
                    beta2,
                    epsilon,
                };
                let mut both = adam.build(dim);
                both.extend(Self::WeightDecay { decay }.build(dim));
                both
            }
        }
    }
}

impl fmt::Display for OptimizerRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        form::write(*self, f)
    }
}

impl FromStr for OptimizerRule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        form::read(text)
    }
}
