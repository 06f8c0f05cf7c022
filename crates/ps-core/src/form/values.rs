//! The values of the parameters of a thing.

use std::time::Duration;

use super::bound::Value;
use super::parameter::{Default, Parameter};

/// The values of the parameters of a thing: those that were given, and the defaults of the others.
#[derive(Clone, Debug)]
pub struct Values {
    parameters: &'static [Parameter],
    /// In the order in which they are written.
    pub(super) given: Vec<(&'static Parameter, Value)>,
}

impl PartialEq for Values {
    fn eq(&self, other: &Self) -> bool {
        let named = |(parameter, value): &(&Parameter, Value)| (parameter.name, value.clone());
        let theirs = other.given.iter().map(named);
        self.given.iter().map(named).eq(theirs)
    }
}

impl Values {
    pub(super) fn none(parameters: &'static [Parameter]) -> Self {
        let given = Vec::new();
        Self { parameters, given }
    }

    pub(super) fn push(&mut self, parameter: &'static Parameter, value: Value) {
        let goes_without_saying = matches!(parameter.default, Default::Unsaid(_))
            && parameter.default_value(0).as_ref() == Some(&value);
        if !goes_without_saying {
            self.given.push((parameter, value));
        }
    }

    /// Gives those that are not given their defaults, if they are to be written.
    pub(super) fn say_defaults(&mut self) {
        for parameter in self.parameters {
            if !self.has(parameter.name)
                && let Some(value) = parameter.default_value(0)
            {
                self.push(parameter, value);
            }
        }
    }

    /// Whether a parameter was given a value.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.given.iter().any(|(known, _)| known.name == name)
    }

    /// Gives a parameter a value.
    ///
    /// # Panics
    /// If there is no such parameter.
    pub fn set(&mut self, name: &str, value: Value) {
        let parameter = self.parameter(name);
        self.given.retain(|(known, _)| known.name != name);
        self.given.push((parameter, value));
    }

    /// The value of a parameter where there are this many workers.
    ///
    /// # Panics
    /// If there is no such parameter, or it has no value.
    #[must_use]
    pub fn value(&self, name: &str, n_workers: usize) -> Value {
        let given = self.given.iter().find(|(known, _)| known.name == name);
        let default = || self.parameter(name).default_value(n_workers);
        let value = given.map(|(_, value)| value.clone()).or_else(default);
        value.expect("what is required was given")
    }

    /// The same with the defaults for this many workers.
    #[must_use]
    pub fn complete(&self, n_workers: usize) -> Self {
        let value = |p: &'static Parameter| (p, self.value(p.name, n_workers));
        Self {
            parameters: self.parameters,
            given: self.parameters.iter().map(value).collect(),
        }
    }

    fn parameter(&self, name: &str) -> &'static Parameter {
        let parameter = self.parameters.iter().find(|known| known.name == name);
        parameter.unwrap_or_else(|| panic!("there is no parameter `{name}`"))
    }

    fn get<V>(&self, name: &str, of: fn(Value) -> Option<V>) -> V {
        let value = of(self.value(name, 0));
        value.unwrap_or_else(|| panic!("`{name}` is a value of another sort"))
    }

    /// A real number. Like all that follow, it is for parameters whose default does not depend on the number of workers, or
    /// that are [complete](Self::complete).
    #[must_use]
    pub fn real(&self, name: &str) -> f64 {
        self.get(name, |value| match value {
            Value::Real(number) => Some(number),
            _ => None,
        })
    }

    /// A whole number.
    #[must_use]
    pub fn count(&self, name: &str) -> u64 {
        self.get(name, |value| match value {
            Value::Count(number) => Some(number),
            _ => None,
        })
    }

    /// A number of things in memory. More than there can be are as many as there can be.
    #[must_use]
    pub fn size(&self, name: &str) -> usize {
        usize::try_from(self.count(name)).unwrap_or(usize::MAX)
    }

    /// A time.
    #[must_use]
    pub fn time(&self, name: &str) -> Duration {
        self.get(name, |value| match value {
            Value::Time(time) => Some(time),
            _ => None,
        })
    }

    /// A word.
    #[must_use]
    pub fn word(&self, name: &str) -> &'static str {
        self.get(name, |value| match value {
            Value::Word(word) => Some(word),
            _ => None,
        })
    }

    /// Real numbers.
    #[must_use]
    pub fn reals(&self, name: &str) -> Vec<f64> {
        self.get(name, |value| match value {
            Value::Reals(numbers) => Some(numbers),
            _ => None,
        })
    }
}
