//! The conservation law: no age is lost or invented.
//!
//! Σ ages of ended jobs + Σ ages of jobs still out = Σ ages at assignment + Σ over updates of the
//! jobs out at that moment, the received one not counted (age = version now − version read). A job
//! is assigned at age 0, unless it repeats one.

use ps_core::{Action, Event, Version};
use serde::Serialize;

/// Both sides of the law, each out of other fields of the trace: the left one from versions, the
/// right one from concurrencies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Conservation {
    /// Σ ages of ended jobs, those of lost workers among them.
    pub ages_ended: i128,
    /// Σ ages of jobs still out at the end.
    pub ages_out: i128,
    /// Σ ages at assignment.
    pub ages_assigned: i128,
    /// Σ over updates of the jobs out at that moment.
    pub aged: i128,
    /// Whether it holds.
    pub verdict: Verdict,
}

/// Whether the law holds, or why that cannot be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// Both sides are equal.
    Holds,
    /// They are not: lines are missing or wrong.
    Broken,
    /// The trace was cut, and does not say which jobs were still out.
    Truncated,
    /// Lines were dropped, because the disk was too slow.
    Dropped,
    /// The trace was cut, and lines before that may have been dropped.
    MayLackLines,
    /// Lines do not say how many jobs were out.
    Unsaid,
}

/// Sums both sides while lines are read.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    ages_ended: i128,
    /// How many jobs were still out, and Σ of the versions that they read.
    n_out: i128,
    versions_out: i128,
    aged: i128,
    /// Σ ages at assignment.
    ages_assigned: i128,
    /// Jobs out after the turn that is being read.
    out_now: i128,
    /// Whether some line does not say how many jobs were out.
    unsaid: bool,
}

impl Ledger {
    pub(super) fn take(&mut self, event: &Event) {
        match event {
            Event::Received(it) => {
                self.ended(it.read_version, it.version, it.concurrency, it.age);
                if it.action == Action::Applied {
                    self.aged += self.out_now;
                }
            }
            Event::CancelledInQueue(it) => {
                self.ended(it.read_version, it.version, it.concurrency, it.age);
            }
            Event::Lost(it) => self.ended(it.read_version, it.version, it.concurrency, it.age),
            Event::Updated(_) => self.aged += self.out_now,
            Event::Assigned(unfinished) => {
                self.n_out += 1;
                self.versions_out += number(unfinished.version);
                self.ages_assigned += i128::from(unfinished.age);
            }
            _ => {}
        }
    }

    fn ended(&mut self, read: Version, now: Version, concurrency: usize, age: u64) {
        self.ages_assigned += i128::from(age);
        self.ages_ended += number(now) - number(read);
        self.unsaid |= concurrency == 0;
        // The one that has ended is not out any more.
        self.out_now = concurrency as i128 - 1;
    }

    /// Both sides at this last version. A trace that is not complete has nothing to compare.
    pub(super) fn close(&self, last: Version, incomplete: Option<Verdict>) -> Conservation {
        let ages_out = self.n_out * number(last) - self.versions_out;
        let verdict = match incomplete {
            Some(verdict) => verdict,
            None if self.unsaid => Verdict::Unsaid,
            None if self.ages_ended + ages_out == self.ages_assigned + self.aged => Verdict::Holds,
            None => Verdict::Broken,
        };
        Conservation {
            ages_ended: self.ages_ended,
            ages_out,
            ages_assigned: self.ages_assigned,
            aged: self.aged,
            verdict,
        }
    }

    /// How many jobs were still out.
    pub(super) fn n_out(&self) -> u64 {
        u64::try_from(self.n_out).expect("counted up from 0")
    }
}

fn number(version: Version) -> i128 {
    i128::from(version.number())
}
