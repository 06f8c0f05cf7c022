//! Turns the lines of a trace into events.

use std::io::{self, Write};
use std::time::Duration;

use ps_core::{Event, Lost, Received, Updated, WorkerId};
use serde_json::{Value, json};

use super::events::{Events, Lane};
use super::flows::Flows;
use crate::activity::{Activities, Activity, Span};
use trace::{Evaluation, Header, Line};

/// The shortest time that the format has.
const SHORTEST: Duration = Duration::from_nanos(1);
/// A turn is drawn no longer than this.
const LONGEST_TURN: Duration = Duration::from_micros(1);

/// A timeline being drawn.
pub(super) struct Timeline<W: Write> {
    events: Events<W>,
    activities: Activities,
    flows: Flows,
    /// The last turn, whose end is not known yet.
    turn: Turn,
    /// Up to where the server's lane is drawn.
    drawn: Duration,
    /// The time of the last line.
    now: Duration,
    is_whole: bool,
    staleness: Counter,
    concurrency: Counter,
    version: Counter,
}

/// A turn of the server.
#[derive(Debug)]
struct Turn {
    time: Duration,
    what: What,
    /// The step along an accumulator that it ended with.
    updated: Option<Updated>,
    /// When the gradient that it began with was computed.
    computing: Option<(Duration, Duration)>,
}

/// What began a turn.
#[derive(Debug)]
enum What {
    Start,
    Received(Received),
    Lost(Lost),
}

/// A number over time, of which only changes are drawn.
#[derive(Clone, Copy, Debug, Default)]
struct Counter(Option<u64>);

impl<W: Write> Timeline<W> {
    pub(super) fn begin(header: &Header, out: W) -> Self {
        let mut events = Events::begin(out);
        events.name_process(Lane::Server, "server");
        events.name_lane(Lane::Server, "turns");
        events.name_process(Lane::Worker(WorkerId::new(0)), "workers");
        for worker in 0..header.workers() {
            let lane = Lane::Worker(WorkerId::new(worker));
            events.name_lane(lane, &format!("worker {worker}"));
        }
        let mut timeline = Self {
            events,
            activities: Activities::new(header.workers()),
            flows: Flows::default(),
            turn: Turn::new(Duration::ZERO, What::Start),
            drawn: Duration::ZERO,
            now: Duration::ZERO,
            is_whole: false,
            staleness: Counter::default(),
            concurrency: Counter::default(),
            version: Counter::default(),
        };
        timeline.count_version(Duration::ZERO, 0);
        timeline
    }

    /// Draws what the next line tells.
    pub(super) fn take(&mut self, line: &Line) -> io::Result<()> {
        let computing = self.draw_spans(line);
        match line {
            Line::Event(Event::Received(received)) => {
                self.next_turn(received.time, What::Received(*received));
                self.turn.computing = computing;
                self.count(received);
            }
            Line::Event(Event::Updated(updated)) => {
                self.turn.updated = Some(*updated);
                self.count_version(updated.time, updated.version.number());
            }
            Line::Event(Event::Lost(lost)) if !self.turn.loses(lost) => {
                self.next_turn(lost.time, What::Lost(lost.clone()));
            }
            Line::Evaluated(evaluation) => self.evaluated(evaluation),
            Line::Event(Event::Overrun(overrun)) => {
                let lane = Lane::Worker(overrun.worker);
                let args = json!({
                    "job": overrun.job,
                    "asked": overrun.asked.as_secs_f64(),
                    "took": overrun.took.as_secs_f64(),
                });
                self.events.instant(lane, "overrun", overrun.time, &args);
            }
            Line::Last(stopped) => {
                self.is_whole = true;
                let reason = json!({ "reason": stopped.reason });
                self.events
                    .instant(Lane::Server, "stopped", stopped.time, &reason);
            }
            _ => {}
        }
        // Jobs still out are listed at the end, with the time at which they were assigned.
        self.now = self.now.max(line.time());
        self.events.check()
    }

    /// Ends the timeline: of a trace that is not whole, nobody knows what the workers were at by
    /// then.
    pub(super) fn end(mut self, header: &Header) -> io::Result<()> {
        if !self.is_whole {
            let events = &mut self.events;
            self.activities.finish(self.now, &mut |span| {
                let lane = Lane::Worker(span.worker);
                let nothing = json!({});
                events.slice(lane, "not recorded", None, span.from, span.to, &nothing);
            });
        }
        self.draw_turn(None);
        self.events.end(&json!({
            "method": header.method(),
            "workers": header.workers(),
            "concurrency": header.concurrency(),
            "step_size": header.spec.step_size,
            "seed": header.spec.seed,
            "clock": header.clock().to_string(),
            "cluster": header.cluster(),
        }))
    }

