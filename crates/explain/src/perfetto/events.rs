//! The events of the format, one JSON object each.

use std::io::{self, Write};
use std::time::Duration;

use ps_core::WorkerId;

use trace::object::Object;

/// Text is passed on in pieces of about this many bytes.
const PIECE: usize = 1 << 16;

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
pub(super) struct Events<W> {
    out: W,
    text: Vec<u8>,
    is_first: bool,
    /// The first thing that went wrong, until somebody asks.
    failed: Option<io::Error>,
}

impl<W: Write> Events<W> {
    pub(super) fn begin(out: W) -> Self {
        Self {
            out,
            text: b"{\"traceEvents\":[\n".to_vec(),
            is_first: true,
            failed: None,
        }
    }

    /// Whether everything could be written so far.
    pub(super) fn check(&mut self) -> io::Result<()> {
        self.failed.take().map_or(Ok(()), Err)
    }

    /// Ends the list of events; `about` is what else is said of the run.
    pub(super) fn end(mut self, about: impl FnOnce(&mut Object<'_>)) -> io::Result<()> {
        self.check()?;
        self.text.extend_from_slice(b"\n],");
        self.text
            .extend_from_slice(b"\"displayTimeUnit\":\"ns\",\"otherData\":");
        let mut other = Object::begin(&mut self.text);
        about(&mut other);
        other.end();
        self.text.extend_from_slice(b"}\n");
        self.out.write_all(&self.text)?;
        self.out.flush()
    }

    /// The name of the group of lanes that this one belongs to.
    pub(super) fn name_process(&mut self, lane: Lane, name: &str) {
        self.metadata(lane, "process_name", |args| {
            args.word("name", name);
        });
    }

    /// The name of a lane. Lanes are shown in the order of their numbers.
    pub(super) fn name_lane(&mut self, lane: Lane, name: &str) {
        self.metadata(lane, "thread_name", |args| {
            args.word("name", name);
        });
        let place = lane.thread();
        self.metadata(lane, "thread_sort_index", |args| {
            args.integer("sort_index", place);
        });
    }

    /// Something that lasted for a while.
    pub(super) fn slice(
        &mut self,
        lane: Lane,
        name: &str,
        color: &str,
        from: Duration,
        to: Duration,
        args: impl FnOnce(&mut Object<'_>),
    ) {
        self.event(lane, name, b'X', |event| {
            microseconds(event.word("cat", "activity"), "ts", from);
            microseconds(event, "dur", to - from);
            if !color.is_empty() {
                event.word("cname", color);
            }
            with_args(event, args);
        });
    }

    /// Something that happened at a moment; to everybody, if it concerns all lanes.
    pub(super) fn instant(
        &mut self,
        lane: Lane,
        name: &str,
        time: Duration,
        args: impl FnOnce(&mut Object<'_>),
    ) {
        let scope = match lane {
            Lane::Server => "g",
            Lane::Worker(_) => "t",
        };
        self.event(lane, name, b'i', |event| {
            microseconds(event.word("cat", "activity"), "ts", time);
            with_args(event.word("s", scope), args);
        });
    }

    /// A number that has this value from now on. Numbers that are not finite are left out: a
    /// counter has none.
    pub(super) fn counter(&mut self, name: &str, time: Duration, value: f64) {
        if !value.is_finite() {
            return;
        }
        self.event(Lane::Server, name, b'C', |event| {
            microseconds(event.word("cat", "counter"), "ts", time);
            with_args(event, |args| {
                args.float("value", value);
            });
        });
    }

    /// A point on the way of an arrow, in the slice of that lane at that time.
    pub(super) fn arrow(&mut self, id: u64, arrow: Arrow, lane: Lane, time: Duration) {
        let phase = match arrow {
            Arrow::Begins => b's',
            Arrow::Passes => b't',
            Arrow::Ends => b'f',
        };
        self.event(lane, "gradient", phase, |event| {
            microseconds(event.word("cat", "gradient").integer("id", id), "ts", time);
            if arrow == Arrow::Ends {
                // It ends in the slice around it, not at the next one.
                event.word("bp", "e");
            }
        });
    }

    fn metadata(&mut self, lane: Lane, name: &str, args: impl FnOnce(&mut Object<'_>)) {
        self.event(lane, name, b'M', |event| {
            // Some readers want a time and a category here too.
            microseconds(event.word("cat", "__metadata"), "ts", Duration::ZERO);
            with_args(event, args);
        });
    }

    fn event(&mut self, lane: Lane, name: &str, phase: u8, rest: impl FnOnce(&mut Object<'_>)) {
        if !std::mem::take(&mut self.is_first) {
            self.text.extend_from_slice(b",\n");
        }
        let phase = [phase];
        let mut event = Object::begin(&mut self.text);
        event
            .word("name", name)
            .word("ph", std::str::from_utf8(&phase).unwrap_or_default())
            .integer("pid", lane.process())
            .integer("tid", lane.thread());
        rest(&mut event);
        event.end();
        if self.text.len() >= PIECE {
            self.pass_on();
        }
    }

    fn pass_on(&mut self) {
        if self.failed.is_none() {
            self.failed = self.out.write_all(&self.text).err();
        }
        self.text.clear();
    }
}

fn with_args(event: &mut Object<'_>, args: impl FnOnce(&mut Object<'_>)) {
    let mut object = event.object("args");
    args(&mut object);
    object.end();
}

/// The format's times are in microseconds; three decimals keep the nanoseconds.
fn microseconds(event: &mut Object<'_>, key: &str, time: Duration) {
    let (whole, rest) = (time.as_micros(), time.subsec_nanos() % 1000);
    event.json(key, format_args!("{whole}.{rest:03}"));
}
