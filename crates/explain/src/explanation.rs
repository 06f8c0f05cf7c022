//! Everything that a trace says.

use std::time::Duration;

use serde::Serialize;
use trace::{Ending, Evaluation, Header, LastLine, Reads, Trace, TraceError, json};

use crate::account::{Account, Queued};
use crate::concurrency::OutstandingJobs;
use crate::conservation::Conservation;
use crate::finding::{self, Finding};
use crate::reading::Reading;
use crate::schedule::{RecordedArrival, Timeline};
use crate::staleness::StalenessSummary;
use crate::waste::Waste;

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
    /// What was run.
    pub header: Header,
    /// How the trace ends.
    pub ending: Ending,
    /// How the run ended, if the trace has come that far.
    pub stopped: Option<LastLine>,
    /// How long the run took; of a trace that was cut: until its last line.
    #[serde(rename = "seconds", serialize_with = "json::seconds")]
    pub duration: Duration,
    /// How much of that the recorded jobs tell of: until the last gradient, and for as long as the
    /// longest job after it if the run went on. Zero without a gradient.
    #[serde(skip)]
    pub known_duration: Duration,
    /// How many updates were applied.
    pub updates: u64,
    /// How many gradients were received: applied, held and discarded.
    pub gradients: u64,
    /// Stepped with at once.
    pub applied: u64,
    /// Added to an accumulator.
    pub held: u64,
    /// Let go.
    pub discarded: u64,
    /// How many jobs came back without a gradient, because they were cancelled.
    pub cancelled: u64,
    /// How many jobs came back without a gradient, because they expired.
    pub expired: u64,
    /// How many jobs were cancelled before their worker had taken them up. They cost no time.
    #[serde(rename = "withdrawn")]
    pub cancelled_in_queue: u64,
    /// How many jobs were lost with their workers.
    pub lost: u64,
    /// What was for nothing, and why: the jobs and the time of all workers together.
    pub wasted: Waste,
    /// Why the first worker was lost.
    pub lost_because: Option<String>,
    /// How many jobs had not come back at the end.
    pub out: u64,
    /// Gradients for each second of the run's own clock.
    pub gradients_per_second: Option<f64>,
    /// Updates for each second.
    pub updates_per_second: Option<f64>,
    /// How stale applied and held gradients were.
    pub staleness: StalenessSummary,
    /// How many jobs were outstanding.
    pub concurrency: OutstandingJobs,
    /// What each worker did.
    pub workers: Vec<Account>,
    /// How many times of the trace could not have been, and were cut.
    pub impossible_times: u64,
    /// The first line that is not as it was written, by the checks of the lines.
    pub altered: Option<u64>,
    /// Whether no age was lost or invented.
    pub conservation: Conservation,
    /// How long jobs waited for workers that were busy with other jobs.
    pub queued: Queued,
    /// How long gradients that had reached the server's door waited until the server took them up.
    pub at_the_door: Queued,
    /// How long turns of the server took: on workers' threads and on its own.
    #[serde(serialize_with = "json::seconds")]
    pub serving: Duration,
    /// How many computations took longer than the time they were to emulate.
    pub overruns: u64,
    /// What share of the gradients those are.
    pub overrun_share: Option<f64>,
    /// How busy the machine's cores were; not in virtual time, which needs none.
    pub cores: Option<Cores>,
    /// How the model was read, where workers shared it without a server.
    #[serde(
        serialize_with = "json::reads_if_any",
        skip_serializing_if = "Option::is_none"
    )]
    pub reads: Option<Reads>,
    /// The versions that were evaluated.
    pub evaluations: Vec<Evaluation>,
    /// The first arrivals, as many as were asked for.
    pub schedule: Vec<RecordedArrival>,
    /// The first moments, to be drawn.
    pub timeline: Timeline,
    /// What is unusual, what matters most first; in JSON with its text.
    #[serde(serialize_with = "finding::with_texts")]
    pub findings: Vec<Finding>,
}

/// How busy the cores were.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Cores {
    /// How many there are.
    pub cores: usize,
    /// How many workers were computing at the same time, on average.
    pub computing: f64,
    /// What share of the cores that is; above 1, workers waited for cores.
    pub share: f64,
}

impl Explanation {
    /// Reads a trace from its first line to its last, in one pass, in memory that grows with the
    /// number of workers only.
    ///
    /// # Errors
    /// If the file cannot be read, a line makes no sense, or it is of more than a million workers.
    /// A trace that was cut is explained as far as it goes.
    pub fn of(trace: &Trace) -> Result<Self, TraceError> {
        Explainer::new().explain(trace)
    }
}

/// Explains traces, with settings.
#[derive(Clone, Copy, Debug, Default)]
pub struct Explainer {
    schedule: usize,
}

impl Explainer {
    /// With the settings of [`Explanation::of`].
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lists the first so many arrivals; without this, none.
    #[must_use]
    pub fn schedule(self, arrivals: usize) -> Self {
        Self { schedule: arrivals }
    }

    /// Reads a trace from its first line to its last, in one pass, in memory that grows with the
    /// number of workers only.
    ///
    /// # Errors
    /// If the file cannot be read, a line makes no sense, or it is of more than a million workers.
    /// A trace that was cut is explained as far as it goes.
    pub fn explain(&self, trace: &Trace) -> Result<Explanation, TraceError> {
        Reading::of(trace, self.schedule)
    }
}
