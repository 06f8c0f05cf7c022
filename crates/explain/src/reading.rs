//! One pass over the lines of a trace.

use std::time::Duration;

use ps_core::{Action, Event, Version};

use super::account::Accounts;
use super::concurrency::{Outstanding, Series};
use super::conservation::{Ledger, Verdict};
use super::schedule::{Arrivals, Beginning};
use super::{Account, Activity, Cores, Explanation, Finding, Queued, StalenessSummary, Waste};
use trace::{
    Clock, Concurrency, Ending, Evaluation, Header, Line, Statistics, Stopped, Trace, TraceError,
};

/// Number of evaluations that are kept, the first ones and the last: a thousand times as many as a
/// run makes that was not asked for more, in a few megabytes.
const MAX_EVALUATIONS: usize = 100_000;

/// What has been read so far.
pub(super) struct Reading {
    statistics: Statistics,
    accounts: Accounts,
    ledger: Ledger,
    concurrency: Series,
    at_the_door: Queued,
    schedule: Arrivals,
    beginning: Beginning,
    evaluations: Vec<Evaluation>,
    stopped: Option<Stopped>,
    held: u64,
    withdrawn: u64,
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
    pub(super) fn of(trace: &Trace, schedule: usize) -> Result<Explanation, TraceError> {
        trace.check_workers()?;
        let mut reading = Self::new(trace.header(), schedule);
        let mut lines = trace.lines()?;
        for line in lines.by_ref() {
            let (_, line) = line?;
            reading.take(&line);
        }
        let ending = lines.ending().expect("all lines have been read").clone();
        let mut explanation = reading.close(trace.header().clone(), ending);
        explanation.altered = lines.altered();
        explanation.findings = Finding::all(&explanation);
        Ok(explanation)
    }

    fn new(header: &Header, schedule: usize) -> Self {
        Self {
            statistics: match header.is_shared() {
                true => Statistics::new(header.workers()).without_versions(),
                false => Statistics::new(header.workers()),
            },
            accounts: Accounts::new(header),
            ledger: Ledger::default(),
            concurrency: Series::new(),
            at_the_door: Queued::default(),
            schedule: Arrivals::new(schedule),
            beginning: Beginning::new(header.workers()),
            evaluations: Vec::new(),
            stopped: None,
            held: 0,
            withdrawn: 0,
            lost_because: None,
            version: Version::ZERO,
            now: Duration::ZERO,
            last: Duration::ZERO,
            longest: Duration::ZERO,
        }
    }

    /// A gradient of a job that was assigned, or taken, then.
    fn arrive(&mut self, time: Duration, assigned: Duration) {
        self.last = self.last.max(time);
        self.longest = self.longest.max(time.saturating_sub(assigned));
    }

    fn take(&mut self, line: &Line) {
        self.now = self.now.max(line.time());
        let beginning = &mut self.beginning;
        self.accounts.take(line, &mut |span| beginning.add(span));
        beginning.take(line);
        self.ledger.take(line);
        self.schedule.take(line);
        match line {
            Line::Received(received) => {
                self.statistics.count(&Event::Received(*received));
                self.arrive(received.time, received.assigned);
                self.concurrency.push(received.time, received.concurrency);
                let waited = received.time.saturating_sub(received.times.finished);
                self.at_the_door.add(waited);
                self.held += u64::from(received.action == Action::Held);
                let is_update = u64::from(received.action == Action::Applied);
                let made = received.version.number().saturating_add(is_update);
                self.version = self.version.max(Version::new(made));
            }
            Line::Added(added) => {
                self.statistics.count(&Event::Added(*added));
                self.arrive(added.time, added.times.started);
                self.version = self.version.next();
            }
            Line::Updated(updated) => {
                self.version = self.version.max(updated.version);
                self.last = self.last.max(updated.time);
            }
            Line::Overrun(overrun) => self.statistics.count(&Event::Overrun(*overrun)),
            Line::Withdrawn(_) => self.withdrawn += 1,
            Line::Lost(lost) => {
                self.lost_because.get_or_insert_with(|| lost.reason.clone());
            }
            Line::Gone(gone) => {
                self.lost_because.get_or_insert_with(|| gone.reason.clone());
            }
            Line::Evaluated(evaluation) => {
                self.evaluations.truncate(MAX_EVALUATIONS - 1);
                self.evaluations.push(*evaluation);
            }
            Line::Stopped(stopped) => self.stopped = Some(stopped.clone()),
            _ => {}
        }
    }

    fn close(mut self, header: Header, ending: Ending) -> Explanation {
        let stopped = self.stopped.as_ref();
        let version = stopped.map_or(self.version, |stopped| stopped.version);
        let duration = stopped.map_or(self.now, |stopped| stopped.time);
        let incomplete = match stopped {
            _ if header.is_shared() => Some(Verdict::NoVersions),
            None if header.trace_drop => Some(Verdict::MayLackLines),
            None => Some(Verdict::Truncated),
            Some(stopped) if stopped.dropped > 0 => Some(Verdict::Dropped),
            Some(_) => None,
        };
        let known = match stopped {
            None => self.last,
            // Nothing that was recorded says what happened later than a job after the last gradient.
            Some(stopped) => stopped.time.min(self.last.saturating_add(self.longest)),
        };
        let (statistics, impossible_times) = (self.statistics, self.accounts.impossible_times());
        let workers = self.accounts.close(duration);
        let wasted = Waste::of_all(&workers);
        let gradients = statistics.gradients();
        self.at_the_door.close(gradients + statistics.given_up);
        let overruns = statistics.overruns;
        let per_second =
            |count: u64| (!duration.is_zero()).then(|| count as f64 / duration.as_secs_f64());
        let served = stopped.map_or(Duration::ZERO, |stopped| stopped.served);
        Explanation {
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
            withdrawn: self.withdrawn,
            lost: wasted.lost.jobs,
            wasted,
            lost_because: self.lost_because,
            out: self.ledger.n_out(),
            gradients_per_second: per_second(gradients),
            updates_per_second: per_second(version.number()),
            staleness: StalenessSummary::of(&statistics),
            concurrency: Outstanding {
                all: Concurrency::of(&statistics),
                over_time: self.concurrency.points(),
            },
            impossible_times,
            altered: None,
            conservation: self.ledger.close(version, incomplete),
            queued: Queued::of_all(&workers),
            at_the_door: self.at_the_door,
            serving: served.saturating_add(total(&workers, Activity::Serving)),
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
            findings: Vec::new(),
        }
    }
}

/// The time that all workers together were at this.
fn total(workers: &[Account], activity: Activity) -> Duration {
    let times = workers.iter().map(|worker| worker.times.at(activity));
    times.fold(Duration::ZERO, Duration::saturating_add)
}

impl Cores {
    fn of(header: &Header, workers: &[Account], duration: Duration) -> Option<Self> {
        let cores = header.machine.cores;
        if header.clock() == Clock::Virtual || duration.is_zero() || cores == 0 {
            return None;
        }
        let computing = total(workers, Activity::Computing).div_duration_f64(duration);
        Some(Self {
            cores,
            computing,
            share: computing / cores as f64,
        })
    }
}
