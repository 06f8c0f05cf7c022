//! Numbers of several runs.

use super::{figure, figure_with};

/// Mean and sample standard deviation of a number over several runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The mean.
    pub mean: f64,
    /// The sample standard deviation; a single run has none.
    pub deviation: Option<f64>,
}

impl Spread {
    /// Of these values, if there are any.
    #[must_use]
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let values: Vec<f64> = values.into_iter().collect();
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let deviation = (values.len() > 1).then(|| (squares / (n - 1.0)).sqrt());
        (!values.is_empty()).then_some(Self { mean, deviation })
    }

    /// Of what may have any size: with powers of ten where decimals say nothing. A dash for nothing.
    pub fn figure(spread: Option<Self>, decimals: usize) -> String {
        match spread {
            None => "–".to_owned(),
            Some(Self {
                mean,
                deviation: None,
            }) => figure(mean, decimals),
            Some(Self {
                mean,
                deviation: Some(deviation),
            }) => figure_with(mean, deviation, decimals),
        }
    }

    /// With so many decimals. A dash for nothing.
    pub fn show(spread: Option<Self>, digits: usize) -> String {
        match spread {
            None => "–".to_owned(),
            Some(Self {
                mean,
                deviation: None,
            }) => format!("{mean:.digits$}"),
            Some(Self {
                mean,
                deviation: Some(deviation),
            }) => format!("{mean:.digits$} ± {deviation:.digits$}"),
        }
    }

    /// The mean alone, with so many decimals. A dash for nothing.
    pub fn mean_of(spread: Option<Self>, digits: usize) -> String {
        let alone = |Self { mean, .. }| Self {
            mean,
            deviation: None,
        };
        Self::show(spread.map(alone), digits)
    }
}
