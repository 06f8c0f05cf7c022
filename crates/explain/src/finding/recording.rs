//! Findings about the trace itself: lines that are missing, altered or few.

use serde::Serialize;

use crate::conservation::Verdict;
use crate::run_facts::RunFacts;
use ps_core::form::count;
use trace::Ending;

/// Number of gradients a worker from which percentiles and shares are more than accidents.
const FEW_EACH: u64 = 10;

/// The trace was cut: everything is said of its beginning only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Truncated {
    /// Number of the last line that is whole.
    pub last_line: u64,
}

impl Truncated {
    pub(super) fn find(of: &RunFacts) -> Option<Self> {
        match of.ending {
            Ending::Truncated { last_line } => Some(Self { last_line }),
            Ending::Whole => None,
        }
    }

    pub(super) fn text(&self) -> String {
        let line = self.last_line;
        format!(
            "the trace ends with line {line}, before the end of the run: all that is said here is of the time until \
             then, and the conservation law cannot be checked"
        )
    }
}

/// A line was altered after it was written, or one before it is missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Altered {
    /// Number of the first such line.
    pub line: u64,
}

impl Altered {
    pub(super) fn find(of: &RunFacts) -> Option<Self> {
        of.altered.map(|line| Self { line })
    }

    pub(super) fn text(&self) -> String {
        let line = self.line;
        format!(
            "line {line} of the trace is not as it was written, or one before it is missing: trust no number here; \
             asgrad replay --verify says what differs"
        )
    }
}

/// The disk was too slow, and lines are missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Dropped {
    /// Number of lines that were dropped.
    pub lines: u64,
}

impl Dropped {
    pub(super) fn find(of: &RunFacts) -> Option<Self> {
        let lines = of.stopped.as_ref()?.dropped;
        (lines > 0).then_some(Self { lines })
    }

    pub(super) fn text(&self) -> String {
        let lines = count(self.lines, "line");
        format!(
            "the disk was too slow and {lines} were dropped: counts are too low, and gaps count as idle or hand-over; \
             trace to a faster disk, to a .gz file, or without --trace-drop"
        )
    }
}

/// The two sides of the conservation law differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Broken {
    /// Ages of ended jobs and of those still out, in updates.
    pub ages: i128,
    /// The same sum as it follows from the numbers of jobs outstanding.
    pub aged: i128,
}

impl Broken {
    pub(super) fn find(of: &RunFacts) -> Option<Self> {
        let law = of.conservation;
        (law.verdict == Verdict::Broken).then_some(Self {
            ages: law.ages_ended + law.ages_out,
            aged: law.ages_assigned + law.aged,
        })
    }

    pub(super) fn text(&self) -> String {
        let Self { ages, aged } = self;
        format!(
            "the conservation law does not hold: all jobs together aged by {ages} updates, and should have by {aged}; \
             lines of the trace are missing or were altered, so trust no number here"
        )
    }
}

/// Times of some jobs contradict one another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ImpossibleTimes {
    /// Number of jobs with such times.
    pub times: u64,
}

impl ImpossibleTimes {
    pub(super) fn find(of: &RunFacts) -> Option<Self> {
        let times = of.impossible_times;
        (times > 0).then_some(Self { times })
    }

    pub(super) fn text(&self) -> String {
        let jobs = count(self.times, "job");
        format!(
            "the times of {jobs} cannot have been (a worker at two things at once) and were cut: lines of the trace \
             are missing or were altered"
        )
    }
}

/// There are too few gradients to say much.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Few {
    /// Number of gradients of the run.
    pub gradients: u64,
    /// Number of its workers.
    pub workers: usize,
}

impl Few {
    pub(super) fn find(of: &RunFacts) -> Option<Self> {
        let (gradients, workers) = (of.gradients, of.header.workers());
        let few = FEW_EACH.saturating_mul(workers as u64);
        (gradients < few).then_some(Self { gradients, workers })
    }

    pub(super) fn text(&self) -> String {
        let gradients = count(self.gradients, "gradient");
        let workers = count(self.workers as u64, "worker");
        format!(
            "{gradients} of {workers} are few: shares and percentiles are accidents below {FEW_EACH} a worker; run longer"
        )
    }
}
