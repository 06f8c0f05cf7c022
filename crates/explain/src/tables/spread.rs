//! Mean and deviation of a number over several runs.

use super::number;

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
        let squares: f64 = values
            .iter()
            .map(|value| (value - mean) * (value - mean))
            .sum();
        let deviation = (values.len() > 1).then(|| (squares / (n - 1.0)).sqrt());
        (!values.is_empty()).then_some(Self { mean, deviation })
    }

    /// As in print: two digits of the deviation, and no more decimals of the mean.
    pub fn printed(self) -> String {
        if !self.mean.is_finite() {
            return "not finite".to_owned();
        }
        number::printed_with(self.mean, self.deviation.unwrap_or_default())
    }
}
