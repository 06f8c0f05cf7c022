//! One method over all its seeds, and the columns of the table: each is one entry of
//! [`Column::ALL`].

use ps_core::Scalar;

use super::Compared;
use super::entry::Entry;
use crate::summary::Summary;
use crate::warning::Warning;
use explain::tables::Spread;
use explain::tables::number::or_unknown;

use self::Block::{Both, Quality, Work};
use self::Written::{Figure, Largest, Mean, Text, WithDeviation};

/// A column of the table of a comparison.
pub(super) struct Column<T: Scalar = f64> {
    pub(super) name: &'static str,
    pub(super) block: Block,
    /// The number of a run, if it has one.
    number: fn(&Summary<T>, &Extremes) -> Option<f64>,
    written: Written,
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

/// How the numbers of all runs are written, with how many decimals.
#[derive(Clone, Copy)]
enum Written {
    /// Mean and deviation; in powers of ten where decimals say nothing.
    Figure(usize),
    /// Mean and deviation.
    WithDeviation(usize),
    /// The mean alone.
    Mean(usize),
    /// The largest number, which is whole.
    Largest,
    /// There are no numbers: the text is that of the whole row.
    Text(fn(&ComparedRow, &Compared) -> String),
}

/// The first of the slowest and the first of the fastest workers.
pub(super) struct Extremes {
    slowest: usize,
    fastest: usize,
}

impl<T: Scalar> Column<T> {
    /// All columns, in the order in which they are shown.
    pub(super) const ALL: &'static [Self] = &[
        Self::row("method", Both, |row, _| row.method.clone()),
        Self::row("step size", Quality, |row, _| row.step_size.to_string()),
        Self::row("time to target, s", Quality, |row, _| row.show_time()),
        Self::row("speed-up", Quality, |row, of| {
            or_unknown(of.speed_up(row).map(|ratio| format!("{ratio:.2}")))
        }),
        Self::runs("loss", Quality, Figure(4), |run, _| run.loss),
        Self::runs("gradient norm", Quality, Figure(4), |run, _| {
            run.gradient_norm
        }),
        Self::runs("accuracy, %", Quality, WithDeviation(1), |run, _| {
            run.accuracy.map(|share| 100.0 * share)
        }),
        Self::runs("updates", Work, WithDeviation(0), |run, _| {
            Some(run.updates as f64)
        }),
        Self::runs("gradients/s", Work, WithDeviation(0), |run, _| {
            (run.seconds > 0.0).then(|| run.gradients as f64 / run.seconds)
        }),
        Self::runs("discarded, %", Work, Mean(1), |run, _| {
            percent(run, run.discarded)
        }),
        Self::runs("staleness mean", Work, WithDeviation(2), |run, _| {
            run.staleness.mean
        }),
        Self::runs("p99", Work, Mean(0), |run, _| {
            run.staleness.mean.map(|_| run.staleness.p99 as f64)
        }),
        Self::runs("max", Work, Largest, |run, _| {
            run.staleness.mean.map(|_| run.staleness.max as f64)
        }),
        Self::runs("slowest worker, %", Work, Mean(1), |run, workers| {
            percent(run, run.gradients_per_worker[workers.slowest])
        }),
        Self::runs("fastest, %", Work, Mean(1), |run, workers| {
            percent(run, run.gradients_per_worker[workers.fastest])
        }),
    ];

    const fn row(
        name: &'static str,
        block: Block,
        text: fn(&ComparedRow, &Compared) -> String,
    ) -> Self {
        Self::runs(name, block, Text(text), |_, _| None)
    }

    const fn runs(
        name: &'static str,
        block: Block,
        written: Written,
        number: fn(&Summary<T>, &Extremes) -> Option<f64>,
    ) -> Self {
        Self {
            name,
            block,
            number,
            written,
        }
    }

    /// Its cell in a row.
    pub(super) fn text(&self, row: &ComparedRow, of: &Compared) -> String {
        let numbers = row.numbers(self.name);
        let spread = Spread::of(numbers.iter().copied());
        match self.written {
            Figure(decimals) => or_unknown(spread.map(|it| it.figure(decimals))),
            WithDeviation(decimals) => or_unknown(spread.map(|it| it.show(decimals))),
            Mean(decimals) => or_unknown(spread.map(|it| format!("{:.decimals$}", it.mean))),
            Largest => or_unknown(numbers.iter().copied().reduce(f64::max)),
            Text(text) => text(row, of),
        }
    }
}

/// A part of a run's gradients, in per cent.
fn percent<T: Scalar>(run: &Summary<T>, gradients: u64) -> Option<f64> {
    Some(100.0 * gradients as f64 / run.gradients.max(1) as f64)
}

/// What came out of one method's runs.
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
    /// The numbers of the runs, by column.
    numbers: Vec<Vec<f64>>,
    /// How the runs ended that failed, in a word each.
    pub failures: Vec<&'static str>,
    /// What may be wrong with the measurements.
    pub warnings: Vec<Warning>,
}

impl ComparedRow {
    pub(super) fn new<T: Scalar>(entry: &Entry<'_>, runs: &[Summary<T>], times: &[f64]) -> Self {
        let first = |most: Option<f64>| times.iter().position(|time| Some(*time) == most);
        let workers = Extremes {
            slowest: first(times.iter().copied().max_by(f64::total_cmp)).unwrap_or(0),
            fastest: first(times.iter().copied().min_by(f64::total_cmp)).unwrap_or(0),
        };
        let reached = |run: &Summary<T>| Some(run.time_to_target?.as_secs_f64());
        let failed = runs.iter().filter(|run| run.stop_reason.is_failure());
        let numbers = |column: &Column<T>| {
            let numbers = runs.iter().map(|run| (column.number)(run, &workers));
            numbers.flatten().collect()
        };
        Self {
            method: entry.name.clone(),
            is_baseline: entry.is_baseline(),
            step_size: runs.first().map_or(0.0, |run| run.step_size),
            n_runs: runs.len(),
            times: runs.iter().filter_map(reached).collect(),
            numbers: Column::ALL.iter().map(numbers).collect(),
            failures: failed.map(|run| run.stop_reason.word()).collect(),
            warnings: runs.iter().flat_map(|run| run.warnings.clone()).collect(),
        }
    }

    /// The numbers that a column of the table is made of, such as `loss`: one for each run that has
    /// one. Empty for a column without numbers, or that there is not.
    pub fn numbers(&self, column: &str) -> &[f64] {
        let mut columns = Column::<f64>::ALL.iter();
        let position = columns.position(|it| it.name == column);
        position.map_or(&[], |position| &self.numbers[position])
    }

    /// The mean time to the target, if every run reached it, and none failed.
    pub fn time(&self) -> Option<f64> {
        let all = self.times.len() == self.n_runs && self.failures.is_empty();
        Spread::of(self.times.iter().copied())
            .filter(|_| all)
            .map(|spread| spread.mean)
    }

    fn show_time(&self) -> String {
        let time = or_unknown(Spread::of(self.times.iter().copied()).map(|it| it.show(3)));
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
