//! What is done to a gradient before it is used: clipping, and the repair of what it missed while it was computed.
//!
//! A correction sees one gradient `g`, the model `x_π` that it was computed at and the newest model `x_t`. It works in
//! the gradient's own memory, when the method first steps with the gradient or holds it: one that is let go costs nothing,
//! and leaves no trace in the running means of a correction. Several are applied one after the other. What is held is not
//! corrected again, however many updates it is stepped with later on.

mod clip;
mod delay_compensation;
mod gap_aware;

use std::fmt::{self, Debug};
use std::str::FromStr;

use ps_core::{Scalar, Snapshot};

use crate::form::{self, Bound, Form, Parameter, Rule, RuleError};

pub use clip::{Clip, ClipValue};
pub use delay_compensation::{DelayCompensation, Weighting};
pub use gap_aware::{GapAware, UpdateSize};

/// A change to each gradient, in place.
pub trait Correction<T: Scalar = f64>: Send + Debug {
    /// Corrects a finite gradient that was computed at `read` and is about to be used at `newest`.
    fn correct(&mut self, gradient: &mut [T], read: &Snapshot<T>, newest: &Snapshot<T>);

    /// An update has led from one model to the next.
    fn updated(&mut self, _before: &[T], _after: &[T]) {}
}

/// The corrections that have a name.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum CorrectionRule {
    /// [`Clip`].
    Clip {
        /// The largest norm, `λ`.
        norm: f64,
    },
    /// [`ClipValue`].
    ClipValue {
        /// The largest absolute value of a component, `λ`.
        value: f64,
    },
    /// [`DelayCompensation`] with a constant `λ`.
    DelayCompensation {
        /// `λ_0`.
        strength: f64,
    },
    /// [`DelayCompensation`] with a `λ` for each component.
    AdaptiveDelayCompensation {
        /// `λ_0`.
        strength: f64,
        /// The weight `m` of the past in the mean square of the gradients.
        memory: f64,
    },
    /// [`GapAware`].
    GapAware {
        /// The size `c` of an update, in one component; `None`: the mean of those so far.
        size: Option<f64>,
    },
}

const LAMBDA: &[Parameter] = &[Parameter::required("λ", Bound::PositiveOrInfinite)];

impl Rule for CorrectionRule {
    const KIND: &'static str = "correction";
    const FORMS: &'static [Form<Self>] = &[
        Form {
            name: "clip",
            summary: "scale gradients down to a norm of at most λ; Erickson, Johansson, ICML 2026",
            parameters: LAMBDA,
            make: |values| Self::Clip { norm: values[0] },
        },
        Form {
            name: "clip-value",
            summary: "bring each component to −λ … λ",
            parameters: LAMBDA,
            make: |values| Self::ClipValue { value: values[0] },
        },
        Form {
            name: "dc",
            summary: "g + λ0·g·g·(x_t − x_π): delay compensation; Zheng et al., ICML 2017",
            parameters: &[Parameter::required("λ0", Bound::NotNegative)],
            make: |values| Self::DelayCompensation {
                strength: values[0],
            },
        },
        Form {
            name: "dc-adaptive",
            summary: "the same with λ0/√(mean of g·g, the past weighing m) in each component",
            parameters: &[
                Parameter::required("λ0", Bound::NotNegative),
                Parameter::optional("m", 0.95, Bound::BelowOne),
            ],
            make: |values| Self::AdaptiveDelayCompensation {
                strength: values[0],
                memory: values[1],
            },
        },
        Form {
            name: "gap-aware",
            summary: "g/(1 + |x_t − x_π|/c), c the size of an update (0: the mean so far); Barkai et al., ICLR 2020",
            parameters: &[Parameter::optional("c", 0.0, Bound::NotNegative)],
            make: |values| Self::GapAware {
                size: (values[0] > 0.0).then_some(values[0]),
            },
        },
    ];

    fn parts(self) -> (&'static str, Vec<f64>) {
        match self {
            Self::Clip { norm } => ("clip", vec![norm]),
            Self::ClipValue { value } => ("clip-value", vec![value]),
            Self::DelayCompensation { strength } => ("dc", vec![strength]),
            Self::AdaptiveDelayCompensation { strength, memory } => {
                ("dc-adaptive", vec![strength, memory])
            }
            Self::GapAware { size } => ("gap-aware", size.into_iter().collect()),
        }
    }
}

impl CorrectionRule {
    /// This correction for models of this dimension. `None` if it corrects nothing: without a bound or of strength 0.
    #[must_use]
    pub fn build<T: Scalar>(self, dim: usize) -> Option<Box<dyn Correction<T>>> {
        match self {
            Self::Clip { norm } => norm.is_finite().then(|| Box::new(Clip::new(norm)) as _),
            Self::ClipValue { value } => value
                .is_finite()
                .then(|| Box::new(ClipValue::new(value)) as _),
            Self::DelayCompensation { strength } => {
                let weighting = Weighting::Constant;
                (strength > 0.0).then(|| Box::new(DelayCompensation::new(strength, weighting)) as _)
            }
            Self::AdaptiveDelayCompensation { strength, memory } => {
                let weighting = Weighting::adaptive(memory, dim);
                (strength > 0.0).then(|| Box::new(DelayCompensation::new(strength, weighting)) as _)
            }
            Self::GapAware { size } => Some(Box::new(GapAware::new(match size {
                Some(size) => UpdateSize::Given(size),
                None => UpdateSize::mean(),
            }))),
        }
    }
}

impl fmt::Display for CorrectionRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        form::write(*self, f)
    }
}

impl FromStr for CorrectionRule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        form::read(text)
    }
}
