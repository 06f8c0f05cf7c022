//! Running a server through the lines of a trace, and comparing each with what happens.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use methods::Engine;
use ps_core::{
    Action, Event, Failure, Lost, Observer, Oracle, Outcome, Overrun, Received, Scalar, Seed,
    Service, StopReason,
};
use workers::ReplayDriver;

use super::divergence::{Divergence, Rounding};
use super::versions::Seen;
use trace::statistics::Shared;
use trace::{Clock, Header, LastLine, Line};

/// A replay under way.
pub(super) struct Turns<T: Scalar> {
    pub(super) engine: Engine<T>,
    pub(super) driver: ReplayDriver<T>,
    pub(super) oracle: Option<Arc<dyn Oracle<T>>>,
    pub(super) seen: Shared<Seen<T>>,
    /// What the replay has said since the line before.
    said: Shared<VecDeque<Line>>,
    /// The overrun of the gradient whose line comes next.
    overrun: Option<(u64, Overrun)>,
    /// The time of the last turn.
    now: Duration,
    /// When each worker's last job finished.
    finished: Vec<Duration>,
    clock: Clock,
    rounding: Rounding,
    /// The trace's last line, if it has one.
    stopped: Option<LastLine>,
}

/// Collects what the replay says. How it ends is compared with the last line.
struct Collector(Shared<VecDeque<Line>>);

impl Observer for Collector {
    fn observe(&mut self, event: &Event) {
        if !matches!(event, Event::Stopped(_)) {
            self.0
                .with(|said| said.push_back(Line::Event(event.clone())));
        }
    }
}

impl<T: Scalar> Turns<T> {
    pub(super) fn begin(
        header: &Header,
        mut engine: Engine<T>,
        oracle: Option<Arc<dyn Oracle<T>>>,
        seen: Shared<Seen<T>>,
        stopped: Option<LastLine>,
    ) -> Self {
        let mut driver = ReplayDriver::new(header.workers(), Seed::new(header.spec.seed));
        let said = Shared::new(VecDeque::new());
        engine.add_observer(Box::new(Collector(said.clone())));
        driver.start(&mut engine);
        Self {
            engine,
            driver,
            oracle,
            seen,
            said,
            overrun: None,
            now: Duration::ZERO,
            finished: vec![Duration::ZERO; header.workers()],
            clock: header.clock(),
            rounding: Rounding::of(header),
            stopped,
        }
    }

    pub(super) fn version(&self) -> u64 {
        self.engine.model().version().number()
    }

    /// Takes the next line of the trace.
    pub(super) fn take(&mut self, number: u64, line: Line) -> Result<(), Divergence> {
        if let Some((line_of_overrun, _)) = self.overrun
            && !matches!(line, Line::Event(Event::Received(_)))
        {
            let expected = "overrun and received";
            let found = format!("overrun and {}", line.word());
            return Err(self.diverge(line_of_overrun, "event", expected, found));
        }
        match line {
            Line::Event(Event::Overrun(overrun)) => {
                self.overrun = Some((number, overrun));
                return Ok(());
            }
            Line::Event(Event::Received(received)) => self.receive(number, received)?,
            Line::Event(Event::Lost(lost)) => self.lose(number, lost)?,
            Line::Event(event) => {
                if matches!(event, Event::Assigned(_)) {
                    self.stop();
                }
                self.hear(number, Line::Event(event))?;
            }
            Line::Last(last) => return self.end(number, &last),
            // Evaluated versions are compared when they are made.
            Line::Evaluated(_) | Line::Left(_) => {}
        }
        let divergence = self.seen.with(|seen| seen.divergence.take());
        divergence.map_or(Ok(()), Err)
    }

    fn diverge(
        &self,
        line: u64,
        field: &str,
        expected: impl std::fmt::Display,
        found: impl std::fmt::Display,
    ) -> Divergence {
        Divergence::new(line, self.version(), field, expected, found)
    }

