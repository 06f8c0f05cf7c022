//! The trace: one JSON object a line, for every gradient, who computed it, at which version, applied when, with
//! which step.
//!
//! The server pushes small records; a thread of its own formats and writes them. The channel between them is bounded, so a
//! slow disk slows the run instead of filling memory.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::mem;
use std::path::Path;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use methods::StepRule;
use ps_core::{Event, Observer, Scalar};
use serde_json::{Value, json};
use workers::Cluster;

use crate::Evaluation;
use crate::about::About;

mod format;

/// The version of the format, in its first line.
const FORMAT: u32 = 1;

/// Records are passed on in batches of this many, so that the server's path pays for a channel rarely.
const BATCH: usize = 512;
/// Batches that may wait for the disk before the run does.
const BATCHES: usize = 64;
/// A batch is passed on after this long even if it is not full, so that a crash loses little.
const PATIENCE: Duration = Duration::from_millis(200);

/// What the server hands over.
enum Record {
    /// Everything that is `Copy`; it is formatted by the writer.
    Event(Event<'static>),
    /// A whole line.
    Line(String),
}

/// The writing end of a trace file.
pub(crate) struct TraceWriter {
    full: Sender<Vec<Record>>,
    /// Batches that have been written, to be filled again.
    empty: Receiver<Vec<Record>>,
    writer: JoinHandle<io::Result<()>>,
}

impl TraceWriter {
    /// Creates the file and starts the thread that writes it.
    pub(crate) fn create(path: &Path, header: &serde_json::Value) -> io::Result<Self> {
        let mut file = BufWriter::with_capacity(1 << 16, File::create(path)?);
        writeln!(file, "{header}")?;
        file.flush()?;
        let (full, to_write) = bounded::<Vec<Record>>(BATCHES);
        let (written, empty) = bounded(BATCHES);
        let builder = thread::Builder::new().name("trace".to_owned());
        let writer = builder.spawn(move || write_all(file, &to_write, &written))?;
        Ok(Self {
            full,
            empty,
            writer,
        })
    }

    /// The observer that feeds it.
    pub(crate) fn observer(&self) -> Box<dyn Observer> {
        Box::new(Feeder {
            batch: Vec::with_capacity(BATCH),
            since: Duration::ZERO,
            full: self.full.clone(),
            empty: self.empty.clone(),
        })
    }

    /// Writes what is known only after the run, and closes the file. All observers must be gone.
    pub(crate) fn finish(self, evaluations: &[Evaluation], last_line: String) -> io::Result<()> {
        let evaluations = evaluations.iter().map(format::evaluated);
        let rest = evaluations.chain([last_line]).map(Record::Line).collect();
        // Closed only if the writer has failed; it says why when it is closed.
        let _ = self.full.send(rest);
        self.close()
    }

    /// Closes the file of a run that broke off: what was recorded is in it. All observers must be gone.
    pub(crate) fn close(self) -> io::Result<()> {
        let Self {
            full,
            empty,
            writer,
        } = self;
        drop((full, empty));
        let panicked = |_| Err(io::Error::other("the trace's writer panicked"));
        writer.join().unwrap_or_else(panicked)
    }
}

pub(crate) use format::stopped as last_line;

/// The first line: what was run, on what, with which versions.
pub(crate) fn header<T: Scalar>(
    about: &About,
    cluster: &Cluster,
    step_rule: StepRule,
    dimension: usize,
    description: serde_json::Map<String, Value>,
) -> Value {
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut header = json!({
        "event": "run",
        "format": FORMAT,
        "method": about.method,
        "workers": cluster.n_workers(),
        "concurrency": about.concurrency,
        "dimension": dimension,
        "precision": T::NAME,
        "step_size": about.step_size,
        "step_rule": step_rule.to_string(),
        "seed": about.seed.number(),
        "clock": about.clock,
        "cluster": cluster.describe(),
        "machine": { "os": std::env::consts::OS, "arch": std::env::consts::ARCH, "cores": cores },
        "versions": { "asgrad": env!("CARGO_PKG_VERSION") },
    });
    if let Some(fields) = header.as_object_mut() {
        fields.extend(description);
    }
    header
}

fn write_all(
    mut file: BufWriter<File>,
    to_write: &Receiver<Vec<Record>>,
    written: &Sender<Vec<Record>>,
) -> io::Result<()> {
    let mut line = Vec::with_capacity(512);
    for mut batch in to_write {
        for record in batch.drain(..) {
            match record {
                Record::Event(event) => {
                    line.clear();
                    format::event(&event, &mut line);
                    file.write_all(&line)?;
                }
                Record::Line(text) => writeln!(file, "{text}")?,
            }
        }
        if to_write.is_empty() {
            file.flush()?;
        }
        let _ = written.try_send(batch);
    }
    file.flush()
}

/// Collects records on the server's path.
struct Feeder {
    batch: Vec<Record>,
    /// The time of the first record in the batch.
    since: Duration,
    full: Sender<Vec<Record>>,
    empty: Receiver<Vec<Record>>,
}

impl Feeder {
    fn push(&mut self, time: Duration, record: Record) {
        if self.batch.is_empty() {
            self.since = time;
        }
        self.batch.push(record);
        if self.batch.len() >= BATCH || time.saturating_sub(self.since) > PATIENCE {
            self.pass_on();
        }
    }

    fn pass_on(&mut self) {
        let next = self
            .empty
            .try_recv()
            .unwrap_or_else(|_| Vec::with_capacity(BATCH));
        // Closed only if the writer has failed; the end of the run will say why.
        let _ = self.full.send(mem::replace(&mut self.batch, next));
    }
}

impl Observer for Feeder {
    fn observe(&mut self, event: &Event<'_>) {
        let (time, record) = match *event {
            Event::Received(received) => (received.time, Event::Received(received)),
            Event::Updated {
                time,
                version,
                step_size,
            } => (
                time,
                Event::Updated {
                    time,
                    version,
                    step_size,
                },
            ),
            Event::Overrun {
                time,
                worker,
                job,
                asked,
                took,
            } => (
                time,
                Event::Overrun {
                    time,
                    worker,
                    job,
                    asked,
                    took,
                },
            ),
            Event::Assigned {
                time,
                worker,
                job,
                version,
            } => (
                time,
                Event::Assigned {
                    time,
                    worker,
                    job,
                    version,
                },
            ),
            Event::Lost {
                time,
                worker,
                job,
                read_version,
                version,
                reason,
            } => {
                let line = format::lost(time, (worker, job), (read_version, version), reason);
                return self.push(time, Record::Line(line));
            }
            // The last line needs the model's hash; it is written after the run.
            _ => return,
        };
        self.push(time, Record::Event(record));
    }
}

impl Drop for Feeder {
    fn drop(&mut self) {
        self.pass_on();
    }
}
