//! Writing a trace: the server pushes small records; a thread of its own formats and writes them.
//! The channel between them is bounded, so a slow disk slows the run instead of filling memory.
//!
//! Lines are passed on in batches. So that those of a run that has become quiet are not kept back,
//! the batch that is being filled lies under a lock, and the writer takes it from there when it has
//! waited in vain. Full batches are passed on under the same lock: a batch that the writer takes
//! while the channel is empty is the next one.

use std::fs;
use std::io::{self, Write};
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};
use ps_core::sync::Mutex;
use ps_core::{Event, Observer, guarded};
use workers::Leaving;

use super::check::Check;
use super::compression::{self, Output};
use super::format;
use super::header::Header;
use super::line::{LastLine, Line};
use crate::evaluation::Evaluation;
use crate::news::{LARGE, TraceListener, TraceNews};
use crate::statistics::Shared;

/// Lines are passed on in batches of this many, so that the server's path pays for a channel
/// rarely.
const BATCH: usize = 1024;
/// Batches that may wait for the disk before the run does: 8 MB of them.
const BATCHES: usize = 32;
/// A batch that has not filled up in this time is written as it is, so that a crash loses little.
const PATIENCE: Duration = Duration::from_millis(200);

/// The writing end of a trace file.
#[derive(Debug)]
pub struct TraceWriter {
    feeder: Feeder,
    /// Nothing once the file is closed.
    writer: Option<JoinHandle<io::Result<()>>>,
}

impl TraceWriter {
    /// Creates the file and starts the thread that writes it. A slow disk makes it wait, or drop
    /// and count. A file that is there is written over, unless another run is writing it; `-` is
    /// standard output.
    ///
    /// # Errors
    /// If the file cannot be created or written, or the thread not started.
    pub fn create(
        path: &Path,
        header: &Header,
        drops: bool,
        listener: Option<TraceListener>,
    ) -> io::Result<Self> {
        let mut output = compression::create(path)?;
        let mut first = serde_json::to_vec(header)?;
        let check = Check::START.of(&first);
        check.seal(&mut first);
        first.push(b'\n');
        output.write_all(&first)?;
        output.flush()?;
        let (full, to_write) = bounded::<Vec<Line>>(BATCHES);
        let (written, empty) = bounded(BATCHES);
        let filling = Arc::new(Mutex::new(Filling {
            lines: Vec::with_capacity(BATCH),
            ..Filling::default()
        }));
        let pen = Pen {
            path: path.to_owned(),
            listener,
            output,
            check,
            text: Vec::with_capacity(BATCH * 512),
            filling: Arc::clone(&filling),
            to_write,
            written,
        };
        let builder = thread::Builder::new().name("trace".to_owned());
        let writer = builder.spawn(move || pen.write_all())?;
        let feeder = Feeder {
            filling,
            full,
            empty,
            dropped: drops.then(Shared::default),
        };
        Ok(Self {
            feeder,
            writer: Some(writer),
        })
    }

    /// The observer that feeds it.
    pub fn observer(&self) -> Box<dyn Observer> {
        Box::new(self.feeder.clone())
    }

    /// What writes evaluations along with the run, where they are known then: a kill leaves those
    /// that there are. Nothing where lines may be dropped: evaluations are not.
    pub fn evaluations(&self) -> Option<EvaluationFeeder> {
        let keeps_all = self.feeder.dropped.is_none();
        keeps_all.then(|| EvaluationFeeder(self.feeder.clone()))
    }

    /// Writes what is known only after the run, and closes the file: of the evaluations those that
    /// were not written along. How many lines were dropped is put into the last line. All observers
    /// must be gone.
    ///
    /// # Errors
    /// If something could not be written.
    pub fn finish(
        self,
        leaving: &[Leaving],
        evaluations: &[Evaluation],
        mut last: LastLine,
    ) -> io::Result<()> {
        let dropped = self.feeder.dropped.as_ref();
        last.dropped = dropped.map_or(0, |dropped| dropped.with(|count| *count));
        let leaving = leaving.iter().copied().map(Line::Left);
        let n_written = self.feeder.filling.lock().n_evaluated;
        let evaluations = evaluations
            .iter()
            .copied()
            .skip(n_written)
            .map(Line::Evaluated);
        let lines = leaving.chain(evaluations).chain([Line::Last(last)]);
        let mut lines = lines.peekable();
        while lines.peek().is_some() {
            // Closed only if the writer has failed; it says why when it is closed.
            let _ = self.feeder.full.send(lines.by_ref().take(BATCH).collect());
        }
        self.close()
    }

    /// Closes the file of a run that broke off: what was recorded is in it. All observers must be
    /// gone.
    ///
    /// # Errors
    /// If something could not be written.
    pub fn close(mut self) -> io::Result<()> {
        self.close_once()
    }

    fn close_once(&mut self) -> io::Result<()> {
        let Some(writer) = self.writer.take() else {
            return Ok(());
        };
        self.feeder.hang_up();
        let panicked = |_| Err(io::Error::other("the trace's writer panicked"));
        writer.join().unwrap_or_else(panicked)
    }
}

impl Drop for TraceWriter {
    /// The file of a session that was not run is closed when the session is gone: it may be opened
    /// again at once.
    fn drop(&mut self) {
        // Nobody is there to whom it could be said.
        let _ = self.close_once();
    }
}

