//! Writing the lines. Field names are a contract; times are in seconds with nine decimals.

use ps_core::{CancelledInQueue, Event, JobTimes, Lost, Received};
use serde_json::json;

use super::check::Check;
use super::line::{LastLine, Left, Line};
use super::object::Object;
use crate::evaluation::Evaluation;

/// A line as it is written, without its check.
pub fn text(of: &Line) -> String {
    let mut text = Vec::new();
    line(of, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// Appends a line with its check and its line feed. Returns the check.
pub(super) fn checked(of: &Line, previous: Check, text: &mut Vec<u8>) -> Check {
    let begin = text.len();
    line(of, text);
    let check = previous.of(&text[begin..]);
    check.seal(text);
    text.push(b'\n');
    check
}

/// Appends a line without its check.
pub(super) fn line(line: &Line, text: &mut Vec<u8>) {
    let mut out = Object::begin(text);
    out.word("event", line.word()).time("time", line.time());
    match line {
        Line::Event(event) => self::event(event, &mut out),
        Line::Evaluated(evaluation) => evaluated(evaluation, &mut out),
        Line::Left(left) => self::left(left, &mut out),
        Line::Last(last) => self::last(last, &mut out),
    }
    out.end();
}

fn event(event: &Event, out: &mut Object<'_>) {
    match event {
        Event::Received(received) => self::received(received, out),
        Event::Updated(updated) => {
            out.integer("version", updated.version.number())
                .float("step_size", updated.step_size);
        }
        Event::CancelledInQueue(cancelled) => self::cancelled(cancelled, out),
        Event::Lost(lost) => self::lost(lost, out),
        Event::Overrun(overrun) => {
            out.integer("worker", overrun.worker.index() as u64)
                .integer("job", overrun.job.number())
                .time("asked", overrun.asked)
                .time("took", overrun.took);
        }
        Event::Assigned(unfinished) => {
            out.integer("worker", unfinished.worker.index() as u64)
                .integer("job", unfinished.job.number())
                .integer("version", unfinished.version.number())
                .integer_if_any("age", unfinished.age);
        }
        // No line of its own: the last line says more.
        Event::Stopped(stopped) => {
            out.integer("version", stopped.version.number());
        }
    }
}

fn received(received: &Received, out: &mut Object<'_>) {
    out.integer("worker", received.worker.index() as u64)
        .integer("job", received.job.number())
        .integer("read_version", received.read_version.number())
        .integer("version", received.version.number())
        .integer("staleness", received.staleness())
        .word("action", received.action.word());
    if let Some(step_size) = received.step_size {
        out.float("step_size", step_size);
    }
    let JobTimes {
        started,
        finished,
        computed,
        ..
    } = received.times;
    out.time("assigned", received.assigned)
        .time("started", started)
        .time("finished", finished)
        .time("computed", computed);
    links(&received.times, out)
        .time_if_any("served", received.times.served)
        .integer_if_any("age", received.age)
        .integer("concurrency", received.concurrency as u64);
}

fn links<'o, 'a>(times: &JobTimes, out: &'o mut Object<'a>) -> &'o mut Object<'a> {
    out.time_if_any("download", times.download)
        .time_if_any("upload", times.upload)
}

fn evaluated(evaluation: &Evaluation, out: &mut Object<'_>) {
    out.integer("version", evaluation.version.number())
        .float("loss", evaluation.loss)
        .float("gradient_norm", evaluation.gradient_norm);
    if let Some(hash) = evaluation.model_hash {
        out.json("model_hash", format_args!("\"{hash}\""));
    }
}

fn cancelled(cancelled: &CancelledInQueue, out: &mut Object<'_>) {
    out.integer("worker", cancelled.worker.index() as u64)
        .integer("job", cancelled.job.number())
        .integer("read_version", cancelled.read_version.number())
        .integer("version", cancelled.version.number())
        .integer_if_any("age", cancelled.age)
        .integer("concurrency", cancelled.concurrency as u64);
}

fn lost(lost: &Lost, out: &mut Object<'_>) {
    out.integer("worker", lost.worker.index() as u64)
        .integer("job", lost.job.number())
        .integer("read_version", lost.read_version.number())
        .integer("version", lost.version.number())
        .time("assigned", lost.assigned)
        .integer_if_any("age", lost.age)
        .integer("concurrency", lost.concurrency as u64)
        .json("reason", json!(&*lost.reason));
}

fn left(left: &Left, out: &mut Object<'_>) {
    out.integer("worker", left.worker.index() as u64)
        .time_if_any("serving", left.serving);
    if let Some((job, times)) = &left.last {
        out.integer("job", job.number())
            .time("started", times.started)
            .time("finished", times.finished)
            .time("computed", times.computed);
        links(times, out).time_if_any("served", times.served);
    }
}

fn last(last: &LastLine, out: &mut Object<'_>) {
    out.integer("version", last.version.number())
        .json("reason", json!(last.reason));
    if let Some(message) = &last.message {
        out.json("message", json!(message));
    }
    out.time_if_any("served", last.served);
    if last.dropped > 0 {
        out.integer("dropped", last.dropped);
    }
    if let Some(reads) = last.reads {
        out.integer("reads_sampled", reads.sampled)
            .integer("reads_torn", reads.torn);
    }
    out.json("model_hash", json!(last.model_hash));
}

#[cfg(test)]
mod tests;
