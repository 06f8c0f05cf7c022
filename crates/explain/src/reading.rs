//! Reads a trace in one pass, line by line.

use std::time::Duration;

use ps_core::{Action, Event, Version};

use crate::account::{Account, Accounts, Queued, time_at};
use crate::activity::Activity;
use crate::concurrency::{OutstandingJobs, Series};
use crate::conservation::{Ledger, Verdict};
use crate::run_facts::{Cores, RunFacts};
use crate::schedule::{Arrivals, Beginning};
use crate::staleness::StalenessSummary;
use crate::waste::Waste;
use trace::{Clock, Ending, Evaluation, Header, LastLine, Line, Statistics, Trace, TraceError};

/// Number of evaluations that are kept, the first ones and the last: a thousand times as many as a
/// run makes that was not asked for more, in a few megabytes.
const MAX_EVALUATIONS: usize = 100_000;

/// What has been read so far.
#[derive(Default)]
pub(super) struct Reading {
    statistics: Statistics,
    accounts: Accounts,
    ledger: Ledger,
    concurrency: Series,
    at_the_door: Queued,
    schedule: Arrivals,
    beginning: Beginning,
    evaluations: Vec<Evaluation>,
    stopped: Option<LastLine>,
    held: u64,
    cancelled_in_queue: u64,
    lost_because: Option<String>,
    /// The newest version of any line.
    version: Version,
    /// The latest time of any line.
    now: Duration,
    /// The time of the last gradient or update.
    last: Duration,
    /// The longest time from the assignment of a job to the arrival of its gradient.
    longest: Duration,
}

impl Reading {
    /// Reads a trace to its end.
    pub(super) fn of(trace: &Trace, schedule: usize) -> Result<RunFacts, TraceError> {
        trace.check_workers()?;
        let mut reading = Self::new(trace.header(), schedule);
        let mut lines = trace.lines()?;
        for line in lines.by_ref() {
            let (_, line) = line?;
            reading.take(&line);
        }
        let ending = lines.ending().expect("all lines have been read").clone();
        let altered = lines.altered();
        Ok(reading.close(trace.header().clone(), ending, altered))
    }

    fn new(header: &Header, schedule: usize) -> Self {
        Self {
            statistics: Statistics::new(header.workers()),
            accounts: Accounts::new(header),
            schedule: Arrivals::new(schedule),
            beginning: Beginning::new(header.workers()),
            ..Self::default()
        }
    }

    /// Takes the time of an arrival, and how long its job was out.
    fn arrive(&mut self, time: Duration, assigned: Duration) {
        self.last = self.last.max(time);
        self.longest = self.longest.max(time.saturating_sub(assigned));
    }

    fn take(&mut self, line: &Line) {
        self.now = self.now.max(line.time());
        let beginning = &mut self.beginning;
        self.accounts.take(line, &mut |span| beginning.add(span));
        match line {
            Line::Event(event) => self.happened(event),
            Line::Evaluated(evaluation) => {
                self.evaluations.truncate(MAX_EVALUATIONS - 1);
                self.evaluations.push(*evaluation);
            }
            Line::Last(last) => self.stopped = Some(last.clone()),
            Line::Left(_) => {}
        }
    }

    fn happened(&mut self, event: &Event) {
        self.statistics.count(event);
        self.beginning.take(event);
        self.ledger.take(event);
        self.schedule.take(event);
        match event {
            Event::Received(received) => {
                self.arrive(received.time, received.assigned);
                self.concurrency.push(received.time, received.concurrency);
                let waited = received.time.saturating_sub(received.times.finished);
                self.at_the_door.add(waited);
                self.held += u64::from(received.action == Action::Held);
                let is_update = u64::from(received.action == Action::Applied);
                let made = received.version.number().saturating_add(is_update);
                self.version = self.version.max(Version::new(made));
            }
            Event::Updated(updated) => {
                self.version = self.version.max(updated.version);
                self.last = self.last.max(updated.time);
            }
            Event::CancelledInQueue(_) => self.cancelled_in_queue += 1,
            Event::Lost(lost) => {
                self.lost_because
                    .get_or_insert_with(|| lost.reason.to_string());
            }
            _ => {}
        }
    }

    /// Why the conservation law cannot be checked, if it cannot.
    fn incomplete(&self, header: &Header) -> Option<Verdict> {
        match &self.stopped {
            None if header.trace_drop => Some(Verdict::MayLackLines),
            None => Some(Verdict::Truncated),
            Some(stopped) if stopped.dropped > 0 => Some(Verdict::Dropped),
            Some(_) => None,
        }
    }

    fn close(mut self, header: Header, ending: Ending, altered: Option<u64>) -> RunFacts {
        let incomplete = self.incomplete(&header);
        let stopped = self.stopped.as_ref();
        let version = stopped.map_or(self.version, |stopped| stopped.version);
        let duration = stopped.map_or(self.now, |stopped| stopped.time);
        let known = match stopped {
            None => self.last,
            // Nothing that was recorded says what happened later than a job after the last
            // gradient.
            Some(stopped) => stopped.time.min(self.last.saturating_add(self.longest)),
        };
        let (statistics, impossible_times) = (self.statistics, self.accounts.impossible_times());
        let workers = self.accounts.close(duration);
        let wasted = workers.iter().map(|it| it.wasted).sum::<Waste>();
        let gradients = statistics.gradients();
        self.at_the_door
            .close(gradients + statistics.without_gradient);
        let overruns = statistics.overruns;
        let per_second =
            |count: u64| (!duration.is_zero()).then(|| count as f64 / duration.as_secs_f64());
        let served = stopped.map_or(Duration::ZERO, |stopped| stopped.served);
        RunFacts {
            ending,
            duration,
            known_duration: known,
            updates: version.number(),
            gradients,
            applied: gradients - self.held - statistics.discarded,
            held: self.held,
            discarded: statistics.discarded,
            cancelled: wasted.cancelled.jobs,
            expired: wasted.expired.jobs,
            cancelled_in_queue: self.cancelled_in_queue,
            lost: wasted.lost.jobs,
            wasted,
            lost_because: self.lost_because,
            out: self.ledger.n_out(),
            waited_for: statistics.waited_for(duration, header.clock()),
            gradients_per_second: per_second(gradients),
            updates_per_second: per_second(version.number()),
            staleness: StalenessSummary::of(&statistics),
            concurrency: OutstandingJobs {
                all: statistics.concurrency(),
                over_time: self.concurrency.points(),
            },
            impossible_times,
            altered,
            conservation: self.ledger.close(version, incomplete),
            queued: Queued::of_all(&workers),
            at_the_door: self.at_the_door,
            serving: served.saturating_add(time_at(Activity::Serving, &workers)),
            overruns,
            overrun_share: (gradients > 0).then(|| overruns as f64 / gradients as f64),
            cores: Cores::of(&header, &workers, duration),
            evaluations: self.evaluations,
            schedule: self.schedule.into_vec(),
            timeline: self.beginning.close(duration),
            reads: stopped.and_then(|stopped| stopped.reads),
            workers,
            stopped: self.stopped,
            header,
        }
    }
}

impl Cores {
    fn of(header: &Header, workers: &[Account], duration: Duration) -> Option<Self> {
        let cores = header.machine.cores;
        if header.clock() == Clock::Virtual || duration.is_zero() || cores == 0 {
            return None;
        }
        let computing = time_at(Activity::Computing, workers).div_duration_f64(duration);
        Some(Self {
            cores,
            computing,
            share: computing / cores as f64,
        })
    }
}
