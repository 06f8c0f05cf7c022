//! A thing that was chosen by its name, with the values of its parameters.

use std::fmt;
use std::str::FromStr;

use super::bound::{Bound, Value};
use super::error::{FormError, nearest};
use super::parameter::Parameter;
use super::values::Values;
use super::{Entry, Kind, Syntax, written};

/// A thing that has a name, with the values that were given to its parameters.
///
/// It is read from text once, and checked; one that is [made](Self::new) from values can be [checked](Self::check). What is
/// read is written again as it was typed, up to the spelling of numbers.
pub struct Choice<K: 'static> {
    entry: &'static Entry<K>,
    values: Values,
}

impl<K: Kind> Choice<K> {
    /// The one of this name, with these values of its first parameters. They are not checked.
    ///
    /// # Panics
    /// If there is none of this name.
    #[must_use]
    pub fn new(name: &str, values: impl IntoIterator<Item = Value>) -> Self {
        let entry = K::ALL.iter().find(|entry| entry.name == name);
        let entry = entry.unwrap_or_else(|| panic!("there is no {} `{name}`", K::NAME));
        let mut chosen = Values::none(entry.parameters);
        entry
            .parameters
            .iter()
            .zip(values)
            .for_each(|(p, value)| chosen.push(p, value));
        if K::SYNTAX != Syntax::Keyed {
            chosen.say_defaults();
        }
        Self {
            entry,
            values: chosen,
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.entry.name
    }

    /// What the table says of it.
    #[must_use]
    pub fn entry(&self) -> &'static Entry<K> {
        self.entry
    }

    /// The values of its parameters.
    #[must_use]
    pub fn values(&self) -> &Values {
        &self.values
    }

    /// The same thing with these values.
    #[must_use]
    pub fn with(&self, values: Values) -> Self {
        let entry = self.entry;
        Self { entry, values }
    }

    /// Whether all values are in their bounds. Those that were read are.
    ///
    /// # Errors
    /// With the first that is not.
    pub fn check(&self) -> Result<(), FormError> {
        let mut given = self.values.given.iter();
        let wrong = given.find(|(parameter, value)| !parameter.bound.holds(value));
        wrong.map_or(Ok(()), |(parameter, value)| {
            let (text, value) = (self.to_string(), parameter.bound.write(value));
            Err(out_of_bounds(K::NAME, &text, parameter, &value))
        })
    }
}

impl<K: Kind> FromStr for Choice<K> {
    type Err = FormError;

    fn from_str(text: &str) -> Result<Self, FormError> {
        let (name, rest) = match text.split_once(':') {
            Some((name, rest)) => (name, Some(rest)),
            None => (text, None),
        };
        let entry = K::ALL.iter().find(|entry| entry.name == name);
        let entry = entry.ok_or_else(|| {
            let forms: Vec<_> = K::ALL.iter().map(Entry::to_string).collect();
            FormError::Unknown {
                kind: K::NAME,
                name: name.to_owned(),
                suggestion: nearest(name, K::ALL.iter().map(|entry| entry.name)),
                known: forms.join(", "),
            }
        })?;
        let reader = Reader {
            kind: K::NAME,
            syntax: K::SYNTAX,
            text,
            name: entry.name,
            parameters: entry.parameters,
        };
        let values = reader.read(rest)?;
        Ok(Self { entry, values })
    }
}

/// A text that is being understood, once it is known what it is of.
struct Reader<'a> {
    kind: &'static str,
    syntax: Syntax,
    text: &'a str,
    name: &'static str,
    parameters: &'static [Parameter],
}

impl Reader<'_> {
    fn read(&self, rest: Option<&str>) -> Result<Values, FormError> {
        let mut values = Values::none(self.parameters);
        match self.syntax {
            Syntax::Keyed => {
                for setting in rest.iter().flat_map(|rest| rest.split(':')) {
                    let (key, word) = setting.split_once('=').ok_or_else(|| self.malformed())?;
                    let parameter = self.parameter(key)?;
                    if values.has(parameter.name) {
                        return Err(FormError::Repeated {
                            kind: self.kind,
                            text: self.text.to_owned(),
                            key: parameter.name,
                        });
                    }
                    values.push(parameter, self.value(parameter, word)?);
                }
            }
            Syntax::Positional(separator) => {
                let mut words = rest.iter().flat_map(|rest| rest.split(separator));
                for (parameter, word) in self.parameters.iter().zip(words.by_ref()) {
                    values.push(parameter, self.value(parameter, word)?);
                }
                let is_short = |p: &Parameter| p.default.is_required() && !values.has(p.name);
                if words.next().is_some() || self.parameters.iter().any(is_short) {
                    return Err(self.malformed());
                }
                values.say_defaults();
            }
        }
        Ok(values)
    }

    fn parameter(&self, key: &str) -> Result<&'static Parameter, FormError> {
        let names = || self.parameters.iter().map(|parameter| parameter.name);
        let known = self.parameters.iter().find(|known| known.name == key);
        known.ok_or_else(|| FormError::UnknownKey {
            kind: self.kind,
            name: self.name,
            key: key.to_owned(),
            suggestion: nearest(key, names()),
            known: names().collect::<Vec<_>>().join(", "),
        })
    }

    fn value(&self, parameter: &Parameter, word: &str) -> Result<Value, FormError> {
        let value = parameter.bound.read(word);
        value.map_err(|wrong| out_of_bounds(self.kind, self.text, parameter, wrong))
    }

    fn malformed(&self) -> FormError {
        FormError::Malformed {
            kind: self.kind,
            text: self.text.to_owned(),
            form: written(self.name, self.parameters, self.syntax),
        }
    }
}

fn out_of_bounds(kind: &'static str, text: &str, parameter: &Parameter, value: &str) -> FormError {
    let suggestion = match parameter.bound {
        Bound::Word(words) => nearest(value, words.iter().copied()),
        _ => None,
    };
    FormError::OutOfBounds {
        kind,
        text: text.to_owned(),
        key: parameter.name,
        value: match value.parse::<f64>() {
            Ok(_) => value.to_owned(),
            Err(_) => format!("`{value}`"),
        },
        bound: parameter.bound.to_string(),
        suggestion,
    }
}

impl<K: Kind> fmt::Display for Choice<K> {
    /// As it is typed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        for (position, (parameter, value)) in self.values.given.iter().enumerate() {
            let value = parameter.bound.write(value);
            match K::SYNTAX {
                Syntax::Keyed => write!(f, ":{}={value}", parameter.name)?,
                Syntax::Positional(separator) if position > 0 => write!(f, "{separator}{value}")?,
                Syntax::Positional(_) => write!(f, ":{value}")?,
            }
        }
        Ok(())
    }
}

impl<K: Kind> fmt::Debug for Choice<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{self}`")
    }
}

impl<K> Clone for Choice<K> {
    fn clone(&self) -> Self {
        Self {
            entry: self.entry,
            values: self.values.clone(),
        }
    }
}

impl<K> PartialEq for Choice<K> {
    fn eq(&self, other: &Self) -> bool {
        self.entry.name == other.entry.name && self.values == other.values
    }
}
