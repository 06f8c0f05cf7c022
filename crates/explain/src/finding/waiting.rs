//! Findings about waiting: workers without jobs, and jobs at busy workers.

use std::time::Duration;

use ps_core::WorkerId;
use serde::Serialize;
use trace::rules::Outstanding;

use super::words::{others, percent, time, two_digits};
use crate::account::Account;
use crate::activity::Activity;
use crate::run_facts::RunFacts;
use trace::json;

/// Share of its time from which a worker counts as idle: beyond, it could do twice the work.
const MOSTLY: f64 = 0.5;

/// How many times as long as they take jobs must wait at a worker: most of their staleness then
/// comes from waiting.
const LONG_QUEUE: f64 = 2.0;

/// Share of the gradients that the slowest worker allows from which it is what holds the run back:
/// a run that makes fewer is slow for another reason.
const PACED: f64 = 0.5;

/// How many jobs fewer than it should a method have outstanding, on average, to count as holding
/// workers back between updates.
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
    /// Their gradients wait for the server.
    Server,
    /// Jobs are assigned to workers that are busy.
    Assignment,
    /// A worker does not answer, or was lost.
    Silent,
}

/// Workers were idle for most of the time.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Idle {
    /// Number of workers that were.
    pub workers: u64,
    /// Number of all workers.
    pub of: usize,
    /// The worker that was idle for the largest share of its time.
    pub most: WorkerId,
    /// That share.
    pub share: f64,
    /// Why workers were idle.
    pub because: WhyIdle,
    /// How long gradients waited for the server, on average.
    #[serde(serialize_with = "json::seconds")]
    pub at_the_door: Duration,
    /// Whether the method has a number of gradients to wait for, which can be lowered.
    pub can_wait_for_fewer: bool,
    /// Methods that keep more workers at work.
    pub instead: Option<String>,
}

impl Idle {
    pub(super) fn find(of: &RunFacts) -> Option<Self> {
        if of.header.is_hogwild() {
            // Whoever helps itself is idle only when no job is left.
            return None;
        }
        let share = |worker: &Account| {
            let total = worker.times.total();
            (!total.is_zero()).then(|| worker.times.at(Activity::Idle).div_duration_f64(total))
        };
        let idle = of.workers.iter().filter(|worker| worker.is_alive());
        let idle = idle.filter_map(|worker| Some((worker.worker, share(worker)?)));
        let idle: Vec<_> = idle.filter(|(_, share)| *share > MOSTLY).collect();
        // The first of those that were idle longest.
        let most = idle.iter().rev().max_by(|(_, a), (_, b)| a.total_cmp(b));
        let &(most, share) = most?;
        let can_wait_for_fewer = of.header.named().is_some_and(|named| {
            // A number of gradients for each update; other keys say something else.
            named.parameters.iter().any(|key| key.name == "b")
        });
        let because = why_idle(of);
        let instead: &[&str] = match because {
            WhyIdle::Waiting if !can_wait_for_fewer => &["pure-waiting", "pure"],
            _ => &["pure"],
        };
        Some(Self {
            workers: idle.len() as u64,
            of: of.header.workers(),
            most,
            share,
            because,
            at_the_door: of.at_the_door.mean.unwrap_or_default(),
            can_wait_for_fewer,
            instead: others(instead, &of.header),
        })
    }

    pub(super) fn text(&self) -> String {
        let Self {
            workers, of, most, ..
        } = self;
        let share = percent(self.share);
        let verb = if *workers == 1 { "was" } else { "were" };
        let use_another = |or: &str| match &self.instead {
            Some(instead) => format!("; {or}use {instead} (at the price of favouring the fast)"),
            None => String::new(),
        };
        let (instead, or_instead) = (use_another(""), use_another("or "));
        let waits = "the method waits for slower ones before it assigns again";
        let because = match self.because {
            WhyIdle::ByDefinition => format!(
                "the method has one job out at a time: it is there to compare with, not to be fast{instead}"
            ),
            WhyIdle::FewJobs => {
                "fewer jobs are out than there are workers; raise --concurrency".to_owned()
            }
            WhyIdle::Waiting if self.can_wait_for_fewer => {
                format!("{waits}; wait for fewer{or_instead}")
            }
            WhyIdle::Waiting => format!("{waits}{instead}"),
            WhyIdle::Server => format!(
                "their gradients waited for the server, {} on average; use --server combining, fewer workers, or gradients \
                 that take longer (a larger --batch-size, a longer --unit)",
                time(self.at_the_door)
            ),
            WhyIdle::Silent => {
                "a worker does not answer, or was lost, and they had nothing else to do".to_owned()
            }
            WhyIdle::Assignment => format!(
                "their jobs went to workers that were busy; raise --concurrency (gradients become staler){or_instead}"
            ),
        };
        format!(
            "{workers} of {of} workers {verb} idle for more than half of the time (worker {most} for {share}) because \
             {because}"
        )
    }
}

