//! Writing the lines. Field names are a contract; times are in seconds with nine decimals.

use ps_core::{Action, Added, JobTimes, Received, Withdrawn};
use serde_json::json;

use super::check::Check;
use super::line::{Left, Line, Lost, Stopped};
use super::object::Object;
use crate::evaluation::Evaluation;
use crate::json::count_of_updates;

/// A line as it is written, without its check.
pub fn text(of: &Line) -> String {
    let mut text = Vec::new();
    line(of, &mut text);
    String::from_utf8(text).expect("JSON is text")
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
    match line {
        Line::Received(received) => self::received(received, &mut out),
        Line::Added(added) => self::added(added, &mut out),
        Line::Updated(updated) => {
            out.begin_event("updated", updated.time)
                .integer("version", updated.version.number())
                .float("step_size", updated.step_size);
        }
        Line::Evaluated(evaluation) => evaluated(evaluation, &mut out),
        Line::Withdrawn(withdrawn) => self::withdrawn(withdrawn, &mut out),
        Line::Lost(lost) => self::lost(lost, &mut out),
        Line::Gone(gone) => {
            out.begin_event("lost", gone.time)
                .integer("worker", gone.worker.index() as u64)
                .integer("job", gone.job.number())
                .time("started", gone.started)
                .json("reason", json!(gone.reason));
        }
        Line::Overrun(overrun) => {
            out.begin_event("overrun", overrun.time)
                .integer("worker", overrun.worker.index() as u64)
                .integer("job", overrun.job.number())
                .time("asked", overrun.asked)
                .time("took", overrun.took);
        }
        Line::Assigned(unfinished) => {
            out.begin_event("assigned", unfinished.time)
                .integer("worker", unfinished.worker.index() as u64)
                .integer("job", unfinished.job.number())
                .integer("version", unfinished.version.number())
                .integer_if_any("age", unfinished.age);
        }
        Line::Left(left) => self::left(left, &mut out),
        Line::Stopped(stopped) => self::stopped(stopped, &mut out),
    }
    out.end();
}

fn received(received: &Received, out: &mut Object<'_>) {
    out.begin_event("received", received.time)
        .integer("worker", received.worker.index() as u64)
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

/// No version, no staleness, no age: where there is no server there are none, and 0 would be one.
fn added(added: &Added, out: &mut Object<'_>) {
    let JobTimes {
        started,
        finished,
        computed,
        served,
        ..
    } = added.times;
    out.begin_event("received", added.time)
        .integer("worker", added.worker.index() as u64)
        .integer("job", added.job.number())
        .word("action", Action::Applied.word())
        .float("step_size", added.step_size)
        .time("started", started)
        .time("finished", finished)
        .time("computed", computed);
    links(&added.times, out).time_if_any("served", served);
}

fn links<'o, 'a>(times: &JobTimes, out: &'o mut Object<'a>) -> &'o mut Object<'a> {
    out.time_if_any("download", times.download)
        .time_if_any("upload", times.upload)
}

fn evaluated(evaluation: &Evaluation, out: &mut Object<'_>) {
    let updates = count_of_updates(evaluation.is_shared);
    out.begin_event("evaluated", evaluation.time)
        .integer(updates, evaluation.version.number())
        .float("loss", evaluation.loss)
        .float("gradient_norm", evaluation.gradient_norm);
    if let Some(hash) = evaluation.model_hash {
        out.json("model_hash", format_args!("\"{hash}\""));
    }
}

fn withdrawn(withdrawn: &Withdrawn, out: &mut Object<'_>) {
    out.begin_event("withdrawn", withdrawn.time)
        .integer("worker", withdrawn.worker.index() as u64)
        .integer("job", withdrawn.job.number())
        .integer("read_version", withdrawn.read_version.number())
        .integer("version", withdrawn.version.number())
        .integer_if_any("age", withdrawn.age)
        .integer("concurrency", withdrawn.concurrency as u64);
}

fn lost(lost: &Lost, out: &mut Object<'_>) {
    out.begin_event("lost", lost.time)
        .integer("worker", lost.worker.index() as u64)
        .integer("job", lost.job.number())
        .integer("read_version", lost.read_version.number())
        .integer("version", lost.version.number())
        .time("assigned", lost.assigned)
        .integer_if_any("age", lost.age)
        .integer("concurrency", lost.concurrency as u64)
        .json("reason", json!(lost.reason));
}

fn left(left: &Left, out: &mut Object<'_>) {
    out.begin_event("left", left.time)
        .integer("worker", left.worker.index() as u64)
        .time_if_any("serving", left.serving);
    if let Some((job, times)) = &left.last {
        out.integer("job", job.number())
            .time("started", times.started)
            .time("finished", times.finished)
            .time("computed", times.computed);
        links(times, out).time_if_any("served", times.served);
    }
}

fn stopped(stopped: &Stopped, out: &mut Object<'_>) {
    let updates = count_of_updates(stopped.reads.is_some());
    out.begin_event("stopped", stopped.time)
        .integer(updates, stopped.version.number())
        .json("reason", json!(stopped.reason));
    if let Some(message) = &stopped.message {
        out.json("message", json!(message));
    }
    out.time_if_any("served", stopped.served);
    if stopped.dropped > 0 {
        out.integer("dropped", stopped.dropped);
    }
    if let Some(reads) = stopped.reads {
        out.integer("reads_sampled", reads.sampled)
            .integer("reads_torn", reads.torn);
    }
    out.json("model_hash", json!(stopped.model_hash));
}

#[cfg(test)]
mod tests;
