//! Reading a trace, line by line: in constant memory, however long it is.

use std::collections::VecDeque;
use std::fs;
use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value};

use super::check::Check;
use super::compression;
use super::error::TraceError;
use super::format;
use super::header::Header;
use super::in_order;
use super::line::Line;
use crate::evaluation::Evaluation;

/// No line of a trace is longer; the first may be, because it lists workers.
const LONGEST_LINE: u64 = 1 << 20;
const LONGEST_HEADER: u64 = 1 << 28;
/// Of so many workers each is looked at by itself: less than a gibibyte of them.
const MAX_WORKERS_APART: usize = 1_000_000;

/// A trace in a file, or in memory. It can be read as often as one likes.
///
/// # Examples
/// ```
/// use asgrad::prelude::*;
/// use asgrad::{Event, Trace};
/// use asgrad::trace::{Ending, Line};
///
/// let path = std::env::temp_dir().join("asgrad-doc-trace.jsonl");
/// let oracle = from_fn(1, |_, x: &[f64], out: &mut [f64]| out[0] = x[0]);
/// Experiment::new(oracle).workers(2).updates(100).trace(&path).run()?;
///
/// let trace = Trace::open(&path)?;
/// assert_eq!(trace.header().method(), "pure");
/// let mut lines = trace.lines()?;
/// let received = lines.by_ref().filter(|line| matches!(line, Ok((_, Line::Event(Event::Received(_))))));
/// assert_eq!(received.count(), 100);
/// assert_eq!(lines.ending(), Some(&Ending::Whole));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Trace {
    path: PathBuf,
    /// Nothing: they are in the file.
    bytes: Option<Arc<[u8]>>,
    header: Header,
    seal: Seal,
    /// Evaluations that are not in the file.
    evaluations: Arc<[Evaluation]>,
}

/// The check of the line before, and the first line whose check is not that of what it says.
#[derive(Clone, Copy, Debug)]
struct Seal {
    /// Nothing: the trace has no checks.
    previous: Option<Check>,
    altered: Option<u64>,
}

impl Seal {
    /// That of a first line, which says by its check what it was when it was written.
    ///
    /// # Errors
    /// If the line is no JSON object.
    fn of(line: &str) -> serde_json::Result<Self> {
        let mut fields: VecDeque<(String, _)> = in_order::fields(line)?;
        let place = fields.iter().position(|(name, _)| name == "check");
        let check = place.and_then(|place| fields.remove(place));
        let previous = check.map(|(_, digits)| {
            let digits: Option<&str> = serde_json::from_str(digits.get()).ok();
            digits.and_then(Check::parse).unwrap_or(Check::START)
        });
        let text = in_order::compact(fields)?;
        let is_right = previous.is_none_or(|check| check == Check::START.of(text.as_bytes()));
        Ok(Self {
            previous,
            altered: (!is_right).then_some(1),
        })
    }

    fn follow(&mut self, number: u64, line: &mut Line, check: Option<Check>, text: &mut Vec<u8>) {
        let Some(previous) = self.previous else {
            if check.is_some() {
                self.altered.get_or_insert(1);
            }
            return;
        };
        text.clear();
        format::line(line, text);
        let expected = previous.of(text);
        if check != Some(expected) {
            self.altered.get_or_insert(number);
        }
        // An altered line is one; those after it are not to blame.
        self.previous = Some(check.unwrap_or(expected));
    }
}

/// How a trace ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// With its last line: the run was recorded from its start to its end.
    Whole,
    /// Somewhere before, because the program was killed or the file was cut.
    Truncated {
        /// The last line that is whole.
        last_line: u64,
    },
}

