//! Slow-downs that act together.

use std::fmt;
use std::str::FromStr;

use ps_core::form::{Chain, FormError};

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

    fn from_str(text: &str) -> Result<Self, SlowdownError> {
        let slowdowns = text.parse::<Chain<Slowdown>>()?.rules().to_vec();
        for (position, second) in slowdowns.iter().enumerate() {
            let mut before = slowdowns[..position].iter();
            if let Some(first) = before.find(|first| first.name() == second.name()) {
                let [first, second] = [first, second].map(|one| Box::new(one.clone()));
                return Err(SlowdownError::Twice { first, second });
            }
        }
        Ok(Self(slowdowns))
    }
}

impl fmt::Display for Slowdowns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Chain::new(self.0.clone()).fmt(f)
    }
}
