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

/// How many gradients were rejected: in all, and since there were so many updates.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rejections {
    all: u64,
    in_vain: u64,
    updates: u64,
}

impl Rejections {
    /// So many may be rejected without an update between: an oracle that yields nothing else would
    /// keep a run going for ever.
    pub const MAX_IN_VAIN: u64 = 10_000;

    /// Whether one more may be rejected after so many updates, of which at most this many in vain.
    pub fn may_grow(&self, policy: OnBadGradient, updates: u64, most_in_vain: u64) -> bool {
        match policy {
            OnBadGradient::Discard { at_most } => {
                self.all < at_most && self.in_vain(updates) < most_in_vain
            }
            _ => false,
        }
    }

    /// One more was rejected, after so many updates.
    pub fn grow(&mut self, updates: u64) {
        self.in_vain = self.in_vain(updates) + 1;
        self.all += 1;
        self.updates = self.updates.max(updates);
    }

    fn in_vain(&self, updates: u64) -> u64 {
        if updates > self.updates {
            0
        } else {
            self.in_vain
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

    #[test]
    fn an_update_ends_what_was_in_vain_and_nothing_ends_what_there_was_in_all() {
        let (mut rejections, policy) =
            (Rejections::default(), OnBadGradient::Discard { at_most: 5 });
        rejections.grow(0);
        rejections.grow(0);
        assert!(!rejections.may_grow(policy, 0, 2) && rejections.may_grow(policy, 1, 2));
        (0..3).for_each(|_| rejections.grow(1));
        assert!(!rejections.may_grow(policy, 2, 2));
        assert!(!rejections.may_grow(OnBadGradient::LoseWorker, 2, 2));
    }
}
