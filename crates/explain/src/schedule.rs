//! The first arrivals of a run, one by one, and its first moments for a picture.

use std::time::Duration;

use ps_core::{Action, Event, JobId, Received, Version, WorkerId};
use serde::Serialize;

use crate::activity::Span;
use trace::json;

/// Number of jobs that each worker of a timeline has had: enough to see a pattern.
const JOBS_EACH: u8 = 5;

/// Number of spans, and of arrivals, at which a timeline ends: a figure with more would be black.
const MAX_SPANS: usize = 2000;

/// Number of workers in a timeline: a figure has no room for the names of more.
const MAX_DRAWN: usize = 50;

/// A gradient that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RecordedArrival {
    /// When it arrived.
    #[serde(serialize_with = "json::seconds")]
    pub time: Duration,
    /// The worker that computed it.
    pub worker: WorkerId,
    /// Its job.
    pub job: JobId,
    /// When its job was assigned.
    #[serde(serialize_with = "json::seconds")]
    pub assigned: Duration,
    /// The version that it was computed at.
    pub read_version: Version,
    /// The server's version on arrival, before any step.
    pub version: Version,
    /// The difference between the two, in updates.
    pub staleness: u64,
    /// What the method did with it.
    pub action: Action,
    /// The version that it made, alone or with others.
    pub made: Option<Version>,
}

impl RecordedArrival {
    fn of(received: &Received) -> Self {
        let made = Version::new(received.version.number().saturating_add(1));
        Self {
            time: received.time,
            worker: received.worker,
            job: received.job,
            assigned: received.assigned,
            read_version: received.read_version,
            version: received.version,
            staleness: received.staleness(),
            action: received.action,
            made: (received.action == Action::Applied).then_some(made),
        }
    }
}

/// The first moments of a run: what each worker was at, and what arrived.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Timeline {
    /// When it ends. By then each worker has had about five jobs, if that takes few enough spans.
    #[serde(serialize_with = "json::seconds")]
    pub until: Duration,
    /// Number of the workers in it: the first ones.
    pub workers: usize,
    /// What they were at; each worker's spans are without gap or overlap, as far as lines tell.
    pub spans: Vec<Span>,
    /// The gradients that arrived, in order.
    pub arrivals: Vec<RecordedArrival>,
}

/// Collects arrivals, up to a maximum number.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    most: usize,
    arrivals: Vec<RecordedArrival>,
    /// Those that are held and have made no version yet.
    held: Vec<usize>,
}

impl Arrivals {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            ..Self::default()
        }
    }

    pub(super) fn take(&mut self, event: &Event) {
        match event {
            Event::Received(received) if self.arrivals.len() < self.most => {
                if received.action == Action::Held {
                    self.held.push(self.arrivals.len());
                }
                self.arrivals.push(RecordedArrival::of(received));
            }
            Event::Updated(updated) => {
                for arrival in self.held.drain(..) {
                    self.arrivals[arrival].made = Some(updated.version);
                }
            }
            _ => {}
        }
    }

    pub(super) fn into_vec(self) -> Vec<RecordedArrival> {
        self.arrivals
    }
}

/// Collects the first moments.
#[derive(Debug, Default)]
pub(super) struct Beginning {
    /// How many jobs each worker that is drawn has had, up to enough, and how many have not had
    /// enough.
    jobs: Vec<u8>,
    waiting: usize,
    spans: Vec<Span>,
    arrivals: Arrivals,
    /// Where it ends, once that is known. Spans before that still come, of jobs that return later.
    until: Option<Duration>,
}

impl Beginning {
    pub(super) fn new(n_workers: usize) -> Self {
        let drawn = n_workers.min(MAX_DRAWN);
        Self {
            jobs: vec![0; drawn],
            waiting: drawn,
            arrivals: Arrivals::new(MAX_SPANS),
            ..Self::default()
        }
    }

    pub(super) fn add(&mut self, span: Span) {
        let to = self.until.map_or(span.to, |until| span.to.min(until));
        if span.worker.index() < self.jobs.len() && span.from < to {
            self.spans.push(Span { to, ..span });
        }
    }

    /// Takes the next event, after its spans.
    pub(super) fn take(&mut self, event: &Event) {
        let Event::Received(Received { worker, time, .. }) = event else {
            return self.arrivals.take(event);
        };
        let Some(jobs) = self.jobs.get_mut(worker.index()) else {
            return;
        };
        if self.until.is_some() {
            return;
        }
        self.arrivals.take(event);
        *jobs += u8::from(*jobs < JOBS_EACH);
        if *jobs == JOBS_EACH {
            self.waiting = self.jobs.iter().filter(|&&jobs| jobs < JOBS_EACH).count();
        }
        let n = self.spans.len().max(self.arrivals.arrivals.len());
        if self.waiting == 0 || n >= MAX_SPANS {
            self.until = Some(*time);
        }
    }

    /// The first moments of a run that lasted this long.
    pub(super) fn close(self, duration: Duration) -> Timeline {
        Timeline {
            until: self.until.unwrap_or(duration),
            workers: self.jobs.len(),
            spans: self.spans,
            arrivals: self.arrivals.into_vec(),
        }
    }
}
