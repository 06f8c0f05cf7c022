//! What a trace says of how long each worker was at its jobs.

use std::time::Duration;

use ps_core::{Event, JobTimes, WorkerId};

use crate::line::Line;
use crate::survival::{JobTime, completed};

/// The jobs of each worker, in the order in which they ended, and whether they came to their end.
#[derive(Clone, Debug, Default)]
pub struct RecordedJobs(Vec<Jobs>);

#[derive(Clone, Debug, Default)]
struct Jobs {
    ended: Vec<(JobTimes, bool)>,
    longest: Duration,
    /// When the last one ended.
    free: Duration,
    /// How long it has been at one that never came back.
    last: Option<Duration>,
}

impl RecordedJobs {
    /// No jobs yet, of this many workers.
    pub fn new(n_workers: usize) -> Self {
        Self(vec![Jobs::default(); n_workers])
    }

    /// Takes the jobs that a line tells of.
    pub fn take(&mut self, line: &Line) {
        match line {
            Line::Event(Event::Received(received)) => {
                let is_whole = received.action.has_gradient();
                self.end(received.worker, received.times, is_whole);
            }
            Line::Event(Event::Lost(lost)) => {
                let jobs = &mut self.0[lost.worker.index()];
                let since = jobs.free.max(lost.assigned);
                // The first is the one that it was at; the others waited.
                jobs.last.get_or_insert(lost.time.saturating_sub(since));
            }
            Line::Left(left) => {
                let jobs = &mut self.0[left.worker.index()];
                if let Some((_, times)) = left.last
                    && times.started >= jobs.free
                {
                    jobs.last.get_or_insert(busy(&times));
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, worker: WorkerId, times: JobTimes, is_whole: bool) {
        let jobs = &mut self.0[worker.index()];
        jobs.ended.push((times, is_whole));
        jobs.free = times.finished;
        if is_whole {
            jobs.longest = jobs.longest.max(busy(&times));
        }
    }

    /// The jobs of each worker with the times that they took, or would have taken. A job that never
    /// came back is one of them if it had taken longer than any other: then it is known that there
    /// are such jobs. Empty for a worker that finished none.
    pub fn completed(self) -> Vec<Vec<(JobTimes, bool, Duration)>> {
        self.0.into_iter().map(Jobs::completed).collect()
    }

    /// How many jobs came back from each worker.
    pub fn counts(&self) -> Vec<usize> {
        self.0.iter().map(|jobs| jobs.ended.len()).collect()
    }
}

impl Jobs {
    fn completed(mut self) -> Vec<(JobTimes, bool, Duration)> {
        if let Some(time) = self.last.filter(|time| *time > self.longest) {
            let times = JobTimes {
                finished: time,
                computed: time,
                ..JobTimes::default()
            };
            self.ended.push((times, false));
        }
        let job = |(times, is_whole): &(JobTimes, bool)| JobTime {
            time: busy(times),
            is_whole: *is_whole,
        };
        let times: Vec<JobTime> = self.ended.iter().map(job).collect();
        let ended = self.ended.into_iter().zip(completed(&times));
        ended
            .map(|((times, is_whole), time)| (times, is_whole, time))
            .collect()
    }
}

/// From when the worker took it up to when it was done with it.
fn busy(times: &JobTimes) -> Duration {
    times.finished.saturating_sub(times.started)
}
