//! What a trace says: an [`Explanation`] with its findings for people and for programs, a timeline
//! for Perfetto, and the tables and numbers that all texts are made of.
//!
//! It reads the lines of a trace, and knows nothing of the engine that made them.

#![forbid(unsafe_code)]

mod account;
mod activity;
mod concurrency;
mod conservation;
mod explanation;
mod finding;
mod perfetto;
pub mod phrases;
mod reading;
mod run_facts;
mod schedule;
mod staleness;
pub mod tables;
mod text;
mod waste;

pub use account::{Account, ActivityTimes, Queued};
pub use activity::{Activities, Activity, Span};
pub use concurrency::{OutstandingJobs, Point};
pub use conservation::{Conservation, Verdict};
pub use explanation::Explanation;
pub use finding::{
    Altered, Biased, Broken, DenseAccess, Dropped, Failed, Few, Finding, Idle, ImpossibleTimes,
    LostWorkers, NoUpdate, Overran, Oversubscribed, Queues, Relapsed, ServerBusy, Silent,
    StalenessTail, Truncated, Waking, Wasted, WhyIdle, Worsened,
};
pub use perfetto::{ExportError, write_perfetto, write_perfetto_file};
pub use run_facts::{Cores, RunFacts};
pub use schedule::{RecordedArrival, Timeline};
pub use staleness::{Bin, EffectiveMomentum, StalenessSummary};
pub use waste::{InVain, Waste};