impl Trace {
    /// Opens a trace and reads its first line.
    ///
    /// # Errors
    /// If there is no such file, or it is no trace.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, TraceError> {
        Self::begin(path.into(), None)
    }

    /// Takes a trace that can be read only once into memory, under this name.
    ///
    /// # Errors
    /// If it cannot be read, or is no trace.
    pub fn take(name: impl Into<PathBuf>, mut from: impl Read) -> Result<Self, TraceError> {
        let (path, mut bytes) = (name.into(), Vec::new());
        from.read_to_end(&mut bytes)
            .map_err(|source| io_error(&path, source))?;
        Self::begin(path, Some(bytes.into()))
    }

    fn begin(path: PathBuf, bytes: Option<Arc<[u8]>>) -> Result<Self, TraceError> {
        let not_a_trace = |reason: String| TraceError::NotATrace {
            path: path.clone(),
            reason,
        };
        let mut text =
            Text::open(&path, bytes.as_ref()).map_err(|source| io_error(&path, source))?;
        let line = match text.next(LONGEST_HEADER) {
            Ok(Some(line)) => line,
            Ok(None) => return Err(not_a_trace("it is empty".to_owned())),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(not_a_trace("it ends within its first line".to_owned()));
            }
            Err(source) => return Err(not_a_trace(source.to_string())),
        };
        let unread = |reason: String| not_a_trace(format!("its first line: {reason}"));
        let no_header = |error: serde_json::Error| match compression::is_plain_by_mistake(&path) {
            Some(format) => not_a_trace(format!(
                "it is not compressed by {format}, though its name says so"
            )),
            None if line.trim().is_empty() => not_a_trace("its first line is blank".to_owned()),
            None if error.to_string().starts_with("recursion limit") => {
                not_a_trace("its first line is nested beyond the recursion limit".to_owned())
            }
            None => not_a_trace("its first line is no header of asgrad".to_owned()),
        };
        // First, because this refuses what is nested too deep for the stack.
        let mut fields: Map<String, Value> = serde_json::from_str(line).map_err(no_header)?;
        let seal = Seal::of(line).map_err(no_header)?;
        fields.remove("check");
        let header = Header::read(fields).map_err(unread)?;
        if header.is_hogwild() && header.format == 1 {
            return Err(TraceError::HogwildWithoutVersions { path });
        }
        Ok(Self {
            path,
            bytes,
            header,
            seal,
            evaluations: Arc::default(),
        })
    }

    /// Its first line.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The same with these evaluations behind its lines: those of a run that was killed before it
    /// made them.
    #[must_use]
    pub fn with_evaluations(self, evaluations: Vec<Evaluation>) -> Self {
        Self {
            evaluations: evaluations.into(),
            ..self
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Refuses so many workers that what is said of each would fill the memory, though the file be
    /// small.
    ///
    /// # Errors
    /// If there are more than a million.
    pub fn check_workers(&self) -> Result<(), TraceError> {
        let workers = self.header.workers();
        if workers > MAX_WORKERS_APART {
            return Err(TraceError::TooManyWorkers {
                path: self.path.clone(),
                workers,
                most: MAX_WORKERS_APART,
            });
        }
        Ok(())
    }

    /// Its other lines, with their numbers (the first line of the file has number 1).
    ///
    /// # Errors
    /// If the file cannot be opened any more.
    pub fn lines(&self) -> Result<Lines, TraceError> {
        let mut text = Text::open(&self.path, self.bytes.as_ref())
            .map_err(|source| io_error(&self.path, source))?;
        text.next(LONGEST_HEADER)
            .map_err(|source| io_error(&self.path, source))?;
        Ok(Lines {
            path: self.path.clone(),
            n_workers: self.header.workers(),
            text,
            seal: self.seal,
            canonical: Vec::new(),
            number: 1,
            stopped: false,
            evaluations: self.evaluations.iter().copied().collect(),
            is_read: false,
            ending: None,
        })
    }
}

/// The lines of a trace after the first.
#[derive(Debug)]
pub struct Lines {
    path: PathBuf,
    n_workers: usize,
    text: Text,
    seal: Seal,
    /// The line read last as it would be written.
    canonical: Vec<u8>,
    /// Of the line read last.
    number: u64,
    /// Whether the last line of the run has been read.
    stopped: bool,
    /// Those that are still to come behind the lines of the file.
    evaluations: VecDeque<Evaluation>,
    /// Whether the file has been read to its end.
    is_read: bool,
    ending: Option<Ending>,
}

impl Lines {
    /// How the trace ends, once all lines have been read.
    pub fn ending(&self) -> Option<&Ending> {
        self.ending.as_ref()
    }

    /// The first line so far that is not as it was written, or before which one is missing, by the
    /// checks of the lines.
    pub fn altered(&self) -> Option<u64> {
        self.seal.altered
    }

    fn end(&mut self) {
        let last_line = self.number;
        let cut = Ending::Truncated { last_line };
        self.ending = Some(if self.stopped { Ending::Whole } else { cut });
    }

    fn read(&mut self) -> Result<Option<(u64, Line)>, TraceError> {
        let fail = |line, reason| TraceError::Line {
            path: self.path.clone(),
            line,
            reason,
        };
        let text = match self.text.next(LONGEST_LINE) {
            Ok(Some(text)) => text,
            Ok(None) => return Ok(None),
            // The last line is not whole, or the compressed file ends too early.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                return Err(fail(self.number + 1, error.to_string()));
            }
            Err(source) => return Err(io_error(&self.path, source)),
        };
        let number = self.number + 1;
        if self.stopped {
            return Err(fail(number, "there is a line after `stopped`".to_owned()));
        }
        let line = format::read(text, self.n_workers);
        let (mut line, check) = line.map_err(|reason| fail(number, reason))?;
        self.seal
            .follow(number, &mut line, check, &mut self.canonical);
        self.number = number;
        self.stopped = matches!(line, Line::Last(_));
        Ok(Some((number, line)))
    }
}

