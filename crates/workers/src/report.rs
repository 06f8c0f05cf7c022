//! What a driver has to say about a run that has ended.

use std::time::Duration;

use ps_core::{JobId, JobTimes, WorkerId};

/// What the driver has to say about a run that has ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// What each worker that came back was at when the run ended.
    pub leaving: Vec<Leaving>,
    /// Workers whose oracle had not come back when patience ran out. Their threads are left behind.
    pub left_behind: Vec<WorkerId>,
    /// How long threads were serving that are no workers: the server's own, if it had one, and the one that called, which
    /// serves when something is due.
    pub served: Duration,
}

/// What a worker was at when the run ended. Nothing in it lasts longer than the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Leaving {
    /// Who.
    pub worker: WorkerId,
    /// How long it had been serving since it took up its last job.
    pub serving: Duration,
    /// The last job that it took up, back or not, as far as it had come.
    pub last: Option<(JobId, JobTimes)>,
}

impl Leaving {
    /// What a worker was at at the end of a run; what happened later is cut off.
    pub(crate) fn at(
        end: Duration,
        worker: WorkerId,
        serving: Duration,
        last: Option<(JobId, JobTimes)>,
    ) -> Self {
        let cut = |(job, times): (JobId, JobTimes)| {
            let started = times.started.min(end);
            let begun = (times.started + times.download).min(end);
            let computed = (begun + times.computed).min(end);
            let finished = match times.finished {
                Duration::ZERO => end,
                finished => finished,
            };
            let sent = finished.saturating_sub(times.upload);
            let sent = sent.max(computed).min(end);
            let finished = finished.min(end);
            let times = JobTimes {
                started,
                download: begun - started,
                computed: computed - begun,
                finished,
                upload: finished.saturating_sub(sent),
                ..times
            };
            (job, times)
        };
        let last = last.filter(|(_, times)| times.started <= end).map(cut);
        let since = last.map_or(Duration::ZERO, |(_, times)| times.finished);
        Self {
            worker,
            serving: serving.min(end.saturating_sub(since)),
            last,
        }
    }
}
