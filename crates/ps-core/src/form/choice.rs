//! A thing that was chosen by its name, with the values of its parameters.

use std::fmt;
use std::str::FromStr;

use super::error::{FormError, nearest};
use super::parameter::Parameter;
use super::value::Value;
use super::values::Values;
use super::{Kind, Named, Syntax};

/// A thing that has a name, with the values that were given to its parameters.
///
/// It is read from text once, and checked; one that is [made](Self::new) from values can be
/// [checked](Self::check). What is read is written again as it was typed, up to the spelling of
/// numbers.
pub struct Choice<K: 'static> {
    entry: &'static Named<K>,
    values: Values,
}

impl<K: Kind> Choice<K> {
    /// The one of this name, with these values of its first parameters. They are not checked.
    ///
    /// # Panics
    /// If there is none of this name.
    pub fn new(name: &str, values: impl IntoIterator<Item = Value>) -> Self {
        let entry = K::ALL.iter().find(|entry| entry.name == name);
        let entry = entry.unwrap_or_else(|| panic!("there is no {} `{name}`", K::NAME));
        let mut chosen = Values::none(entry.parameters);
        for (parameter, value) in entry.parameters.iter().zip(values) {
            chosen.push(parameter, value);
        }
        Self {
            entry,
            values: chosen.said(K::SYNTAX),
        }
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.entry.name
    }

    /// What the table says of it.
    pub fn entry(&self) -> &'static Named<K> {
        self.entry
    }

    /// The values of its parameters.
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
        let wrong = given.find(|(parameter, value)| !parameter.domain.holds(value));
        wrong.map_or(Ok(()), |(parameter, value)| {
            let (text, value) = (self.to_string(), parameter.domain.write(value));
            let error = FormError::out_of_bounds(K::NAME, &text, parameter, &value);
            Err(error)
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
        let entry = entry.ok_or_else(|| FormError::Unknown {
            kind: K::NAME,
            name: name.to_owned(),
            suggestion: nearest(name, K::ALL.iter().map(|entry| entry.name)),
            known: join(K::ALL.iter().map(Named::in_a_list)),
        })?;
        let values = read(entry, text, rest)?;
        Ok(Self { entry, values })
    }
}

/// The values in the rest of the text.
fn read<K: Kind>(
    entry: &'static Named<K>,
    text: &str,
    rest: Option<&str>,
) -> Result<Values, FormError> {
    let kind = K::NAME;
    let malformed = || FormError::Malformed {
        kind,
        text: text.to_owned(),
        form: entry.to_string(),
    };
    let separator = match K::SYNTAX {
        Syntax::Keyed => ':',
        Syntax::Positional(separator) => separator,
    };
    let mut values = Values::none(entry.parameters);
    let words = rest.iter().flat_map(|rest| rest.split(separator));
    for (position, word) in words.enumerate() {
        let (parameter, word) = if K::SYNTAX == Syntax::Keyed {
            let (key, word) = word.split_once('=').ok_or_else(malformed)?;
            (keyed(entry, key)?, word)
        } else {
            let parameter = entry.parameters.get(position);
            (parameter.ok_or_else(malformed)?, word)
        };
        if values.has(parameter.name) {
            return Err(FormError::Repeated {
                kind,
                text: text.to_owned(),
                key: parameter.name,
            });
        }
        let value = parameter.domain.read(word);
        values.push(
            parameter,
            value.map_err(|wrong| FormError::out_of_bounds(kind, text, parameter, wrong))?,
        );
    }
    let is_missing = |p: &Parameter| p.default.is_required() && !values.has(p.name);
    if entry.parameters.iter().any(is_missing) {
        return Err(malformed());
    }
    Ok(values.said(K::SYNTAX))
}

/// The parameter of this key.
fn keyed<K: Kind>(entry: &Named<K>, key: &str) -> Result<&'static Parameter, FormError> {
    let known = entry.parameters.iter().find(|known| known.name == key);
    let names = || entry.parameters.iter().map(|parameter| parameter.name);
    known.ok_or_else(|| FormError::UnknownKey {
        kind: K::NAME,
        name: entry.name,
        key: key.to_owned(),
        suggestion: nearest(key, names()),
        known: join(names()),
    })
}

fn join<S: AsRef<str>>(names: impl Iterator<Item = S>) -> String {
    let mut text = String::new();
    for name in names {
        text += if text.is_empty() { "" } else { ", " };
        text += name.as_ref();
    }
    text
}

impl<K: Kind> fmt::Display for Choice<K> {
    /// As it is typed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        for (position, (parameter, value)) in self.values.given.iter().enumerate() {
            let value = parameter.domain.write(value);
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