fn why_idle(of: &RunFacts) -> WhyIdle {
    let (concurrency, workers) = (of.header.concurrency(), of.header.workers());
    let usual = of.concurrency.all.mean.unwrap_or_default();
    let is_one = |named: &trace::rules::NamedMethod| named.what.outstanding == Outstanding::One;
    if concurrency < workers && of.header.named().is_some_and(is_one) {
        return WhyIdle::ByDefinition;
    }
    if concurrency < workers {
        return WhyIdle::FewJobs;
    }
    if !of.waited_for.is_empty() || of.lost > 0 {
        return WhyIdle::Silent;
    }
    if usual < concurrency as f64 - HELD_BACK {
        return WhyIdle::Waiting;
    }
    // As many jobs as workers, and some have none: either the server has their gradients, or
    // others have several.
    if of.at_the_door.total > of.queued.total {
        return WhyIdle::Server;
    }
    WhyIdle::Assignment
}

/// Jobs waited for a worker much longer than they then took.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Queues {
    /// The worker at which they waited longest, beside the time that they took.
    pub worker: WorkerId,
    /// How long a job waited there, on average.
    #[serde(serialize_with = "json::seconds")]
    pub mean: Duration,
    /// How many times as long they waited as they then took.
    pub ratio: f64,
    /// How many jobs were out for each worker, if more than one.
    pub jobs_each: Option<f64>,
    /// Gradients a second if all workers get equally many jobs: `n/s_n`, with `s_n` the slowest
    /// worker's time for one. None if that is not what holds the run back.
    pub pace: Option<f64>,
    /// Methods without queues.
    pub instead: Option<String>,
}

impl Queues {
    pub(super) fn find(of: &RunFacts) -> Option<Self> {
        let ratio = |account: &Account| {
            let work = at_jobs(account);
            (!work.is_zero()).then(|| account.queued.total.div_duration_f64(work))
        };
        let ratios = of
            .workers
            .iter()
            .filter_map(|account| Some((account, ratio(account)?)));
        let (worst, ratio) = ratios.max_by(|(_, a), (_, b)| a.total_cmp(b))?;
        let jobs_each = of.header.concurrency() as f64 / of.header.workers() as f64;
        let is_paced = |pace: &f64| {
            of.gradients_per_second
                .is_some_and(|rate| rate > PACED * pace)
        };
        (ratio > LONG_QUEUE).then(|| Self {
            worker: worst.worker,
            mean: worst.queued.mean.unwrap_or_default(),
            ratio,
            jobs_each: (jobs_each > 1.0).then_some(jobs_each),
            pace: pace(&of.workers).filter(is_paced),
            instead: others(&["pure"], &of.header),
        })
    }

    pub(super) fn text(&self) -> String {
        let (mean, ratio) = (time(self.mean), two_digits(self.ratio));
        let pace = self.pace.map_or_else(String::new, |pace| {
            let pace = two_digits(pace);
            format!(
                ", so the slowest worker sets the pace: in the long run n/s_n = {pace} gradients a second"
            )
        });
        let instead = self.instead.as_ref().map_or_else(String::new, |instead| {
            format!("; {instead} has no queues (but favours the fast)")
        });
        let why = match self.jobs_each.map(two_digits) {
            Some(jobs) => format!(
                "{jobs} jobs are out for each worker, and waiting makes them stale; lower --concurrency"
            ),
            None => format!("jobs are assigned no matter who is free{pace}{instead}"),
        };
        format!(
            "jobs waited {mean} on average until worker {} had finished those before, {ratio} times as long as they \
             then took: {why}",
            self.worker
        )
    }
}

/// The time that a worker was at its jobs, or about to be.
fn at_jobs(worker: &Account) -> Duration {
    let at_jobs = [
        Activity::HandOver,
        Activity::Download,
        Activity::Computing,
        Activity::Injected,
        Activity::Upload,
    ];
    at_jobs.iter().map(|&it| worker.times.at(it)).sum()
}

fn pace(workers: &[Account]) -> Option<f64> {
    let seconds = |worker: &Account| {
        let each = at_jobs(worker).as_secs_f64() / worker.came_back() as f64;
        (worker.gradients > 0).then_some(each)
    };
    let slowest = workers.iter().filter_map(seconds).fold(0.0, f64::max);
    (slowest > 0.0).then(|| workers.len() as f64 / slowest)
}
