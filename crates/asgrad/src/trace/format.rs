//! The lines of a trace. Field names are a contract; times are in seconds with nine decimals.

use std::time::Duration;

use ps_core::{Event, JobId, Received, StopReason, Version, WorkerId};
use serde_json::json;

use crate::Evaluation;

/// Appends the line of an event, with its line feed.
pub(super) fn event(event: &Event<'_>, line: &mut Vec<u8>) {
    let mut out = Object::begin(line);
    match event {
        Event::Received(received) => self::received(received, &mut out),
        Event::Updated {
            time,
            version,
            step_size,
        } => {
            out.word("event", "updated")
                .time("time", *time)
                .integer("version", version.number());
            out.float("step_size", *step_size);
        }
        Event::Overrun {
            time,
            worker,
            job,
            asked,
            took,
        } => {
            out.word("event", "overrun")
                .time("time", *time)
                .integer("worker", worker.index() as u64);
            out.integer("job", job.number())
                .time("asked", *asked)
                .time("took", *took);
        }
        Event::Assigned {
            time,
            worker,
            job,
            version,
        } => {
            out.word("event", "assigned")
                .time("time", *time)
                .integer("worker", worker.index() as u64);
            out.integer("job", job.number())
                .integer("version", version.number());
        }
        _ => unreachable!("every other event is written as a whole line"),
    }
    out.end();
}

fn received(received: &Received, out: &mut Object<'_>) {
    out.word("event", "received").time("time", received.time);
    out.integer("worker", received.worker.index() as u64)
        .integer("job", received.job.number());
    out.integer("read_version", received.read_version.number());
    out.integer("version", received.version.number())
        .integer("staleness", received.staleness());
    out.word("action", received.action.word());
    if let Some(step_size) = received.step_size {
        out.float("step_size", step_size);
    }
    out.time("assigned", received.assigned)
        .time("started", received.started);
    out.time("finished", received.finished)
        .time("computed", received.computed);
}

pub(super) fn evaluated(evaluation: &Evaluation) -> String {
    let Evaluation {
        time,
        version,
        loss,
        gradient_norm,
    } = *evaluation;
    let (time, version) = (seconds(time), version.number());
    let (loss, gradient_norm) = (json!(loss), json!(gradient_norm));
    format!(
        r#"{{"event":"evaluated","time":{time},"version":{version},"loss":{loss},"gradient_norm":{gradient_norm}}}"#
    )
}

/// The line of a lost job; `versions` are the one it was to be computed at, and the server's.
pub(super) fn lost(
    time: Duration,
    (worker, job): (WorkerId, JobId),
    (read_version, version): (Version, Version),
    reason: &str,
) -> String {
    let (time, reason) = (seconds(time), json!(reason));
    format!(
        r#"{{"event":"lost","time":{time},"worker":{worker},"job":{job},"read_version":{read_version},"version":{version},"reason":{reason}}}"#
    )
}

/// The last line.
pub(crate) fn stopped(
    time: Duration,
    version: Version,
    reason: &StopReason,
    model_hash: &str,
) -> String {
    let (time, word) = (seconds(time), reason.word());
    let message = if reason.is_failure() {
        format!(r#","message":{}"#, json!(reason.to_string()))
    } else {
        String::new()
    };
    format!(
        r#"{{"event":"stopped","time":{time},"version":{version},"reason":"{word}"{message},"model_hash":"{model_hash}"}}"#
    )
}

fn seconds(time: Duration) -> String {
    format!("{}.{:09}", time.as_secs(), time.subsec_nanos())
}

/// Writes the fields of one JSON object without allocating.
struct Object<'a> {
    line: &'a mut Vec<u8>,
    separator: u8,
}

impl<'a> Object<'a> {
    fn begin(line: &'a mut Vec<u8>) -> Self {
        Self {
            line,
            separator: b'{',
        }
    }

    fn end(self) {
        self.line.extend_from_slice(b"}\n");
    }

    fn key(&mut self, key: &str) {
        self.line.push(self.separator);
        self.separator = b',';
        self.line.push(b'"');
        self.line.extend_from_slice(key.as_bytes());
        self.line.extend_from_slice(b"\":");
    }

    /// A word without characters that JSON would escape.
    fn word(&mut self, key: &str, word: &str) -> &mut Self {
        self.key(key);
        self.line.push(b'"');
        self.line.extend_from_slice(word.as_bytes());
        self.line.push(b'"');
        self
    }

    fn integer(&mut self, key: &str, value: u64) -> &mut Self {
        self.key(key);
        self.line
            .extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
        self
    }

    fn float(&mut self, key: &str, value: f64) -> &mut Self {
        self.key(key);
        if value.is_finite() {
            self.line
                .extend_from_slice(ryu::Buffer::new().format_finite(value).as_bytes());
        } else {
            self.line.extend_from_slice(b"null");
        }
        self
    }

    fn time(&mut self, key: &str, time: Duration) -> &mut Self {
        self.key(key);
        self.line
            .extend_from_slice(itoa::Buffer::new().format(time.as_secs()).as_bytes());
        self.line.push(b'.');
        let mut digits = *b"000000000";
        let mut rest = time.subsec_nanos();
        for digit in digits.iter_mut().rev() {
            *digit += u8::try_from(rest % 10).unwrap_or_default();
            rest /= 10;
        }
        self.line.extend_from_slice(&digits);
        self
    }
}

#[cfg(test)]
mod tests {
    use ps_core::Action;

    use super::*;

    #[test]
    fn a_received_line_has_the_fields_of_the_contract_in_order() {
        let mut line = Vec::new();
        let received = Received {
            time: Duration::from_micros(4_100),
            worker: WorkerId::new(3),
            job: JobId::new(3),
            read_version: Version::ZERO,
            version: Version::new(7),
            action: Action::Applied,
            step_size: Some(0.1),
            assigned: Duration::ZERO,
            started: Duration::from_nanos(100_007),
            finished: Duration::new(12, 4),
            computed: Duration::from_micros(200),
            concurrency: 10,
        };
        event(&Event::Received(received), &mut line);
        let expected = r#"{"event":"received","time":0.004100000,"worker":3,"job":3,"read_version":0,"version":7,"#
            .to_owned()
            + r#""staleness":7,"action":"applied","step_size":0.1,"assigned":0.000000000,"started":0.000100007,"#
            + r#""finished":12.000000004,"computed":0.000200000}"#
            + "\n";
        assert_eq!(String::from_utf8(line).expect("ASCII"), expected);
    }

    #[test]
    fn every_line_is_json_whatever_a_message_says() {
        let reason = StopReason::WorkerLost {
            worker: WorkerId::new(1),
            job: JobId::new(2),
            message: "a \"quote\"\nand a new line".to_owned(),
        };
        let lines = [
            lost(
                Duration::ZERO,
                (WorkerId::new(1), JobId::new(2)),
                (Version::ZERO, Version::ZERO),
                "a \"quote\"\n",
            ),
            stopped(Duration::ZERO, Version::new(1), &reason, "00"),
            evaluated(&Evaluation {
                time: Duration::ZERO,
                version: Version::ZERO,
                loss: f64::NAN,
                gradient_norm: 1.0,
            }),
        ];
        for line in lines {
            assert!(!line.contains('\n'));
            let parsed: serde_json::Value = serde_json::from_str(&line).expect(&line);
            assert!(parsed["event"].is_string());
        }
    }
}
