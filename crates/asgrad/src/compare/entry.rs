//! A method among those that are compared.

use methods::Method;
use ps_core::Scalar;
use trace::{Algorithm, Clock};

use super::BASELINE;
use crate::experiment::Experiment;

/// Makes a fresh method.
type Make<'a> = Box<dyn Fn() -> Box<dyn Method> + Sync + 'a>;

/// A method, and how a run of it is set up.
pub(super) struct Entry<'a> {
    pub(super) algorithm: Algorithm,
    /// Its name with settings, for people.
    pub(super) name: String,
    /// The step size that it is given, if it is not to be tuned.
    pub(super) step_size: Option<f64>,
    /// How it is made, if it is one of the user's own.
    make: Option<Make<'a>>,
}

ps_core::debug_fields!([] Entry<'_>: algorithm, step_size);

impl<'a> Entry<'a> {
    pub(super) fn new(algorithm: Algorithm, step_size: Option<f64>) -> Self {
        let name = algorithm.label();
        Self {
            algorithm,
            name,
            step_size,
            make: None,
        }
    }

    pub(super) fn own(name: &str, make: Make<'a>) -> Self {
        let algorithm = Algorithm::Own(name.to_owned());
        Self {
            make: Some(make),
            ..Self::new(algorithm, None)
        }
    }

    /// Whether speed-ups are over this one.
    pub(super) fn is_baseline(&self) -> bool {
        self.make.is_none() && self.algorithm.name() == BASELINE
    }

    /// The experiment with this method on this clock, for a comparison of runs on `measured`.
    /// Hogwild! has no place in virtual time; there, what does the same is tuned instead of it.
    pub(super) fn put_into<T: Scalar>(
        &self,
        experiment: Experiment<T>,
        step_size: f64,
        clock: Clock,
        measured: Clock,
    ) -> Experiment<T> {
        let experiment = experiment.step_size(step_size).clock(clock);
        match &self.make {
            Some(make) => experiment.own_method(&self.name, make()),
            None => experiment.method(self.on(clock, measured)),
        }
    }

    /// What runs on this clock.
    pub(super) fn on(&self, clock: Clock, measured: Clock) -> Algorithm {
        if clock == measured {
            self.algorithm.clone()
        } else {
            self.algorithm.in_virtual_time()
        }
    }
}
