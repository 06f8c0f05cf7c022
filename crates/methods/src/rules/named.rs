//! What a named method is made of.

use super::Late;
use super::advice::{Advice, Case, PrescriptionError};
use super::key::Key;
use crate::method::Method;

/// A method that has a name.
#[derive(Debug)]
pub struct Named {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it does, in one line.
    pub summary: &'static str,
    /// Where it comes from.
    pub reference: &'static str,
    /// What can be set, as `name:key=value`.
    pub keys: &'static [Key],
    /// How many jobs are outstanding.
    pub outstanding: Outstanding,
    /// By what the workers weigh in the model.
    pub weighing: Weighing,
    /// What theory prescribes for it.
    pub theory: Theory,
    /// Makes it. The settings have been checked.
    pub(crate) build: fn(Settings) -> Box<dyn Method>,
}

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
    /// By the gradients that they deliver: whoever is fast weighs more, unless jobs are assigned alike.
    Gradients,
    /// All alike, by the lengths of the steps along their gradients.
    Steps,
    /// All alike, in each update: it is a mean over workers.
    Updates,
}

/// What theory prescribes for a method, given `L`, `σ²` and `ε`: see
/// [`MethodSpec::prescribed`](crate::MethodSpec::prescribed).
#[derive(Debug)]
pub struct Theory(pub(crate) Result<Rule, &'static str>);

/// A step size, and for some a batch or a threshold.
#[derive(Debug)]
pub(crate) struct Rule {
    /// In the words of the papers.
    pub(crate) formula: &'static str,
    /// What else has to hold, in words that follow what is promised.
    pub(crate) provided: &'static str,
    /// Its numbers; sets what was not set.
    pub(crate) advise: Advise,
}

type Advise = fn(&mut Case<'_>) -> Result<Advice, PrescriptionError>;

impl Theory {
    /// The formula.
    ///
    /// # Errors
    /// Why theory prescribes nothing whose constants are established.
    pub fn formula(&self) -> Result<&'static str, &'static str> {
        self.0.as_ref().map(|rule| rule.formula).map_err(|why| *why)
    }
}

/// What a method is made from.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) n_workers: usize,
    pub(crate) values: Vec<(&'static str, usize)>,
}

impl Settings {
    /// The value of a key of this method.
    pub(crate) fn value(&self, key: &str) -> usize {
        let found = self.values.iter().find(|(name, _)| *name == key);
        found.expect("every key of the method has a value").1
    }

    /// What becomes of late gradients.
    pub(crate) fn late(&self) -> Late {
        Late::at(self.value("late"))
    }
}
