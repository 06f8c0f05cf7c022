//! Names for workers, jobs and versions, each a type of its own.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A worker, counted from 0.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct WorkerId(u32);

impl WorkerId {
    /// The worker with this index.
    ///
    /// # Panics
    /// If the index does not fit 32 bits.
    #[inline]
    pub fn new(index: usize) -> Self {
        Self(u32::try_from(index).expect("a worker's index fits 32 bits"))
    }

    /// Its position in every table that has one row per worker.
    #[must_use]
    #[inline]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for WorkerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A job: one gradient to be computed. Jobs count from 0 in the order in which they were assigned.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct JobId(u64);

impl JobId {
    /// The job with this number.
    #[inline]
    pub fn new(number: u64) -> Self {
        Self(number)
    }

    /// Its number.
    #[must_use]
    #[inline]
    pub fn number(self) -> u64 {
        self.0
    }

    /// The job assigned after this one.
    #[must_use]
    #[inline]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A version of the model: how many updates have been applied to it (the papers' `t`).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Version(u64);

impl Version {
    /// The model before any update.
    pub const ZERO: Self = Self(0);

    /// The model after this many updates.
    #[inline]
    pub fn new(updates: u64) -> Self {
        Self(updates)
    }

    /// How many updates led to it.
    #[must_use]
    #[inline]
    pub fn number(self) -> u64 {
        self.0
    }

    /// The version one update later.
    #[must_use]
    #[inline]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// How many updates lie between `earlier` and this version: the staleness of a gradient read
    /// at `earlier` that arrives now.
    ///
    /// # Panics
    /// If `earlier` is the later one.
    #[must_use]
    #[inline]
    pub fn since(self, earlier: Self) -> u64 {
        self.0
            .checked_sub(earlier.0)
            .expect("versions only grow, so what was read earlier is not newer")
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
