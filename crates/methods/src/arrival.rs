//! A gradient that has arrived, as a method sees it: numbers, times and a token.

use std::marker::PhantomData;
use std::time::Duration;

use ps_core::{JobId, Version, WorkerId};

/// A finished job, in numbers and times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Arrival {
    /// Who computed the gradient.
    pub worker: WorkerId,
    /// Which job it was.
    pub job: JobId,
    /// The version it was computed at.
    pub read_version: Version,
    /// How many updates were applied since: the papers' `τ`.
    pub staleness: u64,
    /// When the job was assigned.
    pub assigned: Duration,
    /// When its worker took it up.
    pub started: Duration,
    /// When it was finished.
    pub finished: Duration,
}

/// The gradient that has arrived, as a token: a step consumes it, holding borrows it, and dropping
/// it discards the gradient. It cannot outlive the turn.
#[derive(Debug)]
pub struct Gradient<'a>(PhantomData<&'a mut ()>);

impl Gradient<'_> {
    /// One per turn; made by the engine alone.
    pub(crate) fn arrived() -> Self {
        Self(PhantomData)
    }

    /// Nobody else can step with it, hold it or drop it any more.
    pub(crate) fn consume(self) {}
}
