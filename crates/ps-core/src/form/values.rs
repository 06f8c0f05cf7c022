//! The values of the parameters of a thing.

use std::time::Duration;

use super::Syntax;
use super::parameter::{DefaultValue, Parameter};
use super::value::Value;

/// How a value of each sort is had.
macro_rules! getters {
    ($($(#[$meta:meta])* $get:ident: $sort:ident($type:ty);)+) => {
        /// For parameters that are [complete](Self::complete), or whose defaults are the same for
        /// any number of workers.
        impl Values {
            $($(#[$meta])*
            ///
            /// # Panics
            /// If the value is of another sort.
            pub fn $get(&self, name: &str) -> $type {
                match self.value(name, 0) {
                    Value::$sort(value) => value,
                    other => panic!("`{name}` is {other:?}"),
                }
            })+
        }
    };
}

getters! {
    /// A real number.
    real: Real(f64);
    /// Real numbers.
    reals: Reals(Vec<f64>);
    /// A whole number.
    count: Count(u64);
    /// A time.
    time: Time(Duration);
    /// A word, one of a few.
    word: Word(&'static str);
}

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
        let goes_without_saying = matches!(parameter.default, DefaultValue::Unsaid(_))
            && parameter.default_value(0).as_ref() == Some(&value);
        if !goes_without_saying {
            self.given.push((parameter, value));
        }
    }

    /// With the defaults of those that are not given, where they are written.
    pub(super) fn said(mut self, syntax: Syntax) -> Self {
        for parameter in self.parameters {
            if syntax != Syntax::Keyed
                && !self.has(parameter.name)
                && let Some(value) = parameter.default_value(0)
            {
                self.push(parameter, value);
            }
        }
        self
    }

    /// Whether a parameter was given a value.
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
        self.push(parameter, value);
    }

    /// The value of a parameter where there are this many workers.
    ///
    /// # Panics
    /// If there is no such parameter, or it has no value.
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

    /// A number of things in memory: as many as there can be, at most.
    pub fn size(&self, name: &str) -> usize {
        usize::try_from(self.count(name)).unwrap_or(usize::MAX)
    }
}
