//! Writing the lines. Field names are a contract; times are in seconds with nine decimals.

use ps_core::{JobTimes, Received, Withdrawn};
use serde_json::json;

use super::check::Check;
use super::line::{Left, Line, Lost, Stopped};
use super::object::Object;
use crate::Evaluation;

/// A line as it is written, without its check.
pub(crate) fn text(of: &Line) -> String {
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
        Line::Updated(updated) => {
            out.begin_event("updated", updated.time)
                .integer("version", updated.version.number())
                .float("step_size", updated.step_size);
        }
        Line::Evaluated(evaluation) => evaluated(evaluation, &mut out),
        Line::Withdrawn(withdrawn) => self::withdrawn(withdrawn, &mut out),
        Line::Lost(lost) => self::lost(lost, &mut out),
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

fn links<'o, 'a>(times: &JobTimes, out: &'o mut Object<'a>) -> &'o mut Object<'a> {
    out.time_if_any("download", times.download)
        .time_if_any("upload", times.upload)
}

fn evaluated(evaluation: &Evaluation, out: &mut Object<'_>) {
    out.begin_event("evaluated", evaluation.time)
        .integer("version", evaluation.version.number())
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
    out.begin_event("stopped", stopped.time)
        .integer("version", stopped.version.number())
        .json("reason", json!(stopped.reason));
    if let Some(message) = &stopped.message {
        out.json("message", json!(message));
    }
    out.time_if_any("served", stopped.served);
    if stopped.dropped > 0 {
        out.integer("dropped", stopped.dropped);
    }
    out.json("model_hash", json!(stopped.model_hash));
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ps_core::{Action, JobId, Overrun, Unfinished, Updated, Version, WorkerId};

    use super::super::parse;
    use super::*;
    use crate::ModelHash;

    fn received() -> Received {
        Received {
            time: Duration::from_micros(4_100),
            worker: WorkerId::new(3),
            job: JobId::new(3),
            read_version: Version::ZERO,
            version: Version::new(7),
            action: Action::Applied,
            step_size: Some(0.1),
            age: 0,
            assigned: Duration::ZERO,
            times: JobTimes {
                started: Duration::from_nanos(100_007),
                finished: Duration::new(12, 4),
                computed: Duration::from_micros(200),
                ..JobTimes::default()
            },
            concurrency: 10,
        }
    }

    #[test]
    fn a_received_line_has_the_fields_of_the_contract_in_order() {
        let expected = r#"{"event":"received","time":0.004100000,"worker":3,"job":3,"read_version":0,"version":7,"#
            .to_owned()
            + r#""staleness":7,"action":"applied","step_size":0.1,"assigned":0.000000000,"started":0.000100007,"#
            + r#""finished":12.000000004,"computed":0.000200000,"concurrency":10}"#;
        assert_eq!(text(&Line::Received(received())), expected);
    }

    /// One line of each kind that may be anywhere, with everything in it.
    fn one_of_each() -> Vec<Line> {
        let (time, version) = (Duration::new(1, 20), Version::new(7));
        let times = JobTimes {
            download: Duration::from_nanos(1),
            upload: Duration::from_nanos(2),
            ..received().times
        };
        let served = Duration::from_nanos(3);
        vec![
            Line::Received(Received {
                age: 2,
                times: JobTimes { served, ..times },
                ..received()
            }),
            Line::Updated(Updated {
                time,
                version,
                step_size: 0.1 + 0.2,
            }),
            Line::Evaluated(Evaluation {
                time,
                version,
                loss: 1.0 / 3.0,
                gradient_norm: 5e-324,
                model_hash: Some(ModelHash::of(&[1.0f64])),
            }),
            Line::Lost(Lost {
                age: 3,
                time,
                worker: WorkerId::new(3),
                job: JobId::new(5),
                assigned: served,
                read_version: Version::ZERO,
                version,
                concurrency: 2,
                reason: "a \"quote\"\nand a new line".to_owned(),
            }),
            Line::Overrun(Overrun {
                time,
                worker: WorkerId::new(3),
                job: JobId::new(5),
                asked: Duration::ZERO,
                took: served,
            }),
            Line::Assigned(Unfinished {
                age: 4,
                time,
                worker: WorkerId::new(3),
                job: JobId::new(5),
                version,
            }),
        ]
    }

    /// What only the end of a trace has.
    fn the_end() -> Vec<Line> {
        let (time, served) = (Duration::new(1, 20), Duration::from_nanos(3));
        let times = JobTimes {
            served,
            ..received().times
        };
        vec![
            Line::Left(Left {
                time,
                worker: WorkerId::new(3),
                serving: Duration::from_nanos(4),
                last: Some((JobId::new(5), times)),
            }),
            Line::Stopped(Stopped {
                time,
                version: Version::new(7),
                reason: "updates".to_owned(),
                message: Some("a \"quote\"\n".to_owned()),
                served,
                dropped: 9,
                model_hash: "0123456789abcdef".to_owned(),
            }),
        ]
    }

    #[test]
    fn what_is_written_is_read_back_to_the_last_bit() {
        let mut previous = Check::START;
        for line in one_of_each().into_iter().chain(the_end()) {
            let mut text = Vec::new();
            previous = checked(&line, previous, &mut text);
            let text = String::from_utf8(text).expect("JSON is text");
            assert_eq!(text.matches('\n').count(), 1, "{text}");
            let read = parse::line(text.trim_end(), 4);
            assert_eq!(read, Ok((line, Some(previous))), "{text}");
        }
    }

    #[test]
    fn numbers_that_json_does_not_have_are_null() {
        let evaluation = Line::Evaluated(Evaluation {
            time: Duration::ZERO,
            version: Version::ZERO,
            loss: f64::NAN,
            gradient_norm: f64::INFINITY,
            model_hash: None,
        });
        let text = text(&evaluation);
        assert!(
            text.contains(r#""loss":null,"gradient_norm":null}"#),
            "{text}"
        );
        let Ok((Line::Evaluated(read), None)) = parse::line(&text, 1) else {
            panic!("{text}");
        };
        assert!(read.loss.is_nan() && read.gradient_norm.is_nan());
    }
}
