//! What happens when a gradient is no vector of numbers.

use std::fmt;
use std::str::FromStr;

use crate::word::UnknownWord;

/// What happens when a gradient has a component that is NaN or infinite though the model has not
/// run away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnBadGradient {
    /// The run ends, with a reason that names worker, job and version.
    #[default]
    Stop,
    /// It is let go and counted, and its worker gets a new job; the method is not told. Each
    /// gradient is looked at, which costs a pass over it.
    Discard {
        /// So many; the next one ends the run.
        at_most: u64,
    },
    /// Its worker is lost.
    LoseWorker,
}

impl fmt::Display for OnBadGradient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stop => f.pad("stop"),
            Self::Discard { at_most: u64::MAX } => f.pad("discard"),
            Self::Discard { at_most } => write!(f, "discard:{at_most}"),
            Self::LoseWorker => f.pad("lose-worker"),
        }
    }
}

impl FromStr for OnBadGradient {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let at_most = text.strip_prefix("discard:").map(str::parse);
        match (text, at_most) {
            ("stop", _) => Ok(Self::Stop),
            ("discard", _) => Ok(Self::Discard { at_most: u64::MAX }),
            ("lose-worker", _) => Ok(Self::LoseWorker),
            (_, Some(Ok(at_most))) => Ok(Self::Discard { at_most }),
            _ => Err(UnknownWord {
                kind: "policy for bad gradients",
                found: text.to_owned(),
                known: &["stop", "discard", "discard:AT_MOST", "lose-worker"],
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for text in ["stop", "discard", "discard:0", "discard:100", "lose-worker"] {
            assert_eq!(text.parse::<OnBadGradient>().unwrap().to_string(), text);
        }
        for text in ["", "discard:", "discard:-1", "discard:x", "ignore"] {
            assert!(text.parse::<OnBadGradient>().is_err(), "{text}");
        }
    }
}