    /// Draws what workers were at, as far as this line tells. Returns when its gradient was
    /// computed.
    fn draw_spans(&mut self, line: &Line) -> Option<(Duration, Duration)> {
        let received = match line {
            Line::Event(Event::Received(received)) => Some(received),
            _ => None,
        };
        let (events, mut computing) = (&mut self.events, None);
        self.activities.take(line, &mut |span: Span| {
            let is_computing = span.activity == Activity::Computing;
            let args = match (received, span.job) {
                (Some(received), Some(_)) if is_computing => fate(received),
                (_, Some(job)) => json!({ "job": job }),
                _ => json!({}),
            };
            let (lane, color) = (Lane::Worker(span.worker), Some(color(span.activity)));
            let name = span.activity.name();
            events.slice(lane, name, color, span.from, span.to, &args);
            if is_computing {
                computing = Some((span.from, span.to));
            }
        });
        computing
    }

    fn count(&mut self, received: &Received) {
        let time = received.time;
        let staleness = received.staleness();
        self.staleness
            .set("staleness", time, staleness, &mut self.events);
        let concurrency = received.concurrency as u64;
        self.concurrency
            .set("concurrency", time, concurrency, &mut self.events);
        if received.step_size.is_some() {
            self.count_version(time, received.version.number() + 1);
        }
    }

    fn count_version(&mut self, time: Duration, version: u64) {
        self.version.set("version", time, version, &mut self.events);
    }

    fn evaluated(&mut self, evaluation: &Evaluation) {
        let Evaluation {
            time,
            loss,
            gradient_norm,
            ..
        } = *evaluation;
        self.events.counter("loss", time, loss);
        self.events.counter("gradient norm", time, gradient_norm);
    }

    fn next_turn(&mut self, time: Duration, what: What) {
        self.draw_turn(Some(time));
        self.turn = Turn::new(time, what);
    }

    /// Draws the last turn, now that it is known when the next one is.
    fn draw_turn(&mut self, next: Option<Duration>) {
        let Turn {
            time,
            what,
            updated,
            computing,
        } = &self.turn;
        let from = self.drawn.max(*time);
        let next = next.unwrap_or(Duration::MAX);
        let to = next.clamp(
            from.saturating_add(SHORTEST),
            from.saturating_add(LONGEST_TURN),
        );
        self.drawn = to;
        let events = &mut self.events;
        let mut args = match what {
            What::Start => json!({}),
            What::Received(received) => {
                let mut args = fate(received);
                args["worker"] = json!(received.worker);
                args
            }
            What::Lost(lost) => {
                json!({ "worker": lost.worker, "job": lost.job, "reason": *lost.reason })
            }
        };
        if let Some(updated) = updated {
            args["updated_to"] = json!(updated.version);
            args["updated_by"] = json!(updated.step_size);
        }
        events.slice(Lane::Server, self.turn.name(), None, from, to, &args);
        let version = self.version.0.unwrap_or_default();
        self.flows.turn(*time, version, from);
        if let What::Received(received) = what {
            self.flows.receive(received, *computing, from, events);
        }
        if updated.is_some() {
            self.flows.step(from, events);
        }
    }
}

impl Turn {
    fn new(time: Duration, what: What) -> Self {
        Self {
            time,
            what,
            updated: None,
            computing: None,
        }
    }

    fn name(&self) -> &'static str {
        match &self.what {
            What::Start => "start",
            What::Received(_) if self.updated.is_some() => "updated",
            What::Received(received) => received.action.word(),
            What::Lost(_) => "lost",
        }
    }

    /// Whether this line is of one more job that is lost in this turn.
    fn loses(&self, next: &Lost) -> bool {
        matches!(&self.what, What::Lost(lost) if lost.worker == next.worker)
    }
}

impl Counter {
    fn set<W: Write>(&mut self, name: &str, time: Duration, value: u64, events: &mut Events<W>) {
        if self.0.replace(value) != Some(value) {
            events.counter(name, time, value as f64);
        }
    }
}

/// Fields that say what the method did with a gradient.
fn fate(received: &Received) -> Value {
    let mut fate = json!({
        "job": received.job,
        "read_version": received.read_version,
        "version": received.version,
        "staleness": received.staleness(),
        "action": received.action,
    });
    if let Some(step_size) = received.step_size {
        fate["step_size"] = json!(step_size);
    }
    fate
}

/// A colour among those that `chrome://tracing` has names for.
fn color(activity: Activity) -> &'static str {
    match activity {
        Activity::Idle => "white",
        Activity::HandOver => "thread_state_runnable",
        Activity::Download => "rail_load",
        Activity::Computing => "thread_state_running",
        Activity::Injected => "thread_state_sleeping",
        Activity::Upload => "rail_animation",
        Activity::Serving => "rail_response",
        Activity::Lost => "terrible",
    }
}
