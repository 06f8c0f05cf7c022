//! What the table says of a method beside its name.

use ps_core::form::{DefaultValue, Kind, Named, Syntax, Values};

use super::ALL;
use crate::method::Method;
use crate::theory::{NO_CONSTANTS, TheoryStep};

/// A method that has a name.
pub type NamedMethod = Named<Profile>;

/// What is known of a method that has a name.
#[derive(Debug)]
pub struct Profile {
    /// How many jobs are outstanding.
    pub outstanding: Outstanding,
    /// By what the workers weigh in the model.
    pub weighing: Weighing,
    /// Whether it draws random numbers.
    pub draws: bool,
    /// The key that says how many gradients it waits for: more than there are jobs would be waited
    /// for in vain.
    pub waits_for: Option<&'static str>,
    /// Whether others get the jobs of a lost worker. If not, fewer are outstanding from then on.
    pub reassigns: bool,
    /// Whether it leaves workers without a job when it could update the model without them.
    pub holds_back: bool,
    /// What theory prescribes for it.
    pub theory: TheoryStep,
    /// Makes it, for a number of workers. Every parameter has a value, and all values are checked.
    pub(crate) build: Build,
}

type Build = fn(usize, &Values) -> Box<dyn Method>;

impl Profile {
    /// A method that has one job at each worker unless it is told otherwise, draws nothing, and
    /// goes on with whoever delivers.
    pub(super) const fn of(build: Build) -> Self {
        Self {
            outstanding: Outstanding::Choice,
            weighing: Weighing::Gradients,
            draws: false,
            waits_for: None,
            reassigns: false,
            holds_back: false,
            theory: NO_CONSTANTS,
            build,
        }
    }

    /// The same, but its jobs go to workers that it draws: those of a lost worker to others.
    pub(super) const fn drawing(build: Build) -> Self {
        Self {
            draws: true,
            reassigns: true,
            ..Self::of(build)
        }
    }
}

impl Kind for Profile {
    const NAME: &'static str = "method";
    const SYNTAX: Syntax = Syntax::Keyed;
    const ALL: &'static [NamedMethod] = ALL;
}

pub(super) const ALL_WORKERS: DefaultValue =
    DefaultValue::OfWorkers("the number of workers", |n| n);

pub(super) const HALF_THE_WORKERS: DefaultValue =
    DefaultValue::OfWorkers("half the workers, rounded up", |n| n.div_ceil(2));

/// How many jobs a method keeps outstanding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outstanding {
    /// A choice; by default one for each worker.
    Choice,
    /// One for each worker, by definition.
    AllWorkers,
    /// One, by definition.
    One,
}

/// By what the workers weigh in the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Weighing {
    /// By the gradients that they deliver: whoever is fast weighs more, unless jobs are assigned
    /// alike.
    Gradients,
    /// All alike, by the lengths of the steps along their gradients.
    Steps,
    /// All alike, in each update: it is a mean over workers.
    Updates,
}
