//! What can be set in a thing that has a name.

use super::domain::Domain;
use super::value::Value;

/// Something that can be set in a thing that has a name.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its key, or what the papers call it.
    pub name: &'static str,
    /// What it means, where its name does not tell. Else empty.
    pub meaning: &'static str,
    /// What its value must be.
    pub domain: Domain,
    /// Its value if none is given.
    pub default: DefaultValue,
}

/// The value of a parameter that is not given.
#[derive(Clone, Copy, Debug)]
pub enum DefaultValue {
    /// It must be given.
    Required,
    /// This one, as it is typed.
    Is(&'static str),
    /// The same, and it is not written where parameters are written without being given.
    Unsaid(&'static str),
    /// It depends on the number of workers: in words, and as a function of it.
    OfWorkers(&'static str, fn(usize) -> usize),
}

impl DefaultValue {
    /// Whether there is none.
    #[must_use]
    pub fn is_required(self) -> bool {
        matches!(self, Self::Required)
    }
}

impl Parameter {
    /// A parameter that must be given.
    pub const fn new(name: &'static str, domain: Domain) -> Self {
        Self {
            name,
            meaning: "",
            domain,
            default: DefaultValue::Required,
        }
    }

    /// The same, with this meaning.
    #[must_use]
    pub const fn meaning(self, meaning: &'static str) -> Self {
        Self { meaning, ..self }
    }

    /// The same, with this default.
    #[must_use]
    pub const fn default(self, default: DefaultValue) -> Self {
        Self { default, ..self }
    }

    /// The same, with this value where none is given, as it is typed.
    #[must_use]
    pub const fn or(self, value: &'static str) -> Self {
        self.default(DefaultValue::Is(value))
    }

    /// Its value where none is given. `None`: it must be given.
    ///
    /// # Panics
    /// If the table has a default that is none of its values.
    pub fn default_value(&self, n_workers: usize) -> Option<Value> {
        match self.default {
            DefaultValue::Required => None,
            DefaultValue::Is(text) | DefaultValue::Unsaid(text) => {
                Some(self.domain.read(text).expect("a default is in its bounds"))
            }
            DefaultValue::OfWorkers(_, value) => Some(Value::Count(value(n_workers) as u64)),
        }
    }

    /// Its value where none is given, as it is written, or in words.
    pub fn default_words(&self) -> Option<String> {
        match self.default {
            DefaultValue::OfWorkers(words, _) => Some(words.to_owned()),
            _ => self.default_value(0).map(|value| self.domain.write(&value)),
        }
    }

    /// The values that it may have, as they are listed in its form.
    pub fn values(&self) -> String {
        match self.domain {
            Domain::Word(words) => words.join("|"),
            _ => "…".to_owned(),
        }
    }
}
