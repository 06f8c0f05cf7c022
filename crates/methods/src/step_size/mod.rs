//! The factor `γ` of an update.

mod constant;
mod cosine;
mod decreasing;
mod delay_adaptive;
mod koloskova;
mod mishchenko;
mod staleness;
mod warmup;

use std::fmt::{self, Debug};
use std::str::FromStr;

use crate::form::{self, Bound, Form, Parameter, Rule, RuleError};
use crate::method::Arrival;
use crate::server::Server;

pub use constant::Constant;
pub use cosine::Cosine;
pub use decreasing::Decreasing;
pub use delay_adaptive::{DelayAdaptive, Share};
pub use koloskova::Koloskova;
pub use mishchenko::Mishchenko;
pub use staleness::StalenessAware;
pub use warmup::Warmup;

/// The step size of an update, from the gradient that makes it (of several held gradients, the last), the version on
/// its arrival, and the concurrency.
#[doc(alias = "learning_rate")]
pub trait StepSize: Send + Debug {
    /// `γ` for this gradient.
    fn at(&mut self, arrival: &Arrival, server: &Server<'_>) -> f64;
}

/// The step sizes that have a name. Each scales one number `γ`.
///
/// # Examples
/// ```
/// use methods::StepRule;
///
/// let rule: StepRule = "warmup:100".parse()?;
/// assert_eq!(rule, StepRule::Warmup { updates: 100 });
/// assert_eq!(rule.to_string(), "warmup:100");
/// # Ok::<(), methods::RuleError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum StepRule {
    /// [`Constant`].
    #[default]
    Constant,
    /// [`Decreasing`].
    Decreasing,
    /// [`Koloskova`].
    Koloskova,
    /// [`Mishchenko`].
    Mishchenko,
    /// [`StalenessAware`].
    Staleness,
    /// [`DelayAdaptive`], Adaptive 1.
    Piag {
        /// The share of what is left of the budget, `α`.
        share: f64,
    },
    /// [`DelayAdaptive`], Adaptive 2.
    Piag2,
    /// [`Warmup`].
    Warmup {
        /// How many updates it lasts, `T`.
        updates: u64,
    },
    /// [`Cosine`].
    Cosine {
        /// How many updates it lasts, `T`.
        updates: u64,
    },
}

/// The form of a rule without numbers.
const fn plain(name: &'static str, summary: &'static str, make: Make) -> Form<StepRule> {
    Form {
        name,
        summary,
        parameters: &[],
        make,
    }
}

type Make = fn(&[f64]) -> StepRule;

const UPDATES: &[Parameter] = &[Parameter::required("T", Bound::Count)];

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count was checked to be one"
)]
fn count(value: f64) -> u64 {
    value as u64
}

impl Rule for StepRule {
    const KIND: &'static str = "step rule";
    const FORMS: &'static [Form<Self>] = &[
        plain("constant", "γ", |_| Self::Constant),
        plain("decreasing", "γ/√(t + 1)", |_| Self::Decreasing),
        plain(
            "koloskova",
            "γ·min(1, C/τ); Koloskova, Stich, Jaggi, NeurIPS 2022",
            |_| Self::Koloskova,
        ),
        plain(
            "mishchenko",
            "γ·min(1, n/τ); Mishchenko, Bach, Even, Woodworth, NeurIPS 2022",
            |_| Self::Mishchenko,
        ),
        plain(
            "staleness",
            "γ/max(1, τ); Zhang, Gupta, Lian, Liu, IJCAI 2016",
            |_| Self::Staleness,
        ),
        Form {
            name: "piag",
            summary: "α·(γ − the steps missed), at least 0; Wu et al., ICML 2022, Adaptive 1",
            parameters: &[Parameter::optional("α", 0.9, Bound::UpToOne)],
            make: |values| Self::Piag { share: values[0] },
        },
        plain(
            "piag2",
            "γ/(τ + 1) if the steps missed leave it room in γ, else 0; the same, Adaptive 2",
            |_| Self::Piag2,
        ),
        Form {
            name: "warmup",
            summary: "γ·min(1, (t + 1)/T)",
            parameters: UPDATES,
            make: |values| Self::Warmup {
                updates: count(values[0]),
            },
        },
        Form {
            name: "cosine",
            summary: "γ·(1 + cos(π·t/T))/2 up to update T, then 0",
            parameters: UPDATES,
            make: |values| Self::Cosine {
                updates: count(values[0]),
            },
        },
    ];

    fn parts(self) -> (&'static str, Vec<f64>) {
        match self {
            Self::Constant => ("constant", Vec::new()),
            Self::Decreasing => ("decreasing", Vec::new()),
            Self::Koloskova => ("koloskova", Vec::new()),
            Self::Mishchenko => ("mishchenko", Vec::new()),
            Self::Staleness => ("staleness", Vec::new()),
            Self::Piag { share } => ("piag", vec![share]),
            Self::Piag2 => ("piag2", Vec::new()),
            Self::Warmup { updates } => ("warmup", vec![updates as f64]),
            Self::Cosine { updates } => ("cosine", vec![updates as f64]),
        }
    }
}

impl StepRule {
    /// This rule with this `γ`.
    #[must_use]
    pub fn with(self, step_size: f64) -> Box<dyn StepSize> {
        match self {
            Self::Constant => Box::new(Constant(step_size)),
            Self::Decreasing => Box::new(Decreasing(step_size)),
            Self::Koloskova => Box::new(Koloskova(step_size)),
            Self::Mishchenko => Box::new(Mishchenko(step_size)),
            Self::Staleness => Box::new(StalenessAware(step_size)),
            Self::Piag { share } => {
                Box::new(DelayAdaptive::new(step_size, Share::OfTheRest(share)))
            }
            Self::Piag2 => Box::new(DelayAdaptive::new(step_size, Share::Equal)),
            Self::Warmup { updates } => Box::new(Warmup { step_size, updates }),
            Self::Cosine { updates } => Box::new(Cosine { step_size, updates }),
        }
    }
}

impl fmt::Display for StepRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        form::write(*self, f)
    }
}

impl FromStr for StepRule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        form::read(text)
    }
}
