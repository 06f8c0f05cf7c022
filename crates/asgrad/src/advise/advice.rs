//! What came out: the candidates in their order, and what follows from it.

use std::cmp::Ordering;
use std::time::Duration;

use ps_core::Scalar;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::candidates::{self, MINIBATCH, SGD};
use crate::compare::{Compared, ComparedRow, Goal, Quantity};
use crate::replay::WhatIf;
use explain::Finding;
use trace::Algorithm;

/// How many times as fast as the better baseline asynchrony must be to be worth it.
pub(super) const WORTH: f64 = 1.1;

/// What would have been best on the machine of a recorded run. Shown, it is a table and a few
/// sentences; its JSON has all quantities of the candidates besides.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Advice {
    /// The method that was recorded.
    pub recorded: String,
    /// Number of workers.
    pub n_workers: usize,
    /// How many times as long as the fastest worker the slowest one takes for a gradient.
    pub spread: f64,
    /// Number of candidates that were tried, the baselines included.
    pub n_tried: usize,
    /// How long each of them ran.
    pub duration: Duration,
    /// What was to be reached.
    pub goal: Goal,
    /// The best candidates and the baselines, the best first.
    pub candidates: Vec<Candidate>,
    /// What the recorded times contain besides the workers' own: findings about the machine.
    pub sharing: Vec<Finding>,
}

/// A method with its best step size, and what its runs were like.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Candidate {
    /// The method.
    #[serde(skip)]
    pub algorithm: Algorithm,
    /// Whether whoever is fast does not wait for others.
    pub is_asynchronous: bool,
    /// What came out of its runs.
    #[serde(flatten)]
    pub row: ComparedRow,
}

impl Candidate {
    fn new(algorithm: Algorithm, row: ComparedRow, n_workers: usize) -> Self {
        Self {
            is_asynchronous: n_workers > 1 && !candidates::is_synchronous(&algorithm),
            algorithm,
            row,
        }
    }

    /// The mean of one of its quantities.
    pub(super) fn mean(&self, key: &str) -> Option<f64> {
        self.row.quantity(key)?.mean
    }

    /// Its final loss, if its runs ended well.
    fn loss(&self) -> f64 {
        let loss = self.mean("loss").filter(|loss| loss.is_finite());
        loss.filter(|_| self.row.failures.is_empty())
            .unwrap_or(f64::INFINITY)
    }

    /// By the time to the target; those that did not reach it come after those that did, by their
    /// final losses.
    fn before(&self, other: &Self) -> Ordering {
        let time = |it: &Self| it.row.time().unwrap_or(f64::INFINITY);
        let by_time = time(self).total_cmp(&time(other));
        by_time.then_with(|| self.loss().total_cmp(&other.loss()))
    }
}

/// How much faster the best asynchronous method is than a baseline.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Ratio {
    /// Of these.
    pub(super) over: &'static str,
    pub(super) value: f64,
    pub(super) ci95: Option<[f64; 2]>,
    /// Whether the baseline did not reach the target with every seed: then it is that much at least.
    pub(super) is_bound: bool,
}

impl Advice {
    pub(super) fn of<T: Scalar>(
        what_if: &WhatIf<T>,
        compared: Compared,
        runs: &[(Algorithm, f64)],
        duration: Duration,
    ) -> Self {
        let past = &what_if.past;
        let is_of_sharing = |finding: &&Finding| {
            matches!(finding, Finding::Oversubscribed(_) | Finding::Overran(_))
        };
        let sharing = past
            .findings
            .iter()
            .filter(is_of_sharing)
            .cloned()
            .collect();
        let times = what_if.cluster.times();
        let slowest = times.iter().copied().fold(0.0, f64::max);
        let fastest = times.iter().copied().fold(f64::INFINITY, f64::min);
        let candidate = |((method, _), row): (&(Algorithm, f64), _)| {
            Candidate::new(method.clone(), row, times.len())
        };
        let mut candidates: Vec<_> = runs.iter().zip(compared.rows).map(candidate).collect();
        candidates.sort_by(Candidate::before);
        Self {
            recorded: past.header.method(),
            n_workers: times.len(),
            spread: slowest / fastest,
            n_tried: candidates.len(),
            duration,
            goal: compared.goal,
            candidates,
            sharing,
        }
    }