    fn receive(&mut self, number: u64, mut received: Received) -> Result<(), Divergence> {
        self.nothing_unsaid(number, "received")?;
        let Received { worker, job, .. } = received;
        if let Some((line, overrun)) = self.overrun.take() {
            if overrun.worker != worker || overrun.job != job {
                let (expected, found) = (overrun.job, job);
                return Err(self.diverge(line, "job", expected, found));
            }
            received.times.overrun = Some(overrun.asked);
            self.turn(number, &received)?;
            self.hear(line, Line::Event(Event::Overrun(overrun)))?;
        } else {
            self.turn(number, &received)?;
        }
        self.hear(number, Line::Event(Event::Received(received)))
    }

    /// The job comes back, as recorded.
    fn turn(&mut self, number: u64, received: &Received) -> Result<(), Divergence> {
        let Received {
            worker, job, time, ..
        } = *received;
        self.check_times(number, received)?;
        match self.driver.running(worker).map(|job| job.id) {
            Some(found) if found == job => {}
            Some(found) => return Err(self.diverge(number, "job", job, found)),
            None => return Err(self.diverge(number, "job", job, "no job with this worker")),
        }
        // A job that came back without a gradient is not computed. Whether it was cancelled or late
        // is for the engine to say.
        let oracle = self.oracle.as_deref();
        let oracle = oracle.filter(|_| received.action.has_gradient());
        let has_limit = self
            .driver
            .running(worker)
            .is_some_and(|job| job.limit.is_some());
        let outcome = match received.action {
            Action::Expired if has_limit => Outcome::Expired,
            Action::Rejected => Outcome::Failed(Failure::NotFinite),
            _ => Outcome::Gradient,
        };
        let times = received.times;
        let done = self
            .driver
            .complete(&mut self.engine, oracle, worker, times, outcome, time);
        self.now = time;
        self.finished[worker.index()] = times.finished;
        done.map_err(|failure| self.diverge(number, "event", "received", failure))
    }

    /// Times cannot be made again; but they must be possible.
    fn check_times(&self, number: u64, received: &Received) -> Result<(), Divergence> {
        let times = &received.times;
        let free = self.finished[received.worker.index()];
        let worked = times.download + times.computed + times.upload;
        let latest = times.finished.saturating_sub(worked);
        let check = |field, time: Duration, from: Duration, to: Duration| {
            let bound = if time < from {
                format!("at least {from:?}")
            } else if time > to {
                format!("at most {to:?}")
            } else {
                return Ok(());
            };
            Err(self.diverge(number, field, format!("{time:?}"), bound))
        };
        let (time, finished) = (received.time, times.finished);
        let waited = times.started.saturating_sub(free);
        check("time", time, self.now.max(finished), Duration::MAX)?;
        let earliest = received.assigned.max(free);
        check("started", times.started, earliest, latest)?;
        check("served", times.served, Duration::ZERO, waited)?;
        if self.clock == Clock::Virtual && time != finished {
            let (expected, found) = (format!("{time:?}"), format!("{finished:?}"));
            return Err(self.diverge(number, "time", expected, found));
        }
        Ok(())
    }

    fn lose(&mut self, number: u64, lost: Lost) -> Result<(), Divergence> {
        // The first line of a lost worker makes the turn; those of its other jobs are said in the
        // same one.
        if self.said.with(|said| said.is_empty()) {
            let Some(failure) = Failure::from_message(&lost.reason) else {
                return Err(self.diverge(number, "reason", &*lost.reason, "no reason of a loss"));
            };
            if lost.time < self.now {
                let (time, now) = (lost.time, self.now);
                let bound = format!("at least {now:?}");
                return Err(self.diverge(number, "time", format!("{time:?}"), bound));
            }
            self.now = lost.time;
            self.driver
                .lose(&mut self.engine, lost.worker, &failure, lost.time);
        }
        self.hear(number, Line::Event(Event::Lost(lost)))
    }

