//! How many rows a gradient is taken over.

use std::fmt;
use std::num::NonZeroUsize;
use std::str::FromStr;

use ps_core::form::whole;

/// The rows of one gradient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Batch {
    /// All rows of the worker: the gradient is exact.
    Full,
    /// So many of the worker's rows, drawn afresh without replacement for each job.
    Size(NonZeroUsize),
    /// The same, or as many rows as the worker has if these are fewer.
    UpTo(NonZeroUsize),
}

/// Up to 16 rows.
impl Default for Batch {
    fn default() -> Self {
        Self::UpTo(NonZeroUsize::MIN.saturating_add(15))
    }
}

impl Batch {
    /// Number of rows that are drawn of a worker's; `None`: none is drawn, all are taken.
    pub(crate) fn drawn(self, rows: usize) -> Option<usize> {
        match self {
            Self::Full => None,
            Self::Size(size) => Some(size.get()),
            Self::UpTo(size) => Some(size.get().min(rows)),
        }
    }

    /// The same rows, said as a number where each worker has enough of them.
    pub(crate) fn among(self, rows_per_worker: &[usize]) -> Self {
        match self {
            Self::UpTo(size) if rows_per_worker.iter().all(|rows| *rows >= size.get()) => {
                Self::Size(size)
            }
            _ => self,
        }
    }
}

/// What stands before the number of [`Batch::UpTo`].
const UP_TO: &str = "up-to:";

/// A text that is no number of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a whole number from 1, full, or up-to:B")]
pub struct BatchError;

impl FromStr for Batch {
    type Err = BatchError;

    fn from_str(text: &str) -> Result<Self, BatchError> {
        if text == "full" {
            return Ok(Self::Full);
        }
        let number = |text: &str| {
            let number = whole(text.trim()).and_then(|number| usize::try_from(number).ok());
            number.and_then(NonZeroUsize::new).ok_or(BatchError)
        };
        match text.strip_prefix(UP_TO) {
            Some(most) => number(most).map(Self::UpTo),
            None => number(text).map(Self::Size),
        }
    }
}

/// As it is typed.
impl fmt::Display for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("full"),
            Self::Size(size) => size.fmt(f),
            Self::UpTo(size) => write!(f, "{UP_TO}{size}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_understood_and_written_the_same_way() {
        for word in ["full", "1", "16", "up-to:3"] {
            assert_eq!(word.parse::<Batch>().unwrap().to_string(), word);
        }
        assert_eq!(Batch::default().to_string(), "up-to:16");
        assert_eq!("1e1".parse::<Batch>().unwrap().to_string(), "10");
    }

    #[test]
    fn no_rows_and_no_number_are_refused() {
        for word in ["0", "-1", "1.5", "all", "", "up-to:0", "up-to"] {
            let message = word.parse::<Batch>().unwrap_err().to_string();
            assert_eq!(
                message, "expected a whole number from 1, full, or up-to:B",
                "{word}"
            );
        }
    }
}
