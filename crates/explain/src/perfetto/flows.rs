//! The way of each gradient that was stepped with, as an arrow.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

use ps_core::{Action, Received, WorkerId};

use super::events::{Arrow, Events, Lane};

/// Turns that are remembered because they are not drawn where they were: some megabytes of them.
const MAX_MOVED: usize = 1 << 17;

/// A gradient between its assignment and its step.
#[derive(Clone, Copy, Debug)]
struct Way {
    job: u64,
    /// Where the turn is drawn in which the job was assigned.
    assigned: Duration,
    worker: WorkerId,
    /// Some moment of its computation, if it took any time.
    computing: Option<Duration>,
    /// Where the turn of its arrival is drawn.
    arrived: Duration,
}

/// Follows gradients from the version read to the step. It remembers those that are held.
#[derive(Debug, Default)]
pub(super) struct Flows {
    held: Vec<Way>,
    /// Where a turn is drawn that was at this time and had this version at its end, if it is not
    /// drawn at its time because others were at the same.
    moved: BTreeMap<(Duration, u64), Duration>,
}

impl Flows {
    /// A turn at this time, after which this was the version, is drawn here.
    pub(super) fn turn(&mut self, time: Duration, version: u64, drawn: Duration) {
        if drawn == time {
            return;
        }
        self.moved.entry((time, version)).or_insert(drawn);
        if self.moved.len() > MAX_MOVED {
            self.moved.pop_first();
        }
    }

    /// A gradient has arrived in a turn that is drawn here; it was computed from then to then.
    pub(super) fn receive<W: Write>(
        &mut self,
        received: &Received,
        computing: Option<(Duration, Duration)>,
        arrived: Duration,
        events: &mut Events<W>,
    ) {
        // A repeated job was assigned at a later version than the one it reads.
        let version = received.read_version.number() + received.age;
        let at = (received.assigned, version);
        let assigned = self.moved.get(&at).copied().unwrap_or(received.assigned);
        let way = Way {
            job: received.job.number(),
            assigned,
            worker: received.worker,
            computing: computing
                .map(|(from, to)| (from.max(assigned), to))
                .filter(|(moment, to)| moment < to)
                .map(|(moment, _)| moment),
            arrived,
        };
        match received.action {
            Action::Applied => way.draw(arrived, events),
            Action::Held => self.held.push(way),
            _ => {}
        }
    }

    /// All gradients that are held have been stepped with, in a turn that is drawn here.
    pub(super) fn step<W: Write>(&mut self, stepped: Duration, events: &mut Events<W>) {
        for way in self.held.drain(..) {
            way.draw(stepped, events);
        }
    }
}

impl Way {
    fn draw<W: Write>(&self, stepped: Duration, events: &mut Events<W>) {
        events.arrow(self.job, Arrow::Begins, Lane::Server, self.assigned);
        if let Some(moment) = self.computing {
            events.arrow(self.job, Arrow::Passes, Lane::Worker(self.worker), moment);
        }
        if self.arrived != stepped {
            events.arrow(self.job, Arrow::Passes, Lane::Server, self.arrived);
        }
        events.arrow(self.job, Arrow::Ends, Lane::Server, stepped);
    }
}