/// The thread that writes.
struct Pen {
    path: PathBuf,
    /// Who is told of it.
    listener: Option<TraceListener>,
    output: Box<dyn Output>,
    /// Of the last line.
    check: Check,
    text: Vec<u8>,
    filling: Arc<Mutex<Filling>>,
    to_write: Receiver<Vec<Line>>,
    written: Sender<Vec<Line>>,
}

/// Tells of something, and no more if that panics.
fn tell(listener: &mut Option<TraceListener>, news: &TraceNews<'_>) {
    if let Some(listen) = listener
        && guarded(|| listen(news)).is_err()
    {
        *listener = None;
    }
}

impl Pen {
    /// Writes until nobody is left who passes anything on, and closes the file.
    fn write_all(mut self) -> io::Result<()> {
        match self.write_lines() {
            Ok(()) => self.output.finish(),
            Err(source) => {
                let path = &self.path;
                let news = TraceNews::Failed {
                    path,
                    source: &source,
                };
                tell(&mut self.listener, &news);
                Err(source)
            }
        }
    }

    fn write_lines(&mut self) -> io::Result<()> {
        let mut is_large = false;
        loop {
            match self.to_write.recv_timeout(PATIENCE) {
                Ok(batch) => self.write(batch)?,
                Err(RecvTimeoutError::Timeout) => {
                    if let Some(batch) = self.unfinished_batch() {
                        self.write(batch)?;
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
            let path = &self.path;
            let may_tell = self.listener.is_some() && !is_large;
            if may_tell && fs::metadata(path).is_ok_and(|file| file.len() > LARGE) {
                is_large = true;
                tell(&mut self.listener, &TraceNews::Large { path });
            }
        }
    }

    /// The batch that is being filled, if there is something in it and nothing comes before it.
    fn unfinished_batch(&self) -> Option<Vec<Line>> {
        // Whoever has the lock may be waiting for room in the channel, so this side never waits for
        // the lock.
        let mut filling = self.filling.try_lock()?;
        let is_next = self.to_write.is_empty() && !filling.lines.is_empty();
        is_next.then(|| mem::replace(&mut filling.lines, Vec::with_capacity(BATCH)))
    }

    fn write(&mut self, mut batch: Vec<Line>) -> io::Result<()> {
        self.text.clear();
        for mut line in batch.drain(..) {
            self.check = format::checked(&mut line, self.check, &mut self.text);
        }
        self.output.write_all(&self.text)?;
        if self.to_write.is_empty() {
            self.output.flush()?;
        }
        let _ = self.written.try_send(batch);
        Ok(())
    }
}

/// The batch that is being filled.
#[derive(Debug, Default)]
struct Filling {
    lines: Vec<Line>,
    /// Evaluations of versions that the next gradient's line makes: they come after it, so that a
    /// trace that is cut in between has none of a version that nothing in it makes.
    evaluated: Vec<Evaluation>,
    /// How many evaluations were written along.
    n_evaluated: usize,
}

/// Collects lines on the server's path.
#[derive(Clone, Debug)]
struct Feeder {
    filling: Arc<Mutex<Filling>>,
    full: Sender<Vec<Line>>,
    /// Batches that have been written, to be filled again.
    empty: Receiver<Vec<Line>>,
    /// How many lines were dropped; nothing if the run waits for the disk instead.
    dropped: Option<Shared<u64>>,
}

impl Feeder {
    /// Passes the last batch on, and nothing more.
    fn hang_up(&mut self) {
        let mut filling = self.filling.lock();
        if !filling.lines.is_empty() {
            self.pass_on(&mut filling);
        }
        drop(filling);
        // The other end of this one is gone.
        self.full = bounded(0).0;
    }

    /// Passes a batch on, or drops it if it may and the disk is behind.
    fn pass_on(&self, filling: &mut Filling) {
        let next = self.empty.try_recv();
        let next = next.unwrap_or_else(|_| Vec::with_capacity(BATCH));
        let batch = mem::replace(&mut filling.lines, next);
        match &self.dropped {
            // Closed only if the writer has failed; the end of the run will say why.
            None => drop(self.full.send(batch)),
            Some(dropped) => {
                if let Err(TrySendError::Full(batch)) = self.full.try_send(batch) {
                    dropped.with(|dropped| *dropped += batch.len() as u64);
                }
            }
        }
    }
}

impl Observer for Feeder {
    fn observe(&mut self, event: &Event) {
        // The end is written after the run, with what is known only then.
        if matches!(event, Event::Stopped(_)) {
            return;
        }
        let filling = &mut *self.filling.lock();
        filling.lines.push(Line::Event(event.clone()));
        // Between an overrun and its gradient there is nothing.
        if !matches!(event, Event::Overrun(_)) {
            filling.n_evaluated += filling.evaluated.len();
            let evaluated = filling.evaluated.drain(..).map(Line::Evaluated);
            filling.lines.extend(evaluated);
        }
        if filling.lines.len() >= BATCH {
            self.pass_on(filling);
        }
    }
}

/// Writes evaluations along with the run. It must be gone when the trace is closed.
#[derive(Debug)]
pub struct EvaluationFeeder(Feeder);

impl EvaluationFeeder {
    /// Writes this one after the line of the gradient that made its version.
    pub fn push(&self, evaluation: Evaluation) {
        self.0.filling.lock().evaluated.push(evaluation);
    }
}

impl Drop for Feeder {
    fn drop(&mut self) {
        self.hang_up();
    }
}

#[cfg(test)]
mod tests;