    /// Keeps the best and the baselines.
    pub(super) fn shorten(&mut self, best: usize) {
        let mut place = 0;
        let recorded = self.recorded.clone();
        self.candidates.retain(|it| {
            place += 1;
            place <= best || [MINIBATCH, SGD, &recorded].contains(&&*it.row.method)
        });
    }

    /// The methods of the candidates with their step sizes.
    pub(super) fn runs(&self) -> impl Iterator<Item = (Algorithm, f64)> {
        let run = |it: &Candidate| (it.algorithm.clone(), it.row.step_size);
        self.candidates.iter().map(run)
    }

    /// The same with other runs of its candidates.
    pub(super) fn with(mut self, compared: Compared) -> Self {
        for (candidate, row) in self.candidates.iter_mut().zip(compared.rows) {
            candidate.row = row;
        }
        self.candidates.sort_by(Candidate::before);
        self
    }

    /// The best candidate; none if every one diverged.
    pub fn best(&self) -> Option<&Candidate> {
        self.candidates.first()
    }

    /// The best one that is asynchronous.
    pub fn best_asynchronous(&self) -> Option<&Candidate> {
        self.candidates.iter().find(|it| it.is_asynchronous)
    }

    /// The candidate of this name.
    pub fn candidate(&self, name: &str) -> Option<&Candidate> {
        self.candidates.iter().find(|it| it.row.method == name)
    }

    /// How much faster the best asynchronous method is than mini-batch SGD and than SGD; nothing if
    /// it did not reach the target.
    pub(super) fn ratios(&self) -> Vec<Ratio> {
        let best = self.best_asynchronous();
        let best = best.and_then(|best| Some((best, best.row.time().filter(|time| *time > 0.0)?)));
        let Some((best, time)) = best else {
            return Vec::new();
        };
        let ratio = |(name, over): (&str, &'static str)| {
            let baseline = self.candidate(name)?;
            let of = |it: &Candidate| it.row.quantity("time_to_target").cloned();
            let Quantity { mean, ci95, .. } = of(baseline)?.over(&of(best)?);
            let bound = self.duration.as_secs_f64() / time;
            Some(Ratio {
                over,
                value: mean.unwrap_or(bound),
                ci95,
                is_bound: mean.is_none(),
            })
        };
        let baselines = [(MINIBATCH, "mini-batch SGD"), (SGD, "SGD")];
        baselines.into_iter().filter_map(ratio).collect()
    }

    /// Whether asynchrony is worth it: the best asynchronous method is at least 1.1 times as fast as
    /// mini-batch SGD and as SGD. One worker is never asynchronous. Not known where no such method
    /// reaches the target.
    pub fn is_asynchrony_worth_it(&self) -> Option<bool> {
        let ratios = self.ratios();
        let is_faster = |ratio: &Ratio| ratio.value >= WORTH;
        match ratios[..] {
            _ if self.n_workers == 1 => Some(false),
            [] => None,
            _ => Some(ratios.iter().all(is_faster)),
        }
    }
}

impl Serialize for Advice {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let sharing: Vec<_> = self.sharing.iter().map(Finding::to_string).collect();
        let mut map = to.serialize_map(None)?;
        map.serialize_entry("recorded", &self.recorded)?;
        map.serialize_entry("workers", &self.n_workers)?;
        map.serialize_entry("slowest_over_fastest", &self.spread)?;
        map.serialize_entry("tried", &self.n_tried)?;
        map.serialize_entry("seconds", &self.duration.as_secs_f64())?;
        map.serialize_entry("target_loss", &self.goal.target.loss)?;
        map.serialize_entry("best", &self.best().map(|best| &best.row.method))?;
        map.serialize_entry("is_asynchrony_worth_it", &self.is_asynchrony_worth_it())?;
        map.serialize_entry("asynchrony", &self.ratios())?;
        map.serialize_entry("candidates", &self.candidates)?;
        map.serialize_entry("sharing", &sharing)?;
        map.serialize_entry("text", &self.sentences())?;
        map.end()
    }
}
