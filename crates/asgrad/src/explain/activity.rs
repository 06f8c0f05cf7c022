//! What each worker was at, at every moment of a run, out of the lines of its trace.

use std::time::Duration;

use ps_core::{JobId, JobTimes, WorkerId};
use serde::Serialize;

use crate::{Left, Line, json};

/// What a worker is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Activity {
    /// It has no job.
    Idle,
    /// It has a job and has not taken it up yet.
    HandOver,
    /// Its model is on its way: an injected delay.
    Download,
    /// It is inside the oracle.
    Computing,
    /// It waits for the rest of its emulated compute time.
    Injected,
    /// Its gradient is on its way: an injected delay.
    Upload,
    /// It runs turns of the server.
    Serving,
}

impl Activity {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 7] = [
        Self::Download,
        Self::Computing,
        Self::Injected,
        Self::Upload,
        Self::Serving,
        Self::HandOver,
        Self::Idle,
    ];

    /// Its name for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::HandOver => "hand-over",
            Self::Download => "download",
            Self::Computing => "computing",
            Self::Injected => "injected",
            Self::Upload => "upload",
            Self::Serving => "serving",
        }
    }
}

/// A worker was at one thing for some time. Spans of a worker follow one another without gap or overlap, and none is
/// empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Span {
    /// Who.
    #[serde(serialize_with = "json::worker")]
    pub worker: WorkerId,
    /// At what.
    pub activity: Activity,
    /// Since when.
    #[serde(serialize_with = "json::seconds")]
    pub from: Duration,
    /// Until when.
    #[serde(serialize_with = "json::seconds")]
    pub to: Duration,
    /// With which job, if with one.
    #[serde(serialize_with = "json::job_if_any")]
    pub job: Option<JobId>,
}

impl Span {
    /// How long.
    #[must_use]
    pub fn length(&self) -> Duration {
        self.to - self.from
    }
}

/// Turns lines into spans, one worker at a time, as they come. It remembers one moment for each worker.
#[derive(Clone, Debug)]
pub struct Activities {
    /// Until when each worker is accounted for.
    until: Vec<Duration>,
    /// Times that would have run back, which no run does: the trace is not whole.
    impossible: u64,
}

impl Activities {
    /// For a run of this many workers, at its beginning.
    #[must_use]
    pub fn new(n_workers: usize) -> Self {
        Self {
            until: vec![Duration::ZERO; n_workers],
            impossible: 0,
        }
    }

    /// How many times of the trace could not have been, and were cut.
    #[must_use]
    pub fn impossible(&self) -> u64 {
        self.impossible
    }

    /// Takes the next line, and hands out the spans that it tells of.
    pub fn take(&mut self, line: &Line, out: &mut impl FnMut(Span)) {
        match line {
            Line::Received(received) => {
                let job = (received.job, received.times);
                self.job(received.worker, received.assigned, job, out);
            }
            // Nobody knows when it took the job up, but it has been with it since.
            Line::Lost(lost) => {
                self.advance(
                    lost.worker,
                    Activity::Computing,
                    lost.time,
                    Some(lost.job),
                    out,
                );
            }
            Line::Left(left) => self.leave(left, out),
            Line::Stopped(stopped) => self.finish(stopped.time, out),
            _ => {}
        }
    }

    /// Ends the run at this time: whoever is not accounted for until then has been idle.
    pub fn finish(&mut self, end: Duration, out: &mut impl FnMut(Span)) {
        for worker in (0..self.until.len()).map(WorkerId::new) {
            self.advance(worker, Activity::Idle, end, None, out);
        }
    }

    fn job(
        &mut self,
        worker: WorkerId,
        assigned: Duration,
        (job, times): (JobId, JobTimes),
        out: &mut impl FnMut(Span),
    ) {
        let JobTimes {
            started,
            finished,
            download,
            computed,
            upload,
            served,
            ..
        } = times;
        let since = self.until[worker.index()];
        if started < since || finished < started + download + computed + upload {
            self.impossible += 1;
        }
        let some = Some(job);
        self.advance(
            worker,
            Activity::Serving,
            (since + served).min(started),
            None,
            out,
        );
        self.advance(worker, Activity::Idle, assigned.min(started), None, out);
        self.advance(worker, Activity::HandOver, started, some, out);
        self.advance(worker, Activity::Download, started + download, some, out);
        self.advance(
            worker,
            Activity::Computing,
            started + download + computed,
            some,
            out,
        );
        self.advance(
            worker,
            Activity::Injected,
            finished.saturating_sub(upload),
            some,
            out,
        );
        self.advance(worker, Activity::Upload, finished, some, out);
    }

    /// What a worker was at when the run ended.
    fn leave(&mut self, left: &Left, out: &mut impl FnMut(Span)) {
        let end = left.time;
        if let Some((job, times)) = left.last
            && times.finished > self.until[left.worker.index()]
        {
            // It has not come back, so no line says when it was assigned: some time before it was taken up.
            let assigned = times.started;
            self.job(left.worker, assigned, (job, times), out);
        }
        let since = self.until[left.worker.index()];
        let serving = (since + left.serving).min(end);
        self.advance(left.worker, Activity::Serving, serving, None, out);
    }

    /// The worker was at this until then, if that is not past.
    fn advance(
        &mut self,
        worker: WorkerId,
        activity: Activity,
        to: Duration,
        job: Option<JobId>,
        out: &mut impl FnMut(Span),
    ) {
        let until = &mut self.until[worker.index()];
        if to > *until {
            let from = std::mem::replace(until, to);
            out(Span {
                worker,
                activity,
                from,
                to,
                job,
            });
        }
    }
}
