//! The trace: one JSON object a line, for every gradient, who computed it, at which version, applied when, with
//! which step. It holds all that is needed to run the run again.
//!
//! The first line is the [`Header`], the last one the [`Stopped`](Line::Stopped) line. In between, in the order in which they happened:
//! received gradients, updates along an accumulator, lost jobs, overruns; and at the end the jobs still out, what each
//! worker was at, and the evaluated versions. Files ending in `.zst` are compressed.

mod check;
mod error;
mod format;
mod header;
mod line;
mod object;
mod parse;
mod read;
mod time;
mod write;

use std::path::Path;

pub use error::TraceError;
pub(crate) use header::Policies;
pub use header::{Header, Machine};
pub use line::{Gone, Left, Line, Lost, Stopped};
pub use read::{Ending, Lines, Trace};

pub(crate) use format::text as line_text;
pub(crate) use header::OWN_FIELDS;
pub(crate) use object::Object;
pub(crate) use write::{Epilogue, TraceWriter};

/// The version of the format, in its first line.
const FORMAT: u32 = 1;

/// Whether a trace of this name is compressed.
fn is_compressed(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "zst")
}
