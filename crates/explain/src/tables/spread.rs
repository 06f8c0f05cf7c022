//! Mean and deviation of a number over several runs.

use super::number::{self, UNKNOWN};

/// Mean and sample standard deviation of a number over several runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The mean over the runs.
    pub mean: f64,
    /// The sample standard deviation; a single run has none.
    pub deviation: Option<f64>,
}

impl Spread {
    /// Mean and deviation of these values; none without values.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let values: Vec<f64> = values.into_iter().collect();
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let deviation = (values.len() > 1).then(|| (squares / (n - 1.0)).sqrt());
        (!values.is_empty()).then_some(Self { mean, deviation })
    }

    /// With this many decimals. A dash for nothing.
    pub fn show(spread: Option<Self>, decimals: usize) -> String {
        match spread.map(|Self { mean, deviation }| (mean, deviation)) {
            None => UNKNOWN.to_owned(),
            Some((mean, None)) => format!("{mean:.decimals$}"),
            Some((mean, Some(deviation))) => format!("{mean:.decimals$} ± {deviation:.decimals$}"),
        }
    }

    /// As [`show`](Self::show), but in powers of ten where decimals would say nothing.
    pub fn figure(spread: Option<Self>, decimals: usize) -> String {
        match spread.map(|Self { mean, deviation }| (mean, deviation)) {
            None => UNKNOWN.to_owned(),
            Some((mean, None)) => number::figure(mean, decimals),
            Some((mean, Some(deviation))) => number::figure_with(mean, deviation, decimals),
        }
    }

    /// As in print: two digits of the deviation, and no more decimals of the mean. A dash for
    /// nothing.
    pub fn printed(spread: Option<Self>) -> String {
        match spread {
            None => UNKNOWN.to_owned(),
            Some(Self { mean, .. }) if !mean.is_finite() => "not finite".to_owned(),
            Some(Self { mean, deviation }) => {
                number::printed_with(mean, deviation.unwrap_or_default())
            }
        }
    }

    /// The mean alone, with this many decimals. A dash for nothing.
    pub fn mean_of(spread: Option<Self>, decimals: usize) -> String {
        number::or_unknown(spread.map(|Self { mean, .. }| format!("{mean:.decimals$}")))
    }
}
