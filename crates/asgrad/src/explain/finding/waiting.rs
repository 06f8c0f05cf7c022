//! Who waits: workers for jobs, and jobs for workers.

use std::fmt;
use std::time::Duration;

use methods::rules::Outstanding;
use ps_core::WorkerId;
use serde::Serialize;

use super::super::{Account, Activity, Explanation};
use super::words::{named, others, percent, time, two_digits};
use crate::{Header, json};

/// A worker that is idle for longer could do twice the work.
const MOSTLY: f64 = 0.5;

/// A job that waits for longer than it is worked on is twice as stale as it need be.
const LONG_QUEUE: f64 = 1.0;

/// Below this many jobs out on average than there should be, the method holds workers back between updates.
const HELD_BACK: f64 = 0.5;

/// Why workers are idle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WhyIdle {
    /// There are fewer jobs than workers, by definition of the method.
    ByDefinition,
    /// There are fewer jobs than workers, as was asked for.
    FewJobs,
    /// The method waits for others before it assigns.
    Waiting,
    /// Jobs are assigned to workers that are busy.
    Assignment,
}

/// Workers were idle for most of the time.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Idle {
    /// How many.
    pub workers: u64,
    /// Of how many.
    pub of: usize,
    /// Who most of all.
    #[serde(serialize_with = "json::worker")]
    pub most: WorkerId,
    /// For what share of the time.
    pub share: f64,
    /// Why.
    pub because: WhyIdle,
    /// Methods that keep all workers at work.
    pub instead: Option<String>,
}

impl Idle {
    pub(super) fn find(of: &Explanation) -> Option<Self> {
        let share = |worker: &Account| {
            let total = worker.times.total();
            (!total.is_zero()).then(|| worker.times.at(Activity::Idle).div_duration_f64(total))
        };
        let idle = of.workers.iter().filter(|worker| worker.lost == 0);
        let idle = idle.filter_map(|worker| Some((worker.worker, share(worker)?)));
        let idle = idle.filter(|(_, share)| *share > MOSTLY);
        let (mut workers, mut most) = (0, None);
        for (worker, share) in idle {
            workers += 1;
            most = most
                .filter(|(_, most)| *most >= share)
                .or(Some((worker, share)));
        }
        let (most, share) = most?;
        Some(Self {
            workers,
            of: of.header.workers,
            most,
            share,
            because: why_idle(of),
            instead: others(&["pure"], &of.header),
        })
    }
}

fn why_idle(of: &Explanation) -> WhyIdle {
    let Header {
        concurrency,
        workers,
        ..
    } = of.header;
    let usual = of.concurrency.all.mean.unwrap_or_default();
    let is_one = |named: &methods::rules::Named| named.outstanding == Outstanding::One;
    match concurrency < workers {
        true if named(&of.header).is_some_and(is_one) => WhyIdle::ByDefinition,
        true => WhyIdle::FewJobs,
        false if usual < concurrency as f64 - HELD_BACK => WhyIdle::Waiting,
        // As many jobs as workers, and some have none: others have several.
        false => WhyIdle::Assignment,
    }
}

impl fmt::Display for Idle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            workers, of, most, ..
        } = self;
        let share = percent(self.share);
        let verb = if *workers == 1 { "was" } else { "were" };
        write!(
            f,
            "{workers} of {of} workers {verb} idle for more than half of the time (worker {most} for {share}) because "
        )?;
        let instead = match &self.instead {
            Some(instead) => format!(", or use {instead}"),
            None => String::new(),
        };
        match self.because {
            WhyIdle::ByDefinition => write!(
                f,
                "the method has one job out at a time: it is there to compare with, not to be fast{instead}"
            ),
            WhyIdle::FewJobs => write!(
                f,
                "fewer jobs are out than there are workers; raise --concurrency"
            ),
            WhyIdle::Waiting => write!(
                f,
                "the method waits for slower ones before it assigns again; wait for fewer (b){instead}"
            ),
            WhyIdle::Assignment => write!(
                f,
                "their jobs went to workers that were busy; raise --concurrency (jobs become staler){instead}"
            ),
        }
    }
}

/// Jobs waited longer than they were worked on.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Queues {
    /// The mean wait.
    #[serde(serialize_with = "json::seconds")]
    pub mean: Duration,
    /// How many times as long as a job is worked on.
    pub ratio: f64,
    /// Whose jobs waited longest.
    #[serde(serialize_with = "json::worker")]
    pub most: WorkerId,
    /// How long, on average.
    #[serde(serialize_with = "json::seconds")]
    pub most_mean: Duration,
    /// How many jobs were out for each worker, if more than one.
    pub jobs_each: Option<f64>,
    /// Gradients a second if all workers get equally many jobs: `n/s_n`, with `s_n` the slowest worker's time for one.
    pub pace: Option<f64>,
    /// Methods without queues.
    pub instead: Option<String>,
}

impl Queues {
    pub(super) fn find(of: &Explanation) -> Option<Self> {
        let worked = of
            .workers
            .iter()
            .map(at_work)
            .fold(Duration::ZERO, Duration::saturating_add);
        let ratio = of.queued.total.div_duration_f64(worked);
        let most = of.workers.iter().max_by_key(|worker| worker.queued.mean)?;
        let jobs_each = of.header.concurrency as f64 / of.header.workers as f64;
        (!worked.is_zero() && ratio > LONG_QUEUE).then(|| Self {
            mean: of.queued.mean.unwrap_or_default(),
            ratio,
            most: most.worker,
            most_mean: most.queued.mean.unwrap_or_default(),
            jobs_each: (jobs_each > 1.0).then_some(jobs_each),
            pace: pace(&of.workers),
            instead: others(&["pure"], &of.header),
        })
    }
}

/// The time that a worker was at its jobs.
fn at_work(worker: &Account) -> Duration {
    let at_jobs = [
        Activity::Download,
        Activity::Computing,
        Activity::Injected,
        Activity::Upload,
    ];
    let times = at_jobs.map(|activity| worker.times.at(activity));
    times
        .into_iter()
        .fold(Duration::ZERO, Duration::saturating_add)
}

fn pace(workers: &[Account]) -> Option<f64> {
    let seconds = |worker: &Account| {
        let each = at_work(worker).as_secs_f64() / worker.gradients as f64;
        (worker.gradients > 0).then_some(each)
    };
    let slowest = workers.iter().filter_map(seconds).fold(0.0, f64::max);
    (slowest > 0.0).then(|| workers.len() as f64 / slowest)
}

impl fmt::Display for Queues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mean, ratio) = (time(self.mean), two_digits(self.ratio));
        let (most, most_mean) = (self.most, time(self.most_mean));
        write!(
            f,
            "jobs waited {mean} on average for a worker that was busy, {ratio} times as long as they were worked on, and \
             longest at worker {most} ({most_mean} each): "
        )?;
        match (self.jobs_each, self.pace, &self.instead) {
            (Some(jobs), _, _) => {
                let jobs = two_digits(jobs);
                write!(
                    f,
                    "{jobs} jobs are out for each worker, and waiting makes them stale; lower --concurrency"
                )
            }
            (None, Some(pace), Some(instead)) => write!(
                f,
                "a method that gives slow workers as many jobs as fast ones makes at most n/s_n = {} gradients a second; \
                 if that is too few, {instead} has no queues",
                two_digits(pace)
            ),
            _ => write!(f, "the slow ones get more jobs than they can do"),
        }
    }
}
