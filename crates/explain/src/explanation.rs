//! Everything that a trace says.

use std::ops::Deref;

use serde::Serialize;
use trace::{Trace, TraceError};

use crate::finding::{self, Finding};
use crate::reading::Reading;
use crate::run_facts::RunFacts;

/// What a trace says. Its serialised form is the JSON object of `asgrad explain`: times in seconds,
/// what is not known `null`.
///
/// # Examples
/// ```
/// use asgrad::explain::{Explanation, Verdict};
/// use asgrad::prelude::*;
/// use asgrad::Trace;
///
/// let path = std::env::temp_dir().join("asgrad-doc-explain.jsonl");
/// let oracle = from_fn(1, |_, x: &[f64], out: &mut [f64]| out[0] = x[0]);
/// Experiment::new(oracle).workers(2).updates(100).trace(&path).run()?;
///
/// let explanation = Explanation::of(&Trace::open(&path)?)?;
/// assert_eq!(explanation.conservation.verdict, Verdict::Holds);
/// for worker in &explanation.workers {
///     assert_eq!(worker.times.total(), explanation.duration);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Explanation {
    /// What was counted and timed. Its fields can be read as those of the explanation.
    #[serde(flatten)]
    pub facts: RunFacts,
    /// What is unusual, the most important first; in JSON with its text.
    #[serde(serialize_with = "finding::with_texts")]
    pub findings: Vec<Finding>,
}

impl Deref for Explanation {
    type Target = RunFacts;

    fn deref(&self) -> &RunFacts {
        &self.facts
    }
}

impl Explanation {
    /// Reads a trace from its first line to its last, in one pass, in memory that grows with the
    /// number of workers only.
    ///
    /// # Errors
    /// If the file cannot be read, a line makes no sense, or the run had more than a million
    /// workers. A trace that was cut is explained as far as it goes.
    pub fn of(trace: &Trace) -> Result<Self, TraceError> {
        Self::with_schedule(trace, 0)
    }

    /// The same, with a list of the first arrivals: this many of them.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub fn with_schedule(trace: &Trace, arrivals: usize) -> Result<Self, TraceError> {
        let facts = Reading::of(trace, arrivals)?;
        let findings = Finding::all(&facts);
        Ok(Self { facts, findings })
    }

    /// Whether the run was killed before its versions were evaluated.
    pub fn lacks_evaluations(&self) -> bool {
        self.stopped.is_none() && self.evaluations.is_empty()
    }
}
