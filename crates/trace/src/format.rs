//! The lines as JSON objects. Field names are a contract; times are in seconds with nine decimals.
//!
//! Each kind of line is described once, field by field in their order. A `Writer` that visits the
//! fields writes their values, a `Reader` puts those that it has read in their place.

mod reader;

use std::time::Duration;

use ps_core::{Action, Event, JobId, JobTimes, Lost, Received, WorkerId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use workers::{Leaving, Reads};

use self::reader::{Reader, value};
use super::check::Check;
use super::line::{LastLine, Line};
use crate::hash::ModelHash;

/// Number of bytes that are set aside for a line: few are longer.
const USUAL_LENGTH: usize = 512;

/// A line as it is written, without its check.
pub fn text(of: &Line) -> String {
    let mut text = Vec::new();
    line(&mut of.clone(), &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// Appends a line with its check and its line feed. Returns the check.
pub(super) fn checked(of: &mut Line, previous: Check, text: &mut Vec<u8>) -> Check {
    let begin = text.len();
    line(of, text);
    let check = previous.of(&text[begin..]);
    check.seal(text);
    text.push(b'\n');
    check
}

/// Appends a line without its check.
///
/// # Panics
/// If a gradient was computed at a version later than that of its arrival.
pub(super) fn line(line: &mut Line, text: &mut Vec<u8>) {
    text.reserve(USUAL_LENGTH);
    let separator = b'{';
    let mut writer = Writer { text, separator };
    let written = serde_json::to_writer(writer.key("event"), line.word());
    written.expect("memory takes what is written");
    fields(line, &mut writer).expect("versions only grow, and numbers and words are JSON");
    text.push(b'}');
}

/// Reads one line of a run with this many workers, and its check if it has one; an error says what
/// is wrong with it.
pub(super) fn read(text: &str, n_workers: usize) -> Result<(Line, Option<Check>), String> {
    let mut reader = Reader::new(text, n_workers).map_err(|_| "it is no JSON object".to_owned())?;
    let word: &str = value("event", reader.take("event")?)?;
    let check = if reader.has("check", false) {
        let digits: &str = value("check", reader.take("check")?)?;
        let check = Check::parse(digits);
        Some(check.ok_or_else(|| format!("`{digits}` is no check of a line"))?)
    } else {
        None
    };
    let mut line = Line::empty(word).ok_or_else(|| format!("unknown event `{word}`"))?;
    self::fields(&mut line, &mut reader)?;
    match reader.left() {
        Some(key) => Err(format!("unknown or repeated field `{key}`")),
        None => Ok((line, check)),
    }
}

/// A visitor of a line's fields, which writes each or reads each.
trait Fields {
    /// Whether an optional field is to be visited. The writer passes over one that has its default
    /// value, the reader over one that the line does not have.
    fn has(&self, key: &str, is_default: bool) -> bool;

    /// Visits a value.
    fn field<V>(&mut self, key: &str, value: &mut V) -> Result<(), String>
    where
        V: Serialize + DeserializeOwned;

    /// Visits a time.
    fn time(&mut self, key: &str, value: &mut Duration) -> Result<(), String>;

    /// Visits a number. One that is not finite is written as null; null, or a field that is not
    /// there, is read as NaN.
    fn number(&mut self, key: &str, value: &mut f64) -> Result<(), String>;

    /// Visits the worker; the reader refuses one that the run does not have.
    fn worker(&mut self, value: &mut WorkerId) -> Result<(), String>;

    /// Visits a value that is left out where it is the default.
    fn optional<V>(&mut self, key: &str, value: &mut V) -> Result<(), String>
    where
        V: Serialize + DeserializeOwned + Default + PartialEq,
    {
        if self.has(key, *value == V::default()) {
            return self.field(key, value);
        }
        Ok(())
    }

    /// Visits a time that is left out where it is zero.
    fn optional_time(&mut self, key: &str, value: &mut Duration) -> Result<(), String> {
        if self.has(key, value.is_zero()) {
            return self.time(key, value);
        }
        Ok(())
    }
}

/// Visits all fields of a line but its kind and its check.
fn fields(line: &mut Line, to: &mut impl Fields) -> Result<(), String> {
    match line {
        Line::Event(Event::Received(it)) => received(it, to),
        Line::Event(Event::Updated(it)) => {
            to.time("time", &mut it.time)?;
            to.field("version", &mut it.version)?;
            to.number("step_size", &mut it.step_size)
        }
        Line::Event(Event::CancelledInQueue(it)) => {
            job(&mut it.time, &mut it.worker, &mut it.job, to)?;
            to.field("read_version", &mut it.read_version)?;
            to.field("version", &mut it.version)?;
            to.optional("age", &mut it.age)?;
            concurrency(&mut it.concurrency, to)
        }
        Line::Event(Event::Lost(it)) => lost(it, to),
        Line::Event(Event::Overrun(it)) => {
            job(&mut it.time, &mut it.worker, &mut it.job, to)?;
            to.time("asked", &mut it.asked)?;
            to.time("took", &mut it.took)
        }
        Line::Event(Event::Assigned(it)) => {
            job(&mut it.time, &mut it.worker, &mut it.job, to)?;
            to.field("version", &mut it.version)?;
            to.optional("age", &mut it.age)
        }
        // No line of its own: the last line says more.
        Line::Event(Event::Stopped(it)) => {
            to.time("time", &mut it.time)?;
            to.field("version", &mut it.version)
        }
        Line::Evaluated(it) => {
            to.time("time", &mut it.time)?;
            to.field("version", &mut it.version)?;
            to.number("loss", &mut it.loss)?;
            to.number("gradient_norm", &mut it.gradient_norm)?;
            let mut digits = it.model_hash.map(|hash| hash.to_string());
            to.optional("model_hash", &mut digits)?;
            it.model_hash = digits.as_deref().map(ModelHash::read).transpose()?;
            Ok(())
        }
        Line::Left(it) => left(it, to),
        Line::Last(it) => last(it, to),
    }
}

/// When it was, and which job of which worker it tells of: what most lines begin with.
fn job(
    time: &mut Duration,
    worker: &mut WorkerId,
    job: &mut JobId,
    to: &mut impl Fields,
) -> Result<(), String> {
    to.time("time", time)?;
    to.worker(worker)?;
    to.field("job", job)
}

fn received(it: &mut Received, to: &mut impl Fields) -> Result<(), String> {
    job(&mut it.time, &mut it.worker, &mut it.job, to)?;
    to.field("read_version", &mut it.read_version)?;
    to.field("version", &mut it.version)?;
    let since_read = it.version.number().checked_sub(it.read_version.number());
    let mut staleness = since_read.unwrap_or_default();
    to.field("staleness", &mut staleness)?;
    if since_read != Some(staleness) {
        let difference = format!("version {} − read_version {}", it.version, it.read_version);
        return Err(format!("staleness {staleness} is not {difference}"));
    }
    to.field("action", &mut it.action)?;
    if it.action == Action::Applied {
        to.number("step_size", it.step_size.get_or_insert(f64::NAN))?;
    }
    to.time("assigned", &mut it.assigned)?;
    times(&mut it.times, to)?;
    to.optional("age", &mut it.age)?;
    concurrency(&mut it.concurrency, to)
}

/// Jobs outstanding: always written, and not there in the oldest traces.
fn concurrency(it: &mut usize, to: &mut impl Fields) -> Result<(), String> {
    if to.has("concurrency", false) {
        to.field("concurrency", it)?;
    }
    Ok(())
}

fn times(it: &mut JobTimes, to: &mut impl Fields) -> Result<(), String> {
    to.time("started", &mut it.started)?;
    to.time("finished", &mut it.finished)?;
    to.time("computed", &mut it.computed)?;
    to.optional_time("download", &mut it.download)?;
    to.optional_time("upload", &mut it.upload)?;
    to.optional_time("served", &mut it.served)
}

fn lost(it: &mut Lost, to: &mut impl Fields) -> Result<(), String> {
    job(&mut it.time, &mut it.worker, &mut it.job, to)?;
    to.field("read_version", &mut it.read_version)?;
    to.field("version", &mut it.version)?;
    to.time("assigned", &mut it.assigned)?;
    to.optional("age", &mut it.age)?;
    concurrency(&mut it.concurrency, to)?;
    let mut reason = it.reason.to_string();
    to.field("reason", &mut reason)?;
    it.reason = reason.into();
    Ok(())
}

fn left(it: &mut Leaving, to: &mut impl Fields) -> Result<(), String> {
    to.time("time", &mut it.time)?;
    to.worker(&mut it.worker)?;
    to.optional_time("serving", &mut it.serving)?;
    let (mut job, of_job) = it.last.unzip();
    to.optional("job", &mut job)?;
    if let Some(job) = job {
        let mut of_job = of_job.unwrap_or_default();
        times(&mut of_job, to)?;
        it.last = Some((job, of_job));
    }
    Ok(())
}

fn last(it: &mut LastLine, to: &mut impl Fields) -> Result<(), String> {
    to.time("time", &mut it.time)?;
    to.field("version", &mut it.version)?;
    to.field("reason", &mut it.reason)?;
    to.optional("message", &mut it.message)?;
    to.optional_time("served", &mut it.served)?;
    to.optional("dropped", &mut it.dropped)?;
    let mut sampled = it.reads.map(|reads| reads.sampled);
    to.optional("reads_sampled", &mut sampled)?;
    if let Some(sampled) = sampled {
        let mut torn = it.reads.unwrap_or_default().torn;
        to.field("reads_torn", &mut torn)?;
        it.reads = Some(Reads { sampled, torn });
    }
    to.field("model_hash", &mut it.model_hash)
}

/// Writes one JSON object at the end of a text, without allocating: a trace has one for each
/// gradient.
struct Writer<'a> {
    text: &'a mut Vec<u8>,
    separator: u8,
}

impl Writer<'_> {
    /// All that stands before a value, in one piece: names are known when this is compiled, and so
    /// is their length.
    #[inline(always)]
    fn key(&mut self, key: &str) -> &mut Vec<u8> {
        const LONGEST: usize = 28;
        let mut start = [0; LONGEST + 4];
        start[0] = std::mem::replace(&mut self.separator, b',');
        start[1] = b'"';
        start[2..2 + key.len()].copy_from_slice(key.as_bytes());
        start[2 + key.len()] = b'"';
        start[3 + key.len()] = b':';
        self.text.extend_from_slice(&start[..4 + key.len()]);
        self.text
    }
}

impl Fields for Writer<'_> {
    fn has(&self, _: &str, is_default: bool) -> bool {
        !is_default
    }

    #[inline]
    fn field<V: Serialize>(&mut self, key: &str, value: &mut V) -> Result<(), String> {
        serde_json::to_writer(self.key(key), value).map_err(|error| error.to_string())
    }

    #[inline]
    fn number(&mut self, key: &str, value: &mut f64) -> Result<(), String> {
        let mut digits = ryu::Buffer::new();
        let is_number = value.is_finite();
        let digits = is_number.then(|| digits.format_finite(*value));
        let text = self.key(key);
        text.extend_from_slice(digits.unwrap_or("null").as_bytes());
        Ok(())
    }

    #[inline]
    fn time(&mut self, key: &str, value: &mut Duration) -> Result<(), String> {
        let mut digits = itoa::Buffer::new();
        let text = self.key(key);
        text.extend_from_slice(digits.format(value.as_secs()).as_bytes());
        // A one in front keeps the zeros, and makes room for the point.
        let nanoseconds = digits.format(1_000_000_000 + value.subsec_nanos());
        text.push(b'.');
        text.extend_from_slice(&nanoseconds.as_bytes()[1..]);
        Ok(())
    }

    #[inline]
    fn worker(&mut self, value: &mut WorkerId) -> Result<(), String> {
        self.field("worker", value)
    }
}

#[cfg(test)]
mod tests;