impl Iterator for Lines {
    type Item = Result<(u64, Line), TraceError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ending.is_some() {
            return None;
        }
        let line = if self.is_read {
            None
        } else {
            self.read().transpose()
        };
        self.is_read |= line.is_none();
        let line = line.or_else(|| {
            let evaluation = self.evaluations.pop_front()?;
            Some(Ok((self.number, Line::Evaluated(evaluation))))
        });
        if !matches!(line, Some(Ok(_))) {
            self.end();
        }
        line
    }
}

/// Lines of text out of a file, compressed or not.
struct Text {
    reader: Box<dyn BufRead + Send>,
    line: Vec<u8>,
}

ps_core::debug_fields!([] Text:);

impl Text {
    fn open(path: &Path, bytes: Option<&Arc<[u8]>>) -> io::Result<Self> {
        if let Some(bytes) = bytes {
            return Ok(Self {
                reader: compression::decoded(io::Cursor::new(Arc::clone(bytes)))?,
                line: Vec::new(),
            });
        }
        // It is read more than once; and a pipe that nobody writes to would be waited for.
        let metadata = fs::metadata(path)?;
        if metadata.is_dir() {
            return Err(invalid(
                "it is a folder and no regular file; name a trace in it".to_owned(),
            ));
        }
        if !metadata.is_file() {
            return Err(invalid(
                "a trace is read more than once, and this is no regular file; write it to one first, or give it on \
                 standard input (-)"
                    .to_owned(),
            ));
        }
        Ok(Self {
            reader: compression::open(path)?,
            line: Vec::new(),
        })
    }

    /// The next line, without its line feed. A last line without one is an `UnexpectedEof`.
    fn next(&mut self, longest: u64) -> io::Result<Option<&str>> {
        self.line.clear();
        let length = (&mut self.reader)
            .take(longest)
            .read_until(b'\n', &mut self.line)?;
        if length == 0 {
            return Ok(None);
        }
        if self.line.pop() != Some(b'\n') {
            return Err(match length as u64 {
                length if length == longest => {
                    invalid(format!("it is longer than {longest} bytes"))
                }
                _ => io::ErrorKind::UnexpectedEof.into(),
            });
        }
        std::str::from_utf8(&self.line)
            .map(Some)
            .map_err(|_| invalid("it is not text".to_owned()))
    }
}

fn invalid(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

fn io_error(path: &Path, source: io::Error) -> TraceError {
    let path = path.to_owned();
    TraceError::Io { path, source }
}
