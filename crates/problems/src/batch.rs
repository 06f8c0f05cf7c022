//! How many rows a gradient is taken over.

use std::fmt;
use std::num::NonZeroUsize;
use std::str::FromStr;

/// The rows of one gradient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Batch {
    /// All rows of the worker: the gradient is exact.
    Full,
    /// So many of the worker's rows, drawn afresh without replacement for each job.
    Size(NonZeroUsize),
}

/// 16 rows.
impl Default for Batch {
    fn default() -> Self {
        Self::Size(NonZeroUsize::MIN.saturating_add(15))
    }
}

/// A text that is no number of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a whole number from 1, or full")]
pub struct BatchError;

impl FromStr for Batch {
    type Err = BatchError;

    fn from_str(text: &str) -> Result<Self, BatchError> {
        if text == "full" {
            return Ok(Self::Full);
        }
        text.trim().parse().map(Self::Size).map_err(|_| BatchError)
    }
}

/// As it is typed.
impl fmt::Display for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("full"),
            Self::Size(size) => size.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_understood_and_written_the_same_way() {
        for word in ["full", "1", "16"] {
            assert_eq!(word.parse::<Batch>().unwrap().to_string(), word);
        }
        assert_eq!(Batch::default().to_string(), "16");
    }

    #[test]
    fn no_rows_and_no_number_are_refused() {
        for word in ["0", "-1", "1.5", "all", ""] {
            let message = word.parse::<Batch>().unwrap_err().to_string();
            assert_eq!(message, "expected a whole number from 1, or full", "{word}");
        }
    }
}
