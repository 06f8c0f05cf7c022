//! One method over all its seeds, and the columns of the table: each is one entry of [`COLUMNS`].

use ps_core::Scalar;

use super::Compared;
use super::entry::Entry;
use crate::summary::Summary;
use crate::warning::Warning;
use explain::tables::Spread;
use explain::tables::number::or_unknown;
use trace::Target;

/// A column of the table of a comparison.
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) block: Block,
    /// The cell that it has in a row.
    pub(super) cell: fn(&ComparedRow, &Compared) -> String,
}

/// Which of the two narrow tables for people has a column; the wide one has all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Block {
    /// Both: it names the row.
    Both,
    /// The first: how good a method is.
    Quality,
    /// The second: why it is.
    Work,
}

const fn column(
    name: &'static str,
    block: Block,
    cell: fn(&ComparedRow, &Compared) -> String,
) -> Column {
    Column { name, block, cell }
}

/// All columns, in the order in which they are shown.
pub(super) const COLUMNS: &[Column] = {
    use Block::{Both, Quality, Work};
    &[
        column("method", Both, |row, _| row.method.clone()),
        column("step size", Quality, |row, _| row.step_size.to_string()),
        column("time to target, s", Quality, |row, _| row.show_time()),
        column("speed-up", Quality, |row, of| {
            or_unknown(of.speed_up(row).map(|ratio| format!("{ratio:.2}")))
        }),
        column("loss", Quality, |row, _| Spread::figure(row.loss, 4)),
        column("gradient norm", Quality, |row, _| {
            Spread::figure(row.gradient_norm, 4)
        }),
        column("accuracy, %", Quality, |row, _| {
            Spread::show(row.accuracy, 1)
        }),
        column("updates", Work, |row, _| Spread::show(row.updates, 0)),
        column("gradients/s", Work, |row, _| {
            Spread::show(row.gradients_per_second, 0)
        }),
        column("discarded, %", Work, |row, _| {
            Spread::mean_of(row.discarded, 1)
        }),
        column("staleness mean", Work, |row, _| {
            Spread::show(row.staleness, 2)
        }),
        column("p99", Work, |row, _| Spread::mean_of(row.staleness_p99, 0)),
        column("max", Work, |row, _| or_unknown(row.staleness_max)),
        column("slowest worker, %", Work, |row, _| {
            Spread::mean_of(row.slowest, 1)
        }),
        column("fastest, %", Work, |row, _| Spread::mean_of(row.fastest, 1)),
    ]
};

/// What came out of one method's runs; a spread is over seeds, and nothing where no run has a
/// value.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ComparedRow {
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
    /// Share of the gradients that the method discarded, in per cent.
    pub discarded: Option<Spread>,
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

impl ComparedRow {
    pub(super) fn new<T: Scalar>(
        entry: &Entry<'_>,
        runs: &[Summary<T>],
        speeds: &[f64],
        target: &Target,
    ) -> Self {
        let share = |run: &Summary<T>, gradients: u64| {
            100.0 * gradients as f64 / run.gradients.max(1) as f64
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
            discarded: over(&|run| Some(share(run, run.discarded))),
            staleness: over(&|run| run.staleness.mean),
            staleness_p99: over(&|run| run.staleness.mean.map(|_| run.staleness.p99 as f64)),
            staleness_max: stale.max(),
            slowest: over(&|run| Some(share(run, run.gradients_per_worker[slowest]))),
            fastest: over(&|run| Some(share(run, run.gradients_per_worker[fastest]))),
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
    let order = |a: &&f64, b: &&f64| {
        if slowest {
            a.total_cmp(b)
        } else {
            b.total_cmp(a)
        }
    };
    let time = speeds.iter().max_by(order);
    time.and_then(|time| speeds.iter().position(|speed| speed == time))
        .unwrap_or(0)
}
