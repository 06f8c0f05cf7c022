//! What each worker did: its gradients, its share of the updates, its time.

use std::time::Duration;

use ps_core::{Action, Event, Received, WorkerId};
use serde::{Serialize, Serializer};
use trace::Weighing;

use crate::activity::{Activities, Activity, Span};
use crate::staleness::Counts;
use crate::waste::Waste;
use trace::{Header, Line, json};

/// What one worker did.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Account {
    /// The worker.
    pub worker: WorkerId,
    /// How many gradients it delivered.
    pub gradients: u64,
    /// How many updates are its own: a gradient that was applied counts 1, one of `b` that were
    /// held for an update 1/b. Where the method weighs all workers equally in each update, each of
    /// n counts 1/n.
    pub updates: f64,
    /// Its share of all updates.
    pub update_share: Option<f64>,
    /// How many rows of data it holds, if the trace says so.
    pub rows: Option<u64>,
    /// Its share of all rows.
    pub data_share: Option<f64>,
    /// The mean staleness of its applied and held gradients.
    pub staleness_mean: Option<f64>,
    /// The largest of the same; not known where there are no versions.
    pub staleness_max: Option<u64>,
    /// Median of the staleness of its applied and held gradients. Percentiles are by nearest rank;
    /// beyond 127 they are the upper end of a bin of less than 2 %. None without gradients.
    pub staleness_p50: Option<u64>,
    /// The 90th percentile of the same.
    pub staleness_p90: Option<u64>,
    /// The 99th percentile of the same.
    pub staleness_p99: Option<u64>,
    /// How long it was at each activity.
    pub times: ActivityTimes,
    /// Time of the run that no line tells of. Zero in a whole trace; in one that was cut, the time
    /// after its last job.
    #[serde(serialize_with = "json::seconds")]
    pub unaccounted: Duration,
    /// Time of its activities after the end of the run: not zero only if lines are missing or
    /// altered.
    #[serde(serialize_with = "json::seconds")]
    pub beyond: Duration,
    /// Its jobs that brought no gradient to the model, and its time at them, by the reason.
    pub wasted: Waste,
    /// How long its finished jobs had waited for it to finish those before.
    pub queued: Queued,
}

impl Account {
    /// Whether it was not lost.
    pub fn is_alive(&self) -> bool {
        self.wasted.lost.jobs == 0
    }

    /// How many of its jobs came back, with a gradient or without.
    pub(super) fn came_back(&self) -> u64 {
        let Waste {
            cancelled,
            expired,
            rejected,
            ..
        } = &self.wasted;
        self.gradients + cancelled.jobs + expired.jobs + rejected.jobs
    }
}

/// How long something waited: a job for its worker, a gradient for the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Queued {
    /// The mean over finished jobs; those that did not wait count as zero.
    #[serde(serialize_with = "json::seconds_if_any")]
    pub mean: Option<Duration>,
    /// The longest wait.
    #[serde(serialize_with = "json::seconds")]
    pub max: Duration,
    /// The sum of all waits.
    #[serde(serialize_with = "json::seconds")]
    pub total: Duration,
}

/// The time that all workers together were at this activity.
pub(super) fn time_at(activity: Activity, workers: &[Account]) -> Duration {
    workers.iter().map(|worker| worker.times.at(activity)).sum()
}

/// A time for each [`Activity`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ActivityTimes([Duration; Activity::ALL.len()]);

impl ActivityTimes {
    /// The time spent at this activity.
    pub fn at(&self, activity: Activity) -> Duration {
        self.0[activity as usize]
    }

    /// The sum over all activities.
    pub fn total(&self) -> Duration {
        self.0.iter().sum()
    }
}

impl Serialize for ActivityTimes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let seconds = |activity| (activity, self.at(activity).as_secs_f64());
        serializer.collect_map(Activity::ALL.map(seconds))
    }
}

impl Queued {
    pub(super) fn add(&mut self, time: Duration) {
        self.max = self.max.max(time);
        self.total = self.total.saturating_add(time);
    }

    pub(super) fn close(&mut self, n: u64) {
        self.mean = (n > 0).then(|| mean(self.total, n));
    }

    /// Over all workers.
    pub(super) fn of_all(accounts: &[Account]) -> Self {
        let mut all = Self::default();
        for Account { queued, .. } in accounts {
            all.max = all.max.max(queued.max);
            all.total = all.total.saturating_add(queued.total);
        }
        all.close(accounts.iter().map(Account::came_back).sum());
        all
    }
}

/// To the nanosecond, downwards.
fn mean(total: Duration, n: u64) -> Duration {
    let nanoseconds = total.as_nanos() / u128::from(n);
    Duration::from_nanos_u128(nanoseconds)
}

/// Keeps the accounts of all workers.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    weighs_equally: bool,
    activities: Activities,
    accounts: Vec<Account>,
    /// Of each worker's applied and held gradients: the sum of their staleness, and how many had
    /// which.
    ages: Vec<(u128, Counts)>,
    /// When each worker had finished its last job.
    finished: Vec<Duration>,
    /// Gradients of each worker that are held for the next update; whose there are; how many.
    held: Vec<u64>,
    holders: Vec<WorkerId>,
    n_held: u64,
}

