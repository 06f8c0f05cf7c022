//! A trace as a timeline for Perfetto's viewer (and `chrome://tracing`): the JSON object format of
//! the [Trace Event
//! Format](https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU).
//!
//! * A lane for each worker: what it was at, at every moment
//!   ([`Activities`](crate::explain::Activities)). The slice of a computation says what became of
//!   its gradient.
//! * A lane for the server's turns. A trace says when a turn began and not how long it took: it is
//!   drawn up to the next one, and for a microsecond at most. Turns at one moment are drawn one
//!   after another, a nanosecond each.
//! * An arrow for each gradient that was stepped with: from the turn in which its job was assigned
//!   at the version read, through its computation, to the turn of the step. A held gradient's arrow
//!   passes through the turn of its arrival.
//! * Counters, where they change: staleness, concurrency, version; loss and gradient norm where
//!   versions were evaluated.
//!
//! Memory does not grow with the number of lines, but with those of workers (at most a million) and
//! of jobs out at once.

mod error;
mod events;
mod flows;
mod timeline;

use std::fs;
use std::io::{self, Write};
use std::path::Path;

pub use error::ExportError;

use timeline::Timeline;
use trace::{Trace, write_whole};

/// Writes the timeline of a trace. One that is not whole is drawn up to its last line.
///
/// # Errors
/// If the trace cannot be read to its end, or the timeline cannot be written.
///
/// # Examples
/// ```
/// use asgrad::prelude::*;
/// use asgrad::Trace;
/// use asgrad::explain::write_perfetto;
///
/// let path = std::env::temp_dir().join("asgrad-doc-perfetto.jsonl");
/// let oracle = from_fn(1, |_, x: &[f64], out: &mut [f64]| out[0] = x[0]);
/// Experiment::new(oracle).workers(2).updates(100).trace(&path).run()?;
///
/// let mut timeline = Vec::new();
/// write_perfetto(&Trace::open(&path)?, &mut timeline)?;
/// assert!(timeline.starts_with(b"{\"otherData\":{\"generator\":\"asgrad\"}"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_perfetto(trace: &Trace, out: impl Write) -> Result<(), ExportError> {
    trace.check_workers()?;
    let mut timeline = Timeline::begin(trace.header(), out);
    for line in trace.lines()? {
        let (_, line) = line?;
        timeline.take(&line)?;
    }
    Ok(timeline.end(trace.header())?)
}

/// Writes the timeline of a trace to a file, whole or not at all, in place of whatever is there.
///
/// # Errors
/// If the trace cannot be read to its end, or the file cannot be written; it is named. The trace
/// itself is not overwritten.
pub fn write_perfetto_file(trace: &Trace, path: impl AsRef<Path>) -> Result<(), ExportError> {
    let path = path.as_ref();
    let is_trace = fs::canonicalize(path)
        .is_ok_and(|path| fs::canonicalize(trace.path()).is_ok_and(|trace| trace == path));
    if is_trace {
        let path = path.to_owned();
        return Err(ExportError::Overwrites { path });
    }
    let write = |file: &mut dyn Write| {
        write_perfetto(trace, file).map_err(|error| match error {
            ExportError::Write(source) => source,
            error => io::Error::other(error),
        })
    };
    write_whole(path, write).map_err(|source| {
        let path = path.to_owned();
        let file = |source| ExportError::File { path, source };
        source.downcast().unwrap_or_else(file)
    })
}
