//! The events of the format, one JSON object each.

use std::io::{self, BufWriter, Write};
use std::time::Duration;

use ps_core::WorkerId;
use serde_json::{Value, json};

/// A lane of the timeline. Thread numbers are unique, and neither they nor process numbers are 0,
/// which viewers take for the idle thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    Server,
    Worker(WorkerId),
}

impl Lane {
    fn process(self) -> u64 {
        match self {
            Self::Server => 1,
            Self::Worker(_) => 2,
        }
    }

    fn thread(self) -> u64 {
        match self {
            Self::Server => 1,
            Self::Worker(worker) => worker.index() as u64 + 2,
        }
    }
}

/// Where along its way an arrow is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrow {
    Begins,
    Passes,
    Ends,
}

/// Writes events.
pub(super) struct Events<W: Write> {
    out: BufWriter<W>,
    /// What stands before the next event.
    separator: &'static str,
    /// The first thing that went wrong, until somebody asks.
    failed: Option<io::Error>,
}

impl<W: Write> Events<W> {
    pub(super) fn begin(out: W) -> Self {
        Self {
            out: BufWriter::with_capacity(1 << 16, out),
            separator: "{\"otherData\":{\"generator\":\"asgrad\"},\"traceEvents\":[\n",
            failed: None,
        }
    }

    /// Whether everything could be written so far.
    pub(super) fn check(&mut self) -> io::Result<()> {
        self.failed.take().map_or(Ok(()), Err)
    }

    /// Ends the list of events; `about` is what else is said of the run.
    pub(super) fn end(mut self, about: &Value) -> io::Result<()> {
        self.check()?;
        let rest = "\n],\"displayTimeUnit\":\"ns\",\"otherData\":";
        writeln!(self.out, "{rest}{about}}}")?;
        self.out.flush()
    }

    /// The name of the group of lanes that this one belongs to.
    pub(super) fn name_process(&mut self, lane: Lane, name: &str) {
        self.metadata(lane, "process_name", &json!({ "name": name }));
    }

    /// The name of a lane. Lanes are shown in the order of their numbers.
    pub(super) fn name_lane(&mut self, lane: Lane, name: &str) {
        self.metadata(lane, "thread_name", &json!({ "name": name }));
        let place = json!({ "sort_index": lane.thread() });
        self.metadata(lane, "thread_sort_index", &place);
    }

    fn metadata(&mut self, lane: Lane, what: &str, args: &Value) {
        // Some readers want a time and a category here too.
        let rest = json!({ "ph": "M", "cat": "__metadata", "args": args });
        self.event(lane, what, Duration::ZERO, rest);
    }

    /// Something that lasted for a while.
    pub(super) fn slice(
        &mut self,
        lane: Lane,
        name: &str,
        color: Option<&str>,
        from: Duration,
        to: Duration,
        args: &Value,
    ) {
        let lasted = microseconds(to - from);
        let mut rest = json!({ "ph": "X", "cat": "activity", "dur": lasted, "args": args });
        if let Some(color) = color {
            rest["cname"] = color.into();
        }
        self.event(lane, name, from, rest);
    }

    /// Something that happened at a moment; to everybody, if it concerns all lanes.
    pub(super) fn instant(&mut self, lane: Lane, name: &str, time: Duration, args: &Value) {
        let scope = if lane == Lane::Server { "g" } else { "t" };
        let rest = json!({ "ph": "i", "cat": "activity", "s": scope, "args": args });
        self.event(lane, name, time, rest);
    }

    /// A number that has this value from now on. Numbers that are not finite are left out: a
    /// counter has none.
    pub(super) fn counter(&mut self, name: &str, time: Duration, value: f64) {
        if value.is_finite() {
            let rest = json!({ "ph": "C", "cat": "counter", "args": { "value": value } });
            self.event(Lane::Server, name, time, rest);
        }
    }

    /// A point on the way of an arrow, in the slice of that lane at that time.
    pub(super) fn arrow(&mut self, id: u64, arrow: Arrow, lane: Lane, time: Duration) {
        let rest = match arrow {
            Arrow::Begins => json!({ "ph": "s", "cat": "gradient", "id": id }),
            Arrow::Passes => json!({ "ph": "t", "cat": "gradient", "id": id }),
            // It ends in the slice around it, not at the next one.
            Arrow::Ends => json!({ "ph": "f", "cat": "gradient", "id": id, "bp": "e" }),
        };
        self.event(lane, "gradient", time, rest);
    }

    fn event(&mut self, lane: Lane, name: &str, time: Duration, mut event: Value) {
        event["name"] = name.into();
        event["pid"] = lane.process().into();
        event["tid"] = lane.thread().into();
        event["ts"] = microseconds(time).into();
        if self.failed.is_none() {
            let written = self.out.write_all(self.separator.as_bytes());
            let event = written.and_then(|()| Ok(serde_json::to_writer(&mut self.out, &event)?));
            self.failed = event.err();
        }
        self.separator = ",\n";
    }
}

/// The format's times are in microseconds. Nanoseconds are kept for the first 104 days of a run,
/// whose number of them a float holds.
fn microseconds(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1e3
}
