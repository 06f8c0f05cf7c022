//! Methods by name: `NAME[:key=value[:key=value…]]`.

use std::fmt;
use std::str::FromStr;

use crate::method::Method;
use crate::rules::{self, Bound, Key, Named, Outstanding, Settings, Values};

/// A named method with its settings, as `pure-waiting:b=3`. Its name and keys are known to exist; whether the values fit
/// the number of workers is checked by [`build`](Self::build).
///
/// # Examples
/// ```
/// use methods::MethodSpec;
///
/// let spec: MethodSpec = "pure-waiting:b=3".parse()?;
/// assert_eq!((spec.name(), spec.concurrency(10, None)?), ("pure-waiting", 10));
/// assert!("pure-wating".parse::<MethodSpec>().unwrap_err().to_string().contains("pure-waiting"));
/// # Ok::<(), methods::MethodError>(())
/// ```
#[derive(Clone, Debug)]
pub struct MethodSpec {
    named: &'static Named,
    values: Values,
}

/// A method that cannot be made as asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MethodError {
    /// There is no method of this name.
    #[error("unknown method `{name}`{}", did_you_mean(.suggestion, "; `asgrad list methods` names them all"))]
    UnknownMethod {
        /// What was asked for.
        name: String,
        /// The nearest name there is.
        suggestion: Option<&'static str>,
    },
    /// The method has no such key.
    #[error("method `{method}` has no key `{key}`{}", known_keys(.known))]
    UnknownKey {
        /// The method.
        method: &'static str,
        /// What was asked for.
        key: String,
        /// The keys it has.
        known: Vec<&'static str>,
    },
    /// A setting is not of the form `key=value` with a whole number, positive unless the key says otherwise.
    #[error("method `{method}`: `{setting}` is not `key=value` with a {number}")]
    BadSetting {
        /// The method.
        method: &'static str,
        /// What was written.
        setting: String,
        /// What number it must be.
        number: &'static str,
    },
    /// A setting has a word that its key does not know.
    #[error(
        "method `{method}`: {key}=`{word}` is not one of {}{}",
        .known.join(", "),
        did_you_mean(.suggestion, "")
    )]
    UnknownWord {
        /// The method.
        method: &'static str,
        /// The key.
        key: &'static str,
        /// What was asked for.
        word: String,
        /// The words that it knows.
        known: &'static [&'static str],
        /// The nearest of them.
        suggestion: Option<&'static str>,
    },
    /// A key is given twice.
    #[error("method `{method}`: `{key}` is given twice")]
    RepeatedKey {
        /// The method.
        method: &'static str,
        /// The key.
        key: &'static str,
    },
    /// The method would wait for ever.
    #[error(
        "method `{method}` would wait for {key}={value} gradients, but only {outstanding} jobs are outstanding; \
         set {key} to at most {outstanding}, or raise --concurrency"
    )]
    WaitsForEver {
        /// The method.
        method: &'static str,
        /// The key that is too large.
        key: &'static str,
        /// Its value.
        value: usize,
        /// How many jobs there are to wait for.
        outstanding: usize,
    },
    /// The number of outstanding jobs is not a choice.
    #[error(
        "method `{method}` has {outstanding} outstanding by definition; leave out --concurrency {asked}"
    )]
    ConcurrencyIsFixed {
        /// The method.
        method: &'static str,
        /// What it has.
        outstanding: &'static str,
        /// What was asked for.
        asked: usize,
    },
    /// No job would ever be outstanding.
    #[error("--concurrency 0: at least one job must be outstanding")]
    NoConcurrency,
}

fn did_you_mean(suggestion: &Option<&'static str>, otherwise: &str) -> String {
    suggestion.map_or(otherwise.to_owned(), |name| {
        format!("; did you mean `{name}`?")
    })
}

