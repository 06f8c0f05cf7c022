//! One method over all its seeds, and the quantities that are told of it: each is one entry of
//! [`Column::ALL`].

use ps_core::Scalar;
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::entry::Entry;
use super::quantity::{Quantity, shown_interval};
use crate::summary::Summary;
use crate::warning::Warning;
use explain::tables::number::{digits, or_unknown};

use self::Block::{Pace, Quality, Staleness};
use self::Written::{Largest, Mean, Percent, Plain};

/// A quantity of a method, and a column of its tables.
pub(super) struct Column<T: Scalar = f64> {
    /// Its name in JSON and CSV.
    pub(super) key: &'static str,
    /// What stands above it.
    pub(super) heading: &'static str,
    pub(super) block: Block,
    /// The number of a run, if it has one.
    number: fn(&Summary<T>, &Extremes) -> Option<f64>,
    written: Written,
}

/// Which of the narrow tables for people has a column; the wide one has all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Block {
    /// How good a method is.
    Quality,
    /// How fast it goes.
    Pace,
    /// Whose gradients it uses, and how old they are.
    Staleness,
}

/// How the numbers of all runs are written.
#[derive(Clone, Copy)]
enum Written {
    /// Mean and deviation.
    Plain,
    /// The same of a share, in per cent.
    Percent,
    /// The mean alone.
    Mean,
    /// The largest number.
    Largest,
}

/// The first of the slowest and the first of the fastest workers.
pub(super) struct Extremes {
    slowest: usize,
    fastest: usize,
}

impl Extremes {
    pub(super) fn of(times: &[f64]) -> Self {
        let first = |most: Option<f64>| times.iter().position(|time| Some(*time) == most);
        Self {
            slowest: first(times.iter().copied().max_by(f64::total_cmp)).unwrap_or(0),
            fastest: first(times.iter().copied().min_by(f64::total_cmp)).unwrap_or(0),
        }
    }
}

/// The key of the time to the target.
pub(super) const TIME: &str = "time_to_target";

impl<T: Scalar> Column<T> {
    /// All columns, in the order in which they are shown.
    pub(super) const ALL: &'static [Self] = &[
        Self::of(TIME, "to target, s", Quality, Plain, |run, _| {
            Some(run.time_to_target?.as_secs_f64())
        }),
        Self::of("loss", "loss", Quality, Plain, |run, _| run.loss),
        Self::of("accuracy", "accuracy, %", Quality, Percent, |run, _| {
            run.accuracy
        }),
        Self::of("gradient_norm", "gradient norm", Pace, Plain, |run, _| {
            run.gradient_norm
        }),
        Self::of("updates", "updates", Pace, Plain, |run, _| {
            Some(run.updates as f64)
        }),
        Self::of("updates_per_second", "updates/s", Pace, Mean, |run, _| {
            run.updates_per_second
        }),
        Self::of(
            "gradients_per_second",
            "gradients/s",
            Pace,
            Mean,
            |run, _| (run.seconds > 0.0).then(|| run.gradients as f64 / run.seconds),
        ),
        Self::of("discarded", "discarded, %", Pace, Percent, |run, _| {
            share(run, run.discarded)
        }),
        Self::of(
            "staleness_mean",
            "staleness mean",
            Staleness,
            Plain,
            |run, _| run.staleness.mean,
        ),
        Self::of("staleness_p99", "p99", Staleness, Mean, |run, _| {
            run.staleness.mean.map(|_| run.staleness.p99 as f64)
        }),
        Self::of("staleness_max", "max", Staleness, Largest, |run, _| {
            run.staleness.mean.map(|_| run.staleness.max as f64)
        }),
        Self::of(
            "share_of_slowest",
            "slowest, %",
            Staleness,
            Percent,
            |run, workers| share(run, *run.gradients_per_worker.get(workers.slowest)?),
        ),
        Self::of(
            "share_of_fastest",
            "fastest, %",
            Staleness,
            Percent,
            |run, workers| share(run, *run.gradients_per_worker.get(workers.fastest)?),
        ),
    ];

    const fn of(
        key: &'static str,
        heading: &'static str,
        block: Block,
        written: Written,
        number: fn(&Summary<T>, &Extremes) -> Option<f64>,
    ) -> Self {
        Self {
            key,
            heading,
            block,
            number,
            written,
        }
    }

    /// Its cell in a row.
    pub(super) fn text(&self, row: &ComparedRow) -> String {
        let Some(quantity) = row.quantity(self.key) else {
            return String::new();
        };
        let text = match self.written {
            Plain => or_unknown(with_deviation(quantity, 1.0)),
            Percent => or_unknown(with_deviation(quantity, 100.0)),
            Mean => or_unknown(quantity.mean.map(|mean| digits(mean, 3))),
            Largest => or_unknown(quantity.max()),
        };
        if self.key == TIME {
            row.time_text(text)
        } else {
            text
        }
    }
}

