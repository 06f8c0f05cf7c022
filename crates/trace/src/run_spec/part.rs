//! Parts of a run that have a name: one of the list, or one of the user's own.

use std::fmt;
use std::str::FromStr;

/// What the text of a user's own part begins with: `own:NAME`.
pub(super) const OWN: &str = "own";

/// A step rule, correction or optimizer: one of the list, or one of the user's own, which only the
/// program has.
#[derive(Clone, Debug, PartialEq)]
pub enum Part<R> {
    /// One of the list.
    Known(R),
    /// The user's own, by its name.
    Own(String),
}

impl<R> Part<R> {
    /// The part of the list, if it is one.
    pub fn known(&self) -> Option<&R> {
        match self {
            Self::Known(rule) => Some(rule),
            Self::Own(_) => None,
        }
    }
}

impl<R: Default> Default for Part<R> {
    fn default() -> Self {
        Self::Known(R::default())
    }
}

impl<R: FromStr> FromStr for Part<R> {
    type Err = R::Err;

    fn from_str(text: &str) -> Result<Self, R::Err> {
        match text.split_once(':') {
            Some((OWN, name)) => Ok(Self::Own(name.to_owned())),
            _ => text.parse().map(Self::Known),
        }
    }
}

impl<R: fmt::Display> fmt::Display for Part<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(rule) => rule.fmt(f),
            Self::Own(name) => write!(f, "{OWN}:{name}"),
        }
    }
}

/// The parts of a list, separated by commas.
pub(super) fn parse_list<R: FromStr>(text: &str) -> Result<Vec<Part<R>>, R::Err> {
    text.split(',').map(str::parse).collect()
}

/// The list as text; nothing if it is empty.
pub(super) fn list_text<R: fmt::Display>(parts: &[Part<R>]) -> Option<String> {
    let texts: Vec<_> = parts.iter().map(Part::to_string).collect();
    (!texts.is_empty()).then(|| texts.join(","))
}