fn known_keys(known: &[&'static str]) -> String {
    match known {
        [] => "; it has none".to_owned(),
        known => format!("; it has {}", known.join(", ")),
    }
}

impl MethodSpec {
    /// The method's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.named.name
    }

    /// The value of one of its keys with this many workers, as it is typed: the one that was given, or else the default. Nothing
    /// if it has no such key.
    #[must_use]
    pub fn value(&self, key: &str, n_workers: usize) -> Option<String> {
        let key = self.named.keys.iter().find(|known| known.name == key)?;
        Some(key.typed(self.values.number(key, n_workers)))
    }

    /// What is known of the method.
    #[must_use]
    pub fn named(&self) -> &'static Named {
        self.named
    }

    /// The values that were given to its keys.
    pub(crate) fn values(&self) -> &Values {
        &self.values
    }

    /// The same method with these.
    pub(crate) fn with_values(&self, values: Values) -> Self {
        let named = self.named;
        Self { named, values }
    }

    /// How many jobs will be outstanding with this many workers.
    ///
    /// # Errors
    /// If that number is not a choice, or 0 was chosen.
    pub fn concurrency(
        &self,
        n_workers: usize,
        asked: Option<usize>,
    ) -> Result<usize, MethodError> {
        let (fixed, outstanding) = match self.named.outstanding {
            Outstanding::Choice if asked == Some(0) => return Err(MethodError::NoConcurrency),
            Outstanding::Choice => return Ok(asked.unwrap_or(n_workers)),
            Outstanding::AllWorkers => (n_workers, "one job for each worker"),
            Outstanding::One => (1, "one job"),
        };
        match asked {
            Some(asked) if asked != fixed => Err(MethodError::ConcurrencyIsFixed {
                method: self.name(),
                outstanding,
                asked,
            }),
            _ => Ok(fixed),
        }
    }

    /// Makes the method for this many workers, with this many outstanding jobs (see [`concurrency`](Self::concurrency)).
    ///
    /// # Errors
    /// If a value does not fit these numbers.
    pub fn build(
        &self,
        n_workers: usize,
        concurrency: usize,
    ) -> Result<Box<dyn Method>, MethodError> {
        let value_of = |key: &Key| {
            let value = self.values.number(key, n_workers);
            let is_default = !self.values.have(key);
            match key.bound {
                Bound::Outstanding if is_default => Ok((key.name, value.min(concurrency))),
                Bound::Outstanding if value > concurrency => Err(MethodError::WaitsForEver {
                    method: self.name(),
                    key: key.name,
                    value,
                    outstanding: concurrency,
                }),
                _ => Ok((key.name, value)),
            }
        };
        let values = self
            .named
            .keys
            .iter()
            .map(value_of)
            .collect::<Result<_, _>>()?;
        Ok((self.named.build)(Settings { n_workers, values }))
    }
}

impl FromStr for MethodSpec {
    type Err = MethodError;

    fn from_str(text: &str) -> Result<Self, MethodError> {
        let mut parts = text.split(':');
        let name = parts.next().unwrap_or_default();
        let named = rules::ALL.iter().find(|named| named.name == name);
        let named = named.ok_or_else(|| MethodError::UnknownMethod {
            name: name.to_owned(),
            suggestion: nearest(name, rules::ALL.iter().map(|named| named.name)),
        })?;
        let mut values = Values::default();
        for setting in parts {
            let (key, value) = parse_setting(named, setting)?;
            if values.have(key) {
                return Err(MethodError::RepeatedKey {
                    method: named.name,
                    key: key.name,
                });
            }
            values.set(key, value);
        }
        Ok(Self { named, values })
    }
}

fn parse_setting(
    named: &'static Named,
    setting: &str,
) -> Result<(&'static Key, usize), MethodError> {
    let bad = |number| MethodError::BadSetting {
        method: named.name,
        setting: setting.to_owned(),
        number,
    };
    let positive = "positive whole number";
    let (key, value) = setting.split_once('=').ok_or_else(|| bad(positive))?;
    let known = named.keys.iter().find(|known| known.name == key);
    let known = known.ok_or_else(|| MethodError::UnknownKey {
        method: named.name,
        key: key.to_owned(),
        known: named.keys.iter().map(|known| known.name).collect(),
    })?;
    let (least, number) = match known.bound {
        Bound::Whole => (0, "whole number"),
        Bound::Positive | Bound::Outstanding => (1, positive),
        Bound::OneOf(words) => return Ok((known, parse_word(named, known, words, value)?)),
    };
    match value.parse() {
        Ok(value) if value >= least => Ok((known, value)),
        _ => Err(bad(number)),
    }
}

/// The position of a word.
fn parse_word(
    named: &'static Named,
    key: &'static Key,
    known: &'static [&'static str],
    word: &str,
) -> Result<usize, MethodError> {
    let position = known.iter().position(|known| *known == word);
    position.ok_or_else(|| MethodError::UnknownWord {
        method: named.name,
        key: key.name,
        word: word.to_owned(),
        known,
        suggestion: nearest(word, known.iter().copied()),
    })
}

/// The name that was probably meant.
fn nearest(name: &str, names: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let similarity = |known: &str| strsim::jaro_winkler(name, known);
    let best = names.max_by(|a, b| similarity(a).total_cmp(&similarity(b)))?;
    (similarity(best) > 0.8).then_some(best)
}

impl fmt::Display for MethodSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        self.values
            .iter()
            .try_for_each(|(key, value)| write!(f, ":{}={}", key.name, key.typed(value)))
    }
}
