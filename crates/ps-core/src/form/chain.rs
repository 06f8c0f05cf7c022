//! Several things of one kind.

use std::fmt;
use std::str::FromStr;

use super::error::FormError;

/// Several things of one kind, one after the other: `clip:1,dc:0.04`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain<C>(Vec<C>);

impl<C> Chain<C> {
    /// These, in this order.
    pub fn new(links: Vec<C>) -> Self {
        Self(links)
    }

    /// The first one first.
    pub fn rules(&self) -> &[C] {
        &self.0
    }
}

impl<C: FromStr<Err = FormError>> FromStr for Chain<C> {
    type Err = FormError;

    /// A word that begins with a letter and is no number begins the next one: parameters may have
    /// commas between them, too.
    fn from_str(text: &str) -> Result<Self, FormError> {
        let mut links: Vec<String> = Vec::new();
        for word in text.split(',') {
            match links.last_mut() {
                Some(last) if !is_name(word.trim()) => *last += &format!(",{word}"),
                _ => links.push(word.to_owned()),
            }
        }
        let links = links.iter().map(|link| link.trim().parse());
        links.collect::<Result<_, _>>().map(Self)
    }
}

/// `inf` and `nan` begin with letters, too; they are numbers.
fn is_name(word: &str) -> bool {
    word.starts_with(char::is_alphabetic) && word.parse::<f64>().is_err()
}

impl<C: fmt::Display> fmt::Display for Chain<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let links: Vec<_> = self.0.iter().map(C::to_string).collect();
        f.write_str(&links.join(","))
    }
}