/// Three digits of the mean, and as many decimals of the deviation.
fn with_deviation(of: &Quantity, factor: f64) -> Option<String> {
    let mean = digits(factor * of.mean?, 3);
    let deviation = of.sd.map(|sd| factor * sd);
    // That of numbers which are all zero says nothing.
    let Some(deviation) = deviation.filter(|_| of.mean != Some(0.0) || of.sd != Some(0.0)) else {
        return Some(mean);
    };
    let decimals = mean
        .split_once('.')
        .map_or(0, |(_, decimals)| decimals.len());
    Some(if mean.contains('e') || !deviation.is_finite() {
        format!("{mean} ± {}", digits(deviation, 2))
    } else {
        format!("{mean} ± {deviation:.decimals$}")
    })
}

/// A part of a run's gradients.
fn share<T: Scalar>(run: &Summary<T>, gradients: u64) -> Option<f64> {
    Some(gradients as f64 / run.gradients.max(1) as f64)
}

/// What came out of one method's runs. Its JSON has the method, its step size, and each quantity
/// under its name.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ComparedRow {
    /// The method, as it was named.
    pub method: String,
    /// Whether speed-ups are over this one.
    pub is_baseline: bool,
    /// Its step size `γ`.
    pub step_size: f64,
    /// How many times as fast as mini-batch SGD it came to the target; none if that is not among
    /// the methods.
    pub speed_up: Option<Quantity>,
    /// The others, in the order of the columns.
    quantities: Vec<Quantity>,
    /// How the runs ended that failed, in a word each.
    pub failures: Vec<&'static str>,
    /// What may be wrong with the measurements.
    pub warnings: Vec<Warning>,
}

impl ComparedRow {
    /// A method without a run.
    pub(super) fn new(entry: &Entry<'_>, step_size: f64) -> Self {
        Self {
            method: entry.name.clone(),
            is_baseline: entry.is_baseline(),
            step_size,
            speed_up: None,
            quantities: vec![Quantity::default(); Column::<f64>::ALL.len()],
            failures: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// Adds the run of the next seed.
    pub(super) fn add<T: Scalar>(&mut self, run: &Summary<T>, workers: &Extremes) {
        for (column, quantity) in Column::ALL.iter().zip(&mut self.quantities) {
            let mut values = std::mem::take(&mut quantity.values);
            values.push((column.number)(run, workers));
            *quantity = Quantity::of(values);
        }
        let failed = run.stop_reason.is_failure();
        self.failures.extend(failed.then(|| run.stop_reason.word()));
        self.warnings.extend(run.warnings.iter().cloned());
    }

    /// How many runs it made.
    pub fn n_runs(&self) -> usize {
        let first = self.quantities.first();
        first.map_or(0, |quantity| quantity.values.len())
    }

    /// A quantity by its name in JSON, such as `loss` or `time_to_target`; none if there is no such
    /// one.
    pub fn quantity(&self, key: &str) -> Option<&Quantity> {
        self.quantities()
            .find(|(name, _)| *name == key)
            .map(|(_, quantity)| quantity)
    }

    /// All of them with their names.
    pub fn quantities(&self) -> impl Iterator<Item = (&'static str, &Quantity)> {
        let keys = Column::<f64>::ALL.iter().map(|column| column.key);
        let speed_up = self.speed_up.iter().map(|it| ("speed_up", it));
        keys.zip(&self.quantities).chain(speed_up)
    }

    /// The mean time to the target, if every run reached it, and none failed.
    pub fn time(&self) -> Option<f64> {
        let times = self.quantity(TIME)?;
        let all = times.misses() == 0 && self.failures.is_empty();
        times.mean.filter(|_| all)
    }

    /// Whether no run reached the target, though none failed.
    pub(super) fn never_reached(&self) -> bool {
        let n_reached = self.quantity(TIME).map_or(0, |times| times.n);
        n_reached == 0 && self.failures.is_empty()
    }

    fn time_text(&self, time: String) -> String {
        let n_reached = self.quantity(TIME).map_or(0, |times| times.n);
        match self.failures.first() {
            Some(word) => (*word).to_owned(),
            None if n_reached == 0 => "not reached".to_owned(),
            None if n_reached < self.n_runs() => format!("{time} ({n_reached}/{})", self.n_runs()),
            None => time,
        }
    }

    /// The ratio and its interval.
    pub(super) fn speed_up_text(&self) -> String {
        let Some(Quantity { mean, ci95, .. }) = &self.speed_up else {
            return or_unknown(None::<String>);
        };
        let interval = shown_interval(*ci95);
        let interval = interval.map(|[low, high]| format!(" ({low}–{high})"));
        or_unknown(mean.map(|mean| digits(mean, 3) + &interval.unwrap_or_default()))
    }
}

impl Serialize for ComparedRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("method", &self.method)?;
        map.serialize_entry("step_size", &self.step_size)?;
        map.serialize_entry("failures", &self.failures)?;
        for (key, quantity) in self.quantities() {
            map.serialize_entry(key, quantity)?;
        }
        map.end()
    }
}
