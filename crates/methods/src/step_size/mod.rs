//! The factor `γ` of an update.

mod constant;
mod cosine;
mod decreasing;
mod delay_adaptive;
mod koloskova;
mod mishchenko;
mod polynomial;
mod staleness;
mod warmup;

use std::fmt::Debug;

use ps_core::choice;
use ps_core::form::{Domain, Kind, Named, Parameter, Syntax, Values};

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

/// The step size of an update, from the gradient that makes it (of several held gradients, the
/// last), the version on its arrival, and the concurrency.
#[doc(alias = "learning_rate")]
pub trait StepSize: Send + Debug {
    /// `γ` for this gradient.
    fn at(&mut self, arrival: &Arrival, server: &Server<'_>) -> f64;
}

choice! {
    /// A step size that has a name. Each scales one number `γ`.
    ///
    /// # Examples
    /// ```
    /// use methods::StepRule;
    ///
    /// let rule: StepRule = "warmup:100".parse()?;
    /// assert_eq!(rule, StepRule::warmup(100));
    /// assert_eq!(rule.to_string(), "warmup:100");
    /// # Ok::<(), methods::FormError>(())
    /// ```
    pub struct StepRule(StepMaker);

    /// [`Constant`].
    fn constant();
    /// [`Decreasing`].
    fn decreasing();
    /// [`Koloskova`].
    fn koloskova();
    /// [`Mishchenko`].
    fn mishchenko();
    /// [`StalenessAware`].
    fn staleness();
    /// [`DelayAdaptive`], Adaptive 1: takes this share of what is left of the budget, `α`.
    fn piag(share: f64);
    /// [`DelayAdaptive`], Adaptive 2.
    fn piag2();
    /// [`Warmup`] over this many updates, `T`.
    fn warmup(updates: u64);
    /// [`Cosine`] over this many updates, `T`.
    fn cosine(updates: u64);
}

/// How a step rule is made.
#[derive(Clone, Copy, Debug)]
pub struct StepMaker {
    /// Whether it bounds the sum of some steps, so that nothing else may make them longer.
    has_budget: bool,
    /// The rule with this `γ`.
    make: fn(f64, &Values) -> Box<dyn StepSize>,
}

impl StepMaker {
    const fn new(make: fn(f64, &Values) -> Box<dyn StepSize>) -> Self {
        let has_budget = false;
        Self { has_budget, make }
    }

    const fn within_budget(make: fn(f64, &Values) -> Box<dyn StepSize>) -> Self {
        let has_budget = true;
        Self { has_budget, make }
    }
}

/// Over how many updates a rule changes.
const UPDATES: Parameter = Parameter::new("T", Domain::Count(1, Domain::MAX_EXACT));

impl Kind for StepMaker {
    const NAME: &'static str = "step rule";
    const SYNTAX: Syntax = Syntax::Positional(':');
    const ALL: &'static [Named<Self>] = &[
        constant::ENTRY,
        decreasing::ENTRY,
        koloskova::ENTRY,
        mishchenko::ENTRY,
        staleness::ENTRY,
        polynomial::ENTRY,
        delay_adaptive::ADAPTIVE_1,
        delay_adaptive::ADAPTIVE_2,
        warmup::ENTRY,
        cosine::ENTRY,
    ];
}

impl Default for StepRule {
    fn default() -> Self {
        Self::constant()
    }
}

impl StepRule {
    /// This rule with this `γ`.
    #[must_use]
    pub fn with(&self, step_size: f64) -> Box<dyn StepSize> {
        (self.entry().what.make)(step_size, self.values())
    }

    /// Whether it bounds the sum of the steps that a gradient misses. A method that weighs its
    /// steps by itself would spend more than that.
    #[must_use]
    pub fn has_budget(&self) -> bool {
        self.entry().what.has_budget
    }
}
