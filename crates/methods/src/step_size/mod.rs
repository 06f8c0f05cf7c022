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

use std::fmt::{self, Debug, Formatter};

use ps_core::form::{Domain, Kind, Named, Parameter, Syntax, Values};
use ps_core::{Version, choice};

use crate::arrival::Arrival;

/// The step size of an update, from the gradient that makes it (of several held gradients, the
/// last), the version on its arrival, and the concurrency.
#[doc(alias = "learning_rate")]
pub trait StepSize: Send + Debug {
    /// `γ` for this gradient.
    fn at(&mut self, arrival: &Arrival, run: &StepContext) -> f64;
}

/// What a step size may depend on beside the gradient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StepContext {
    /// The version that the step is made from: the number of updates so far, `t`.
    pub version: Version,
    /// How many workers the run began with, `n`.
    pub n_workers: usize,
    /// How many jobs the run is to keep outstanding, `τ_C`.
    pub concurrency: usize,
}

/// A step size that is a formula.
struct Formula<F>(F);

impl<F> Debug for Formula<F> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(std::any::type_name::<F>())
    }
}

impl<F: FnMut(&Arrival, &StepContext) -> f64 + Send> StepSize for Formula<F> {
    fn at(&mut self, arrival: &Arrival, run: &StepContext) -> f64 {
        (self.0)(arrival, run)
    }
}

/// The step size by this formula.
fn formula(
    formula: impl FnMut(&Arrival, &StepContext) -> f64 + Send + 'static,
) -> Box<dyn StepSize> {
    Box::new(Formula(formula))
}

/// `γ·min(1, usual/τ)`.
fn shortened(step_size: f64, usual: usize, arrival: &Arrival) -> f64 {
    let (usual, staleness) = (usual as f64, arrival.staleness as f64);
    if staleness <= usual {
        step_size
    } else {
        step_size * usual / staleness
    }
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

    /// `γ`, always.
    fn constant();
    /// Falls with the square root of the number of updates.
    fn decreasing();
    /// Smaller for gradients staler than the concurrency.
    fn koloskova();
    /// Smaller for gradients staler than the number of workers.
    fn mishchenko();
    /// Smaller for every gradient that has missed more than one update.
    fn staleness();
    /// Smaller for every late gradient, by this power of its staleness, `a`.
    fn polynomial(power: f64);
    /// Leaves room for the steps that a gradient has missed: takes this share of what is left of
    /// the budget, `α`.
    fn piag(share: f64);
    /// Leaves room in the same way: takes an equal share for each update that was missed, or
    /// nothing.
    fn piag2();
    /// Rises to `γ` over this many updates, `T`.
    fn warmup(updates: u64);
    /// Falls to zero over this many updates, `T`, along half a cosine.
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
    pub fn with(&self, step_size: f64) -> Box<dyn StepSize> {
        (self.entry().what.make)(step_size, self.values())
    }

    /// Whether it bounds the sum of the steps that a gradient misses. A method that weighs its
    /// steps by itself would spend more than that.
    pub fn has_budget(&self) -> bool {
        self.entry().what.has_budget
    }
}
