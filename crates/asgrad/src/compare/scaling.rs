//! The same comparison with other numbers of workers: what more workers are worth.

use explain::tables::Table;
use explain::tables::number::{digits, or_unknown};
use serde::Serialize;

use super::row::TIME;
use super::{Compared, ComparedRow, Quantity};

/// What more workers are worth to each method, beside the fewest that were tried: one worker makes
/// every method plain SGD.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Scaling {
    /// A row for each number of workers and method.
    pub rows: Vec<ScalingRow>,
}

/// One method with one number of workers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ScalingRow {
    /// Number of workers.
    pub workers: usize,
    /// The method, as it was named.
    pub method: String,
    /// Seconds to the target, which is the same for all.
    pub time_to_target: Quantity,
    /// Updates in a second.
    pub updates_per_second: Quantity,
    /// How many times as fast it came to the target as with the fewest workers, seed by seed.
    pub speed_up: Quantity,
    /// The same as a part of how many times as many workers there are.
    pub efficiency: Option<f64>,
    /// How many times as fast it came there as mini-batch SGD with as many workers.
    pub over_minibatch: Option<Quantity>,
    /// 99 of 100 gradients are at most so stale.
    pub staleness_p99: Option<f64>,
}

impl Scaling {
    /// Of comparisons by their number of workers, all of the same methods, seeds and target; none of
    /// less than two.
    pub fn of(compared: &[(usize, Compared)]) -> Option<Self> {
        let (fewest, first) = compared.iter().min_by_key(|(workers, _)| *workers)?;
        let rows = compared.iter().flat_map(|(workers, compared)| {
            let row = |row: &ComparedRow| {
                let before = first.rows.iter().find(|it| it.method == row.method)?;
                let more = *workers as f64 / *fewest as f64;
                Some(ScalingRow::new(*workers, more, row, before))
            };
            compared.rows.iter().filter_map(row)
        });
        let rows: Vec<_> = rows.collect();
        (compared.len() > 1).then_some(Self { rows })
    }

    /// A line for each.
    pub fn table(&self) -> Table {
        let mut table = Table::new(&[
            "method",
            "workers",
            "to target, s",
            "speed-up",
            "efficiency, %",
            "over mini-batch",
            "updates/s",
            "p99",
        ]);
        let mean = |of: &Quantity| or_unknown(of.mean.map(|mean| digits(mean, 3)));
        for row in &self.rows {
            let of_all = Some(&row.time_to_target).filter(|times| times.misses() == 0);
            let percent = row.efficiency.map(|share| digits(100.0 * share, 3));
            table.push(vec![
                row.method.clone(),
                row.workers.to_string(),
                of_all.map_or_else(|| "not reached".to_owned(), mean),
                mean(&row.speed_up),
                or_unknown(percent),
                row.over_minibatch
                    .as_ref()
                    .map_or_else(|| or_unknown(None::<f64>), mean),
                mean(&row.updates_per_second),
                or_unknown(row.staleness_p99.map(|p99| digits(p99, 3))),
            ]);
        }
        table
    }

    /// What came out, in one sentence.
    pub fn sentence(&self) -> String {
        let fewest = self.rows.iter().map(|row| row.workers).min().unwrap_or(0);
        let more = self.rows.iter().filter(|row| row.workers > fewest);
        let timed = more.filter_map(|row| Some((row, row.speed_up.mean?)));
        let Some((best, ratio)) = timed.max_by(|a, b| a.1.total_cmp(&b.1)) else {
            return "No method reached the target with every seed on fewer and on more workers."
                .to_owned();
        };
        let base = match fewest {
            1 => "SGD on one".to_owned(),
            _ => format!("itself on {fewest}"),
        };
        let interval = best.speed_up.ci95;
        let verdict = match interval {
            Some([low, _]) if low > 1.0 => "parallelism pays",
            Some([_, high]) if high < 1.0 => "parallelism does not pay here",
            _ => "too few or too different runs to tell it from chance",
        };
        let ends = interval.map(|ends| ends.map(|end| digits(end, 3)));
        let interval = ends.map(|[low, high]| format!(" ({low} to {high})"));
        let (method, workers) = (&best.method, best.workers);
        format!(
            "{method} on {workers} workers is {} times as fast as {base}{}, an efficiency of {} %: {verdict}; p99 staleness is {}.",
            digits(ratio, 3),
            interval.unwrap_or_default(),
            or_unknown(best.efficiency.map(|share| digits(100.0 * share, 2))),
            or_unknown(best.staleness_p99.map(|p99| digits(p99, 2))),
        )
    }
}

impl ScalingRow {
    fn new(workers: usize, more: f64, row: &ComparedRow, before: &ComparedRow) -> Self {
        let of = |row: &ComparedRow, key: &str| row.quantity(key).cloned().unwrap_or_default();
        let times = of(row, TIME);
        let speed_up = of(before, TIME).over(&times);
        Self {
            workers,
            method: row.method.clone(),
            efficiency: speed_up.mean.map(|mean| mean / more),
            updates_per_second: of(row, "updates_per_second"),
            over_minibatch: row.speed_up.clone(),
            staleness_p99: of(row, "staleness_p99").mean,
            time_to_target: times,
            speed_up,
        }
    }
}
