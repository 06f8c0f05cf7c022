//! What each worker was at, at every moment of a run, out of the lines of its trace.

use std::time::Duration;

use ps_core::{Event, JobId, JobTimes, Unfinished, WorkerId};
use serde::Serialize;

use trace::{Leaving, Line, json};

/// What a worker does at a moment.
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
    /// It is inside the oracle; and whatever it is at with a job that is out at the end.
    Computing,
    /// It waits for the rest of its emulated compute time.
    Injected,
    /// Its gradient is on its way: an injected delay.
    Upload,
    /// It runs turns of the server; where there is none, it adds its gradient to the model and
    /// tells of it.
    Serving,
    /// It has the job with which it is lost, until that is known, or for as long as it stays there.
    Lost,
}

impl Activity {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 8] = [
        Self::Download,
        Self::Computing,
        Self::Injected,
        Self::Upload,
        Self::Serving,
        Self::HandOver,
        Self::Lost,
        Self::Idle,
    ];

    /// Its name in texts and tables.
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
            Self::Lost => "lost",
        }
    }
}

/// A worker was at one thing for some time. Spans of a worker follow one another without gap or
/// overlap, and none is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Span {
    /// The worker.
    pub worker: WorkerId,
    /// What it was at.
    pub activity: Activity,
    /// When it began.
    #[serde(serialize_with = "json::seconds")]
    pub from: Duration,
    /// When it ended.
    #[serde(serialize_with = "json::seconds")]
    pub to: Duration,
    /// The job that it was at, if at one.
    pub job: Option<JobId>,
}

impl Span {
    /// How long the worker was at it.
    pub fn length(&self) -> Duration {
        self.to - self.from
    }
}

/// Turns lines into spans, one worker at a time, as they come. It remembers a few moments for each
/// worker.
#[derive(Clone, Debug, Default)]
pub struct Activities {
    workers: Vec<Progress>,
    /// Number of jobs with times that run backwards, which no run records: lines are missing or
    /// altered.
    impossible: u64,
}

/// What the lines read so far tell of a worker.
#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    /// Until when they tell what it was at.
    until: Duration,
    /// The job that it was lost with.
    lost: Option<JobId>,
    /// Its first two jobs that were still out at the end, and since when it had them.
    out: [Option<(JobId, Duration)>; 2],
    /// Whether a line at the end tells what it was at.
    has_left: bool,
}

impl Progress {
    /// One more job was still out at the end.
    fn is_out(&mut self, job: JobId, assigned: Duration) {
        let [first, second] = &mut self.out;
        let place = if first.is_none() { first } else { second };
        place.get_or_insert((job, assigned));
    }

    /// When this job was assigned, if it is the first of those still out; it is then no longer one
    /// of them.
    fn take_up(&mut self, job: JobId) -> Option<Duration> {
        let (first, assigned) = self.out[0]?;
        (first == job).then(|| {
            self.out = [self.out[1], None];
            assigned
        })
    }
}

impl Activities {
    /// For a run of this many workers, at its beginning.
    pub fn new(n_workers: usize) -> Self {
        Self {
            workers: vec![Progress::default(); n_workers],
            impossible: 0,
        }
    }

    /// How many times of the trace could not have been, and were cut.
    pub fn impossible(&self) -> u64 {
        self.impossible
    }

    /// Takes the next line, and hands out the spans that it tells of.
    pub fn take(&mut self, line: &Line, out: &mut impl FnMut(Span)) {
        match line {
            Line::Event(Event::Received(received)) => {
                let (job, times) = (received.job, received.times);
                self.job(received.worker, received.assigned, job, times, out);
            }
            Line::Event(Event::Lost(lost)) => {
                self.lose(lost.worker, lost.job, lost.assigned, lost.time, out);
            }
            Line::Event(Event::Assigned(unfinished)) => {
                let Unfinished {
                    worker, job, time, ..
                } = *unfinished;
                self.workers[worker.index()].is_out(job, time);
            }
            Line::Left(left) => self.leave(left, out),
            Line::Last(stopped) => self.finish(stopped.time, out),
            _ => {}
        }
    }

    /// Ends the run at this time. A worker that has not come back is still inside its oracle;
    /// whoever else is not accounted for until then has had no job, or none that it had taken up.
    pub fn finish(&mut self, end: Duration, out: &mut impl FnMut(Span)) {
        for index in 0..self.workers.len() {
            let worker = WorkerId::new(index);
            let progress = self.workers[index];
            let job = progress.out[0].map(|(job, _)| job);
            if let Some((_, assigned)) = progress.out[0] {
                self.advance(worker, Activity::Idle, assigned.min(end), None, out);
            }
            match (progress.has_left, job) {
                (false, _) if progress.lost.is_some() => {
                    self.advance(worker, Activity::Lost, end, progress.lost, out);
                }
                (false, Some(job)) => {
                    self.advance(worker, Activity::Computing, end, Some(job), out);
                }
                (true, Some(_)) => {
                    self.advance(worker, Activity::HandOver, end, job, out);
                }
                _ => self.advance(worker, Activity::Idle, end, None, out),
            }
        }
    }

    fn job(
        &mut self,
        worker: WorkerId,
        assigned: Duration,
        job: JobId,
        times: JobTimes,
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
        let since = self.workers[worker.index()].until;
        if started < since || finished < started + download + computed + upload {
            self.impossible += 1;
        }
        let some = Some(job);
        for (activity, to, job) in [
            (Activity::Serving, (since + served).min(started), None),
            (Activity::Idle, assigned.min(started), None),
            (Activity::HandOver, started, some),
            (Activity::Download, started + download, some),
            (Activity::Computing, started + download + computed, some),
            (Activity::Injected, finished.saturating_sub(upload), some),
            (Activity::Upload, finished, some),
        ] {
            self.advance(worker, activity, to, job, out);
        }
    }

    /// Nobody knows when the worker took up the job that it was lost with, but it has been with it
    /// since it was free for it.
    fn lose(
        &mut self,
        worker: WorkerId,
        job: JobId,
        assigned: Duration,
        time: Duration,
        out: &mut impl FnMut(Span),
    ) {
        self.workers[worker.index()].lost.get_or_insert(job);
        self.advance(worker, Activity::Idle, assigned.min(time), None, out);
        self.advance(worker, Activity::Lost, time, Some(job), out);
    }

    /// What a worker was at when the run ended.
    fn leave(&mut self, left: &Leaving, out: &mut impl FnMut(Span)) {
        let (worker, end) = (left.worker, left.time);
        let progress = &mut self.workers[worker.index()];
        progress.has_left = true;
        match left.last {
            // It was taken for lost, and came back from its oracle later.
            Some((job, times)) if progress.lost == Some(job) => {
                let back = times.started + times.download + times.computed;
                self.advance(worker, Activity::Lost, back.min(end), Some(job), out);
            }
            Some((job, times)) if times.finished > progress.until => {
                let assigned = progress.take_up(job).unwrap_or(times.started);
                self.job(worker, assigned, job, times, out);
            }
            // It has come back, so that a line of its own has told of it.
            _ => {}
        }
        let since = self.workers[worker.index()].until;
        let serving = (since + left.serving).min(end);
        self.advance(worker, Activity::Serving, serving, None, out);
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
        let until = &mut self.workers[worker.index()].until;
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