    /// The replay must have said this next.
    fn hear(&mut self, number: u64, expected: Line) -> Result<(), Divergence> {
        let Some(found) = self.said.with(VecDeque::pop_front) else {
            let found = match self.engine.stopped() {
                Some(reason) => format!("the end of the run: {reason}"),
                None => "nothing".to_owned(),
            };
            return Err(self.diverge(number, "event", expected.word(), found));
        };
        self.compare(number, &expected, &found)
    }

    fn compare(&self, number: u64, expected: &Line, found: &Line) -> Result<(), Divergence> {
        let lines = [expected, found];
        Divergence::between(number, self.version(), lines, self.rounding).map_or(Ok(()), Err)
    }

    fn nothing_unsaid(&self, number: u64, expected: &str) -> Result<(), Divergence> {
        let unsaid = self.said.with(|said| said.front().map(Line::word));
        unsaid.map_or(Ok(()), |found| {
            Err(self.diverge(number, "event", expected, found))
        })
    }

    /// Ends the run if it has not ended by itself, as recorded.
    fn stop(&mut self) {
        let (reason, time) = match &self.stopped {
            Some(stopped) => (asked(&stopped.reason), stopped.time),
            None => (StopReason::Requested, self.now),
        };
        self.engine.stop(reason, time);
    }

    fn end(&mut self, number: u64, stopped: &LastLine) -> Result<(), Divergence> {
        self.stop();
        self.nothing_unsaid(number, "stopped")?;
        let reason = self.engine.stopped().cloned();
        let reason = reason.unwrap_or(StopReason::Requested);
        // With the last update the method may leave nothing to do, too; the run was ended by the
        // update before it starved.
        let reason = match (&reason, asked(&stopped.reason)) {
            (StopReason::Starved { .. } | StopReason::AllLost { .. }, reached)
                if is_of_version(&reached) || is_of_turn(&reached) =>
            {
                reached
            }
            // As it was called before it said who was lost.
            (StopReason::AllLost { .. }, _) if stopped.reason == "starved" => {
                StopReason::Starved { alive: 0 }
            }
            _ => reason,
        };
        // What panicked is somebody's own, and a replay may do without it.
        let (word, message) = match stopped.reason.as_str() {
            "panicked" => (stopped.reason.clone(), stopped.message.clone()),
            _ => (reason.word().to_owned(), reason.failure()),
        };
        let found = LastLine {
            time: self.engine.stopped_at().unwrap_or_default(),
            version: self.engine.model().version(),
            reason: word,
            message,
            model_hash: match self.rounding {
                Rounding::Same => trace::model_hash(self.engine.model().values()),
                Rounding::Other => stopped.model_hash.clone(),
            },
            ..stopped.clone()
        };
        let (expected, found) = (Line::Last(stopped.clone()), Line::Last(found));
        self.compare(number, &expected, &found)?;
        // The turn of the last update or gradient ends the run; other reasons come from outside, at any later
        // time.
        let (time, now) = (stopped.time, self.now);
        let is_late = time > now && is_of_turn(&reason);
        if time < now || is_late {
            let expected = format!("{time:?}");
            return Err(self.diverge(number, "time", expected, format!("{now:?}")));
        }
        Ok(())
    }
}

/// Whether a version ends the run for this reason as soon as it is there.
fn is_of_version(reason: &StopReason) -> bool {
    matches!(
        reason,
        StopReason::TargetGradientNorm | StopReason::TargetLoss
    )
}

/// Whether a turn ends the run for this reason, with nothing from outside.
fn is_of_turn(reason: &StopReason) -> bool {
    matches!(reason, StopReason::Updates | StopReason::Gradients)
}

/// The reason for which somebody else ended the run.
fn asked(word: &str) -> StopReason {
    let all = [
        StopReason::Updates,
        StopReason::Seconds,
        StopReason::Gradients,
        StopReason::TargetGradientNorm,
        StopReason::TargetLoss,
        StopReason::Interrupted,
    ];
    let named = all.into_iter().find(|reason| reason.word() == word);
    named.unwrap_or(StopReason::Requested)
}
