//! Slow-downs that act together.

use std::fmt;
use std::str::FromStr;

use ps_core::form::FormError;

use crate::latency::slowdown::Slowdown;

/// Slow-downs that cannot be understood, or that do not go together.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SlowdownError {
    /// One of them cannot be understood.
    #[error(transparent)]
    Form(#[from] FormError),
    /// Two of one kind.
    #[error("`{first}` and `{second}` are of one kind; give one of them")]
    Twice {
        /// The one that was written first.
        first: Box<Slowdown>,
        /// The other.
        second: Box<Slowdown>,
    },
}

/// Slow-downs that act together, as they are written: separated by commas.
///
/// # Examples
/// ```
/// use workers::Slowdowns;
///
/// let both: Slowdowns = "periodic:0.5,2s,outages:5s,1s".parse()?;
/// assert_eq!(both.0.len(), 2);
/// assert_eq!(both.to_string(), "periodic:0.5,2s,outages:5s,1s");
/// # Ok::<(), workers::SlowdownError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Slowdowns(pub Vec<Slowdown>);

impl FromStr for Slowdowns {
    type Err = SlowdownError;

    /// A word that begins with a letter and is no number begins the next slow-down: the parameters
    /// of one are separated by commas, too.
    fn from_str(text: &str) -> Result<Self, SlowdownError> {
        let mut texts: Vec<String> = Vec::new();
        for word in text.split(',') {
            match texts.last_mut() {
                Some(last) if !is_name(word.trim()) => *last += &format!(",{word}"),
                _ => texts.push(word.to_owned()),
            }
        }
        let mut slowdowns: Vec<Slowdown> = Vec::new();
        for text in texts {
            let second: Slowdown = text.trim().parse()?;
            if let Some(first) = slowdowns.iter().find(|it| it.name() == second.name()) {
                let [first, second] = [first.clone(), second].map(Box::new);
                return Err(SlowdownError::Twice { first, second });
            }
            slowdowns.push(second);
        }
        Ok(Self(slowdowns))
    }
}

/// `inf` and `nan` begin with letters, too; they are numbers.
fn is_name(word: &str) -> bool {
    word.starts_with(char::is_alphabetic) && word.parse::<f64>().is_err()
}

impl fmt::Display for Slowdowns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<_> = self.0.iter().map(|it| it.to_string()).collect();
        f.write_str(&texts.join(","))
    }
}
