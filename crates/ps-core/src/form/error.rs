//! What is wrong with the name of a thing, or with its parameters.

use super::domain::Domain;
use super::parameter::Parameter;

/// A thing that was asked for by a name or with parameters that it does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormError {
    /// There is none of this name.
    #[error("{}{}", unknown(.kind, .name), instead(.suggestion, &format!("; there are {known}")))]
    Unknown {
        /// What it was to be.
        kind: &'static str,
        /// What was asked for.
        name: String,
        /// The nearest name there is.
        suggestion: Option<&'static str>,
        /// Those that there are, as they are typed.
        known: String,
    },
    /// It has no such parameter.
    #[error("{kind} `{name}` has no key `{key}`{}", instead(.suggestion, &there_is(.known)))]
    UnknownKey {
        /// What it is.
        kind: &'static str,
        /// Its name.
        name: &'static str,
        /// What was asked for.
        key: String,
        /// The nearest parameter that it has.
        suggestion: Option<&'static str>,
        /// The parameters that it has.
        known: String,
    },
    /// A parameter is given twice.
    #[error("{kind} `{text}`: `{key}` is given twice")]
    Repeated {
        /// What it is.
        kind: &'static str,
        /// What was written.
        text: String,
        /// The parameter.
        key: &'static str,
    },
    /// Too few or too many parameters, or not written as such.
    #[error("{kind} `{text}`: its form is {form}")]
    Malformed {
        /// What it is.
        kind: &'static str,
        /// What was written.
        text: String,
        /// How it is written.
        form: String,
    },
    /// A value that a parameter cannot have.
    #[error("{kind} `{text}`: {key} is {value}, and must be {bound}{}", instead(.suggestion, ""))]
    OutOfBounds {
        /// What it is.
        kind: &'static str,
        /// What was written.
        text: String,
        /// The parameter.
        key: &'static str,
        /// The value, or the part of it that is wrong.
        value: String,
        /// What is possible.
        bound: String,
        /// The word that was probably meant.
        suggestion: Option<&'static str>,
    },
}

fn unknown(kind: &str, name: &str) -> String {
    let empty = if name.is_empty() {
        ": an empty name"
    } else {
        ""
    };
    format!("unknown {kind} `{name}`{empty}")
}

fn instead(suggestion: &Option<&'static str>, otherwise: &str) -> String {
    suggestion.map_or(otherwise.to_owned(), |name| {
        format!("; did you mean `{name}`?")
    })
}

fn there_is(known: &str) -> String {
    let known = if known.is_empty() { "none" } else { known };
    format!("; it has {known}")
}

impl FormError {
    pub(super) fn out_of_bounds(
        kind: &'static str,
        text: &str,
        parameter: &Parameter,
        value: &str,
    ) -> Self {
        let is_number = value.parse::<f64>().is_ok();
        Self::OutOfBounds {
            kind,
            text: text.to_owned(),
            key: parameter.name,
            value: if is_number {
                value.to_owned()
            } else {
                format!("`{value}`")
            },
            bound: parameter.domain.to_string(),
            suggestion: match parameter.domain {
                Domain::Word(words) => nearest(value, words.iter().copied()),
                _ => None,
            },
        }
    }
}

/// The name that was probably meant.
pub fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let similarity = |known: &str| strsim::jaro_winkler(name, known);
    let best = names.max_by(|a, b| similarity(a).total_cmp(&similarity(b)))?;
    (similarity(best) > 0.8).then_some(best)
}
