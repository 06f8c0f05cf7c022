//! A method among those that are compared.

use std::fmt;

use methods::Method;
use ps_core::Scalar;

use super::BASELINE;
use crate::algorithm::Algorithm;
use crate::experiment::Experiment;
use trace::Clock;

/// Makes a fresh method.
type Make<'a> = Box<dyn Fn() -> Box<dyn Method> + Sync + 'a>;

/// A method, and how a run of it is set up.
pub(super) struct Entry<'a> {
    pub(super) name: String,
    /// The step size that it is given, if it is not to be tuned.
    pub(super) step_size: Option<f64>,
    /// How it is made, if it is not on the list of named methods.
    make: Option<Make<'a>>,
}

impl fmt::Debug for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("name", &self.name)
            .field("step_size", &self.step_size)
            .field("is_own", &self.make.is_some())
            .finish()
    }
}

impl<'a> Entry<'a> {
    pub(super) fn named(spec: &str, step_size: Option<f64>) -> Self {
        Self {
            name: spec.to_owned(),
            step_size,
            make: None,
        }
    }

    pub(super) fn own(name: &str, make: Make<'a>) -> Self {
        Self {
            name: name.to_owned(),
            step_size: None,
            make: Some(make),
        }
    }

    /// Whether speed-ups are over this one.
    pub(super) fn is_baseline(&self) -> bool {
        self.make.is_none() && self.name.split(':').next() == Some(BASELINE)
    }

    /// The experiment with this method on this clock, for a comparison of runs on `measured`. Hogwild! has no place in virtual
    /// time; there, what does the same is tuned instead of it.
    pub(super) fn put_into<T: Scalar>(
        &self,
        experiment: Experiment<T>,
        step_size: f64,
        (clock, measured): (Clock, Clock),
    ) -> Experiment<T> {
        let experiment = experiment.step_size(step_size).clock(clock);
        match &self.make {
            Some(make) => experiment.own_method(&self.name, make()),
            None => experiment.method(&self.name_on(clock, measured)),
        }
    }

    /// The name of what runs on this clock.
    pub(super) fn name_on(&self, clock: Clock, measured: Clock) -> String {
        match (&self.make, self.name.parse()) {
            (None, Ok(algorithm @ Algorithm::Hogwild)) if clock != measured => {
                algorithm.in_virtual_time().to_string()
            }
            _ => self.name.clone(),
        }
    }
}
