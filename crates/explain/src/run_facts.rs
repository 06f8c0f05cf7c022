//! What is counted and timed of a run.

use std::time::Duration;

use serde::Serialize;
use trace::{Ending, Evaluation, Header, LastLine, Reads, WaitedFor, json};

use crate::account::{Account, Queued};
use crate::concurrency::OutstandingJobs;
use crate::conservation::Conservation;
use crate::schedule::{RecordedArrival, Timeline};
use crate::staleness::StalenessSummary;
use crate::waste::Waste;

/// What is counted and timed of a run, out of its trace.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct RunFacts {
    /// The first line: what was run, on what, with which versions of the program.
    pub header: Header,
    /// Whether the trace is whole, and if not, its last whole line.
    pub ending: Ending,
    /// The last line: how the run ended. None if the trace was cut before.
    pub stopped: Option<LastLine>,
    /// How long the run took; of a trace that was cut: until its last line.
    #[serde(rename = "seconds", serialize_with = "json::seconds")]
    pub duration: Duration,
    /// How much of that the recorded jobs tell of: until the last gradient, and for as long as the
    /// longest job after it if the run went on. Zero without a gradient.
    #[serde(skip)]
    pub known_duration: Duration,
    /// Number of updates that were applied: the last version.
    pub updates: u64,
    /// Number of gradients that were received: applied, held and discarded ones.
    pub gradients: u64,
    /// Number of gradients that the method stepped with at once.
    pub applied: u64,
    /// Number of gradients that were added to an accumulator, for a later step.
    pub held: u64,
    /// Number of gradients that the method discarded.
    pub discarded: u64,
    /// Number of jobs that came back without a gradient because they were cancelled.
    pub cancelled: u64,
    /// Number of jobs that came back without a gradient because they exceeded their time limit.
    pub expired: u64,
    /// Number of jobs that were cancelled before their worker had taken them up. They cost no time.
    #[serde(rename = "withdrawn")]
    pub cancelled_in_queue: u64,
    /// Number of jobs that were lost with their workers.
    pub lost: u64,
    /// Jobs that brought no gradient to the model and the time that all workers spent on them, by
    /// the reason.
    pub wasted: Waste,
    /// Why the worker that was lost first was lost; none if no worker was.
    pub lost_because: Option<String>,
    /// Number of jobs that had not come back at the end.
    pub out: u64,
    /// Of these the ones that had been out for very long, the longest first.
    #[serde(skip)]
    pub waited_for: Vec<WaitedFor>,
    /// Gradients for each second of the run's own clock.
    pub gradients_per_second: Option<f64>,
    /// Updates for each second of the run's own clock.
    pub updates_per_second: Option<f64>,
    /// How stale applied and held gradients were.
    pub staleness: StalenessSummary,
    /// How many jobs were outstanding, on average and over time.
    pub concurrency: OutstandingJobs,
    /// What each worker did, by its number.
    pub workers: Vec<Account>,
    /// Number of jobs whose times contradict one another, and were cut.
    pub impossible_times: u64,
    /// Number of the first line that differs from what was written, by the check sums of the lines.
    pub altered: Option<u64>,
    /// Whether the ages of all jobs add up.
    pub conservation: Conservation,
    /// How long jobs waited for workers that were busy with other jobs.
    pub queued: Queued,
    /// How long gradients that had reached the server waited until it took them up.
    pub at_the_door: Queued,
    /// Time that the server's turns took, on workers' threads and on its own.
    #[serde(serialize_with = "json::seconds")]
    pub serving: Duration,
    /// Number of computations that took longer than the time they were to emulate.
    pub overruns: u64,
    /// Their share of the gradients.
    pub overrun_share: Option<f64>,
    /// How busy the machine's cores were; none in virtual time, which needs no cores.
    pub cores: Option<Cores>,
    /// How the model was read, where workers shared it without a server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reads: Option<Reads>,
    /// Loss and gradient norm of the versions that were evaluated: the first 99,999 and the last.
    pub evaluations: Vec<Evaluation>,
    /// The first arrivals, as many as were asked for.
    pub schedule: Vec<RecordedArrival>,
    /// The first moments of the run, to be drawn.
    pub timeline: Timeline,
}

/// How busy the machine's cores were.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Cores {
    /// Number of cores of the machine.
    pub cores: usize,
    /// Number of workers that were computing at the same time, on average.
    pub computing: f64,
    /// That number for each core; above 1, workers waited for cores.
    pub share: f64,
}
