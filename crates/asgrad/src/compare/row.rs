//! One method over all its seeds.

use ps_core::Scalar;

use super::entry::Entry;
use crate::summary::Summary;
use crate::warning::Warning;
use explain::tables::Spread;
use trace::Target;

/// What came out of one method's runs; a spread is over seeds, and nothing where no run has a value.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Row {
    /// The method, as it was named.
    pub method: String,
    /// Whether speed-ups are over this one.
    pub is_baseline: bool,
    /// Its step size `γ`.
    pub step_size: f64,
    /// How many runs it made.
    pub n_runs: usize,
    /// Seconds to the target, of the runs that reached it.
    pub times: Vec<f64>,
    /// How many updates were applied.
    pub updates: Option<Spread>,
    /// Updates for each second of the run's own clock.
    pub updates_per_second: Option<Spread>,
    /// Gradients for each second.
    pub gradients_per_second: Option<Spread>,
    /// The mean staleness of a run.
    pub staleness: Option<Spread>,
    /// Its 99th percentile.
    pub staleness_p99: Option<Spread>,
    /// The largest of all runs.
    pub staleness_max: Option<u64>,
    /// What share of the gradients came from the slowest worker, in per cent.
    pub slowest: Option<Spread>,
    /// What share came from the fastest.
    pub fastest: Option<Spread>,
    /// The last loss.
    pub loss: Option<Spread>,
    /// The last `‖∇f‖`.
    pub gradient_norm: Option<Spread>,
    /// Correctly classified rows, in per cent.
    pub accuracy: Option<Spread>,
    /// How the runs ended that failed, in a word each.
    pub failures: Vec<&'static str>,
    /// What may be wrong with the measurements.
    pub warnings: Vec<Warning>,
}

impl Row {
    pub(super) fn new<T: Scalar>(
        entry: &Entry<'_>,
        runs: &[Summary<T>],
        speeds: &[f64],
        target: &Target,
    ) -> Self {
        let share = |run: &Summary<T>, worker: usize| {
            100.0 * run.gradients_per_worker[worker] as f64 / run.gradients.max(1) as f64
        };
        let (slowest, fastest) = (extreme(speeds, true), extreme(speeds, false));
        let reached = |run: &Summary<T>| {
            run.evaluations
                .iter()
                .find(|e| target.reached(e).is_some())
                .map(|e| e.time.as_secs_f64())
        };
        let failed = runs.iter().filter(|run| run.stop_reason.is_failure());
        let over =
            |value: &dyn Fn(&Summary<T>) -> Option<f64>| Spread::of(runs.iter().filter_map(value));
        // None where nothing was stale or fresh: without gradients.
        let known = |run: &&Summary<T>| run.staleness.mean.is_some();
        let stale = runs.iter().filter(known).map(|run| run.staleness.max);
        let rate = |run: &Summary<T>| {
            let took_time = run.seconds > 0.0;
            took_time.then(|| run.gradients as f64 / run.seconds)
        };
        Self {
            method: entry.name.clone(),
            is_baseline: entry.is_baseline(),
            step_size: runs.first().map_or(0.0, |run| run.step_size),
            n_runs: runs.len(),
            times: runs.iter().filter_map(reached).collect(),
            updates: over(&|run| Some(run.updates as f64)),
            updates_per_second: over(&|run| run.updates_per_second),
            gradients_per_second: over(&rate),
            staleness: over(&|run| run.staleness.mean),
            staleness_p99: over(&|run| run.staleness.mean.map(|_| run.staleness.p99 as f64)),
            staleness_max: stale.max(),
            slowest: over(&|run| Some(share(run, slowest))),
            fastest: over(&|run| Some(share(run, fastest))),
            loss: over(&|run| run.loss),
            gradient_norm: over(&|run| run.gradient_norm),
            accuracy: over(&|run| run.accuracy.map(|share| 100.0 * share)),
            failures: failed.map(|run| run.stop_reason.word()).collect(),
            warnings: runs.iter().flat_map(|run| run.warnings.clone()).collect(),
        }
    }

    /// The mean time to the target, if every run reached it, and none failed.
    #[must_use]
    pub fn time(&self) -> Option<f64> {
        let all = self.times.len() == self.n_runs && self.failures.is_empty();
        Spread::of(self.times.iter().copied())
            .filter(|_| all)
            .map(|spread| spread.mean)
    }

    /// Its cells, as [`Compared::table`](super::Compared::table) has them.
    pub(super) fn cells(&self, speed_up: Option<f64>) -> Vec<String> {
        vec![
            self.method.clone(),
            self.step_size.to_string(),
            self.show_time(),
            speed_up.map_or("–".to_owned(), |ratio| format!("{ratio:.2}")),
            Spread::figure(self.loss, 4),
            Spread::figure(self.gradient_norm, 4),
            Spread::show(self.accuracy, 1),
            Spread::show(self.updates, 0),
            Spread::show(self.gradients_per_second, 0),
            Spread::show(self.staleness, 2),
            Spread::mean_of(self.staleness_p99, 0),
            self.staleness_max
                .map_or("–".to_owned(), |max| max.to_string()),
            Spread::mean_of(self.slowest, 1),
            Spread::mean_of(self.fastest, 1),
        ]
    }

    fn show_time(&self) -> String {
        let time = Spread::show(Spread::of(self.times.iter().copied()), 3);
        match (self.failures.first(), self.times.len()) {
            (Some(word), _) => (*word).to_owned(),
            (None, 0) => "not reached".to_owned(),
            (None, reached) if reached < self.n_runs => {
                format!("{time} ({reached} of {})", self.n_runs)
            }
            _ => time,
        }
    }
}

/// The first of the slowest, or of the fastest, workers.
fn extreme(speeds: &[f64], slowest: bool) -> usize {
    let order = |a: &&f64, b: &&f64| match slowest {
        true => a.total_cmp(b),
        false => b.total_cmp(a),
    };
    let time = speeds.iter().max_by(order);
    time.and_then(|time| speeds.iter().position(|speed| speed == time))
        .unwrap_or(0)
}
