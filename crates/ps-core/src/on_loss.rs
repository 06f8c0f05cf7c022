//! What happens when a worker is lost.

use std::fmt;
use std::str::FromStr;

/// What happens when a worker is lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnLoss {
    /// The run ends, with a reason that names the worker and its job.
    #[default]
    Stop,
    /// The run goes on without it; its method decides about its jobs. (In Hogwild! others take them.)
    Continue,
}

impl OnLoss {
    const ALL: &[(&str, Self)] = &[("stop", Self::Stop), ("continue", Self::Continue)];
}

impl fmt::Display for OnLoss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = Self::ALL.iter().find(|(_, policy)| policy == self);
        f.write_str(named.map_or("", |(name, _)| name))
    }
}

/// There is no such policy.
#[derive(Debug, thiserror::Error)]
#[error("unknown policy `{name}` for lost workers; there are stop and continue")]
pub struct UnknownPolicy {
    /// What was asked for.
    pub name: String,
}

impl FromStr for OnLoss {
    type Err = UnknownPolicy;

    fn from_str(name: &str) -> Result<Self, UnknownPolicy> {
        let named = Self::ALL.iter().find(|(known, _)| *known == name);
        let name = || name.to_owned();
        named
            .map(|(_, policy)| *policy)
            .ok_or_else(|| UnknownPolicy { name: name() })
    }
}
