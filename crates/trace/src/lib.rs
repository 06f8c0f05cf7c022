//! The trace: one JSON object a line, for every gradient, who computed it, at which version,
//! applied when, with which step. It holds all that is needed to run the run again.
//!
//! The first line is the [`Header`], the last one the [`LastLine`]. In between, in the order in
//! which they happened: received gradients, updates along an accumulator, lost jobs, overruns; and
//! at the end the jobs still out, what each worker was at, and the evaluated versions (those of
//! virtual time stand where they were made). Files ending
//! in `.gz`, or in `.zst` with the feature `zstd`, are compressed.

#![forbid(unsafe_code)]

pub mod evaluation;
pub mod format;
pub mod hash;
pub mod header;
mod job_times;
pub mod json;
mod line;
pub mod news;
pub mod read;
pub mod recorded_jobs;
pub mod run_spec;
pub mod statistics;
pub mod write;

mod check;
mod compression;
mod error;
mod in_order;
mod machine;
mod survival;
mod time;
mod whole_file;

pub use error::TraceError;
pub use evaluation::{Evaluation, Target};
pub use hash::{ModelHash, file_hash, model_hash};
pub use header::{Header, MAX_WORKERS, Machine};
pub use job_times::WaitedFor;
pub use line::{LastLine, Line};
pub use methods::rules::{self, Weighing};
pub use read::{Ending, Lines, Trace};
pub use run_spec::{Algorithm, DriverSpec, End, Part, Precision, RunSpec, SettingError};
pub use statistics::{Concurrency, Staleness, Statistics};
pub use whole_file::write_whole;
pub use workers::{Clock, Leaving, Reads};
