//! Findings about the workers that updates come from: lost ones, unequal shares.

use ps_core::WorkerId;
use serde::Serialize;

use super::words::{others, percent, weighs_workers_alike};
use crate::run_facts::RunFacts;
use ps_core::form::count;

/// Factor by which a worker's share of the updates must exceed 1/n, or fall below it: the minimiser
/// is then visibly drawn towards the data of some workers.
const UNFAIR: f64 = 1.5;

/// Number of standard deviations by which a share must differ from a fair draw: less may be chance.
const NO_ACCIDENT: f64 = 4.0;

/// Workers were lost, and the run went on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LostWorkers {
    /// Number of workers that were lost.
    pub workers: u64,
    /// The lost worker with the smallest number.
    pub first: WorkerId,
    /// Number of jobs that were lost with them.
    pub jobs: u64,
    /// Why the worker that was lost first was lost.
    pub reason: String,
}

impl LostWorkers {
    pub(super) fn find(of: &RunFacts) -> Option<Self> {
        let mut lost = of.workers.iter().filter(|worker| !worker.is_alive());
        let first = lost.next()?.worker;
        Some(Self {
            workers: 1 + lost.count() as u64,
            first,
            jobs: of.lost,
            reason: of.lost_because.clone().unwrap_or_default(),
        })
    }

    pub(super) fn text(&self) -> String {
        let (jobs, reason) = (count(self.jobs, "job"), &self.reason);
        let who = match self.workers {
            1 => format!("worker {} was lost with {jobs} ({reason})", self.first),
            n => format!(
                "{n} workers were lost with {jobs}, the first of them because of this: {reason}"
            ),
        };
        format!("{who}; since then the model has learnt nothing of their data")
    }
}

/// The updates are shared out unequally.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Biased {
    /// The worker that made the most updates.
    pub most: WorkerId,
    /// Its share of the updates.
    pub most_share: f64,
    /// What share of the data that worker holds, if the trace says so.
    pub most_data: Option<f64>,
    /// The worker that made the fewest updates.
    pub least: WorkerId,
    /// Its share of the updates.
    pub least_share: f64,
    /// What share each worker has in the objective: one of `n`.
    pub fair: f64,
    /// Whether rows were given to workers at random, so that their data are alike.
    pub alike: bool,
    /// Methods that give all workers equally many jobs.
    pub instead: Option<String>,
}

impl Biased {
    pub(super) fn find(of: &RunFacts) -> Option<Self> {
        if weighs_workers_alike(&of.header) {
            return None;
        }
        let alive = || of.workers.iter().filter(|worker| worker.is_alive());
        let most = alive().max_by(|a, b| a.updates.total_cmp(&b.updates))?;
        let least = alive().min_by(|a, b| a.updates.total_cmp(&b.updates))?;
        let (most_share, least_share) = (most.update_share?, least.update_share?);
        let fair = 1.0 / of.header.workers() as f64;
        let updates: f64 = of.workers.iter().map(|worker| worker.updates).sum();
        let no_accident = NO_ACCIDENT * (updates * fair).sqrt();
        let far = |share: f64| (share - fair).abs() * updates > no_accident;
        let too_many = most_share > UNFAIR * fair && far(most_share);
        let too_few = least_share * UNFAIR < fair && far(least_share);
        (too_many || too_few).then(|| Self {
            most: most.worker,
            most_share,
            most_data: most.data_share,
            least: least.worker,
            least_share,
            fair,
            alike: of.header.described("partition").as_deref() == Some("shuffled"),
            instead: others(
                &["shuffled", "random", "minibatch", "ringleader", "rescaled"],
                &of.header,
            ),
        })
    }

    pub(super) fn text(&self) -> String {
        let Self { most, least, .. } = self;
        let (most_share, least_share) = (percent(self.most_share), percent(self.least_share));
        let fair = percent(self.fair);
        let data = match self.most_data.map(percent) {
            Some(data) => format!(" (it holds {data} of the data)"),
            None => String::new(),
        };
        let biased = "the model is biased towards the data of the fast";
        let so_what = match &self.instead {
            _ if self.alike => "rows were given out at random, so this matters little".to_owned(),
            Some(instead) => format!("{biased}; consider {instead}"),
            None => biased.to_owned(),
        };
        format!(
            "worker {most} made {most_share} of the updates{data} and worker {least} {least_share}, while the objective \
             counts each with {fair}: {so_what}"
        )
    }
}