impl Accounts {
    pub(super) fn new(header: &Header) -> Self {
        let n = header.workers();
        let rows = rows(header);
        let all = rows.iter().flatten();
        let total = all.fold(0u64, |sum, &rows| sum.saturating_add(rows));
        let account = |worker: usize| {
            let rows = rows.as_ref().map(|rows| rows[worker]);
            let share = |rows: u64| (total > 0).then(|| rows as f64 / total as f64);
            Account {
                worker: WorkerId::new(worker),
                rows,
                data_share: rows.and_then(share),
                ..Account::default()
            }
        };
        let weighing = header.named().map(|named| named.what.weighing);
        Self {
            weighs_equally: weighing == Some(Weighing::Updates),
            activities: Activities::new(n),
            accounts: (0..n).map(account).collect(),
            ages: vec![(0, Counts::default()); n],
            finished: vec![Duration::ZERO; n],
            held: vec![0; n],
            ..Self::default()
        }
    }

    /// Takes the next line, and hands on the spans that it tells of.
    pub(super) fn take(&mut self, line: &Line, out: &mut impl FnMut(Span)) {
        let event = match line {
            Line::Event(event) => Some(event),
            _ => None,
        };
        let accounts = &mut self.accounts;
        self.activities.take(line, &mut |span: Span| {
            let account = &mut accounts[span.worker.index()];
            account.times.0[span.activity as usize] += span.length();
            let is_at_it = span.job.is_some() && span.activity != Activity::HandOver;
            let in_vain = event.and_then(|event| account.wasted.of(event));
            if let Some(in_vain) = in_vain.filter(|_| is_at_it) {
                in_vain.time += span.length();
            }
            out(span);
        });
        match event {
            Some(event @ Event::Received(received)) => {
                self.count_waste(received.worker, event);
                self.received(received);
            }
            Some(event @ Event::Lost(lost)) => self.count_waste(lost.worker, event),
            Some(Event::Updated(_)) => self.updated(),
            _ => {}
        }
    }

    fn count_waste(&mut self, worker: WorkerId, event: &Event) {
        if let Some(in_vain) = self.accounts[worker.index()].wasted.of(event) {
            in_vain.jobs += 1;
        }
    }

    fn received(&mut self, received: &Received) {
        let worker = received.worker.index();
        let account = &mut self.accounts[worker];
        account.gradients += u64::from(received.action.has_gradient());
        // It waited for the worker from its assignment until the job before was finished.
        let free = self.finished[worker].min(received.times.started);
        account.queued.add(free.saturating_sub(received.assigned));
        self.finished[worker] = received.times.finished;
        match received.action {
            Action::Applied => account.updates += 1.0,
            Action::Held => {
                if self.held[worker] == 0 {
                    self.holders.push(received.worker);
                }
                self.held[worker] += 1;
                self.n_held += 1;
            }
            _ => return,
        }
        let (ages, counts) = &mut self.ages[worker];
        *ages += u128::from(received.staleness());
        counts.add(received.staleness());
        account.staleness_max = account.staleness_max.max(Some(received.staleness()));
    }

    /// Those that were held share the update equally, or all workers that are alive do.
    fn updated(&mut self) {
        for worker in self.holders.drain(..) {
            let held = std::mem::take(&mut self.held[worker.index()]);
            if !self.weighs_equally {
                self.accounts[worker.index()].updates += held as f64 / self.n_held as f64;
            }
        }
        if self.weighs_equally {
            let alive = || self.accounts.iter().filter(|account| account.is_alive());
            let share = 1.0 / alive().count() as f64;
            let alive = self
                .accounts
                .iter_mut()
                .filter(|account| account.is_alive());
            alive.for_each(|account| account.updates += share);
        }
        self.n_held = 0;
    }

    /// How many times of the trace could not have been.
    pub(super) fn impossible_times(&self) -> u64 {
        self.activities.impossible()
    }

    /// The accounts of a run that lasted this long.
    pub(super) fn close(mut self, duration: Duration) -> Vec<Account> {
        let updates: f64 = self.accounts.iter().map(|account| account.updates).sum();
        for (account, (ages, counts)) in self.accounts.iter_mut().zip(&self.ages) {
            let n = counts.total();
            let total = account.times.total();
            account.unaccounted = duration.saturating_sub(total);
            account.beyond = total.saturating_sub(duration);
            account.update_share = (updates > 0.0).then(|| account.updates / updates);
            account.staleness_mean = (n > 0).then(|| *ages as f64 / n as f64);
            // A bin may end beyond the largest.
            let largest = account.staleness_max;
            let percentile = |p| largest.map(|largest| counts.percentile(p).min(largest));
            account.staleness_p50 = percentile(50);
            account.staleness_p90 = percentile(90);
            account.staleness_p99 = percentile(99);
            account.queued.close(account.came_back());
        }
        self.accounts
    }
}

/// How many rows of data each worker holds, if the trace says so for each of them.
fn rows(header: &Header) -> Option<Vec<u64>> {
    let rows = header.description.get("rows_per_worker")?.as_array()?;
    let rows: Option<Vec<u64>> = rows.iter().map(serde_json::Value::as_u64).collect();
    rows.filter(|rows| rows.len() == header.workers())
}
