//! A number over several runs: its values, their mean, and how far that can be trusted.

use explain::tables::Spread;
use explain::tables::number::digits;
use ps_core::math;
use serde::Serialize;

/// A number of each run of a method, one for each seed.
///
/// # Examples
/// ```
/// use asgrad::compare::Quantity;
///
/// let loss = Quantity::of([Some(0.5), Some(0.7), Some(0.6)]);
/// let [low, high] = loss.ci95.expect("there are three values");
/// assert_eq!((loss.n, loss.mean), (3, Some(0.6)));
/// assert!(low < 0.36 && 0.84 < high);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Quantity {
    /// One for each seed, in their order; none where a run has no such number, such as the time to a
    /// target that it did not reach.
    pub values: Vec<Option<f64>>,
    /// How many there are.
    pub n: usize,
    /// Their mean: of a ratio the geometric one, and only where no run lacks its value.
    pub mean: Option<f64>,
    /// Their sample standard deviation, of two or more.
    pub sd: Option<f64>,
    /// The 95 % confidence interval of the mean by Student's t distribution, of three or more.
    pub ci95: Option<[f64; 2]>,
}

impl Quantity {
    /// Of these values.
    pub fn of(values: impl IntoIterator<Item = Option<f64>>) -> Self {
        let values: Vec<_> = values.into_iter().collect();
        let known: Vec<f64> = values.iter().copied().flatten().collect();
        let n = known.len();
        let spread = Spread::of(known);
        let (mean, sd) = (spread.map(|it| it.mean), spread.and_then(|it| it.deviation));
        Self {
            n,
            mean,
            sd,
            ci95: interval(mean, sd, n),
            values,
        }
    }

    /// How many times as large as those of `other` these values are, seed by seed: what hits both
    /// runs of a seed alike is not in it. Mean and interval are those of the logarithms.
    #[must_use]
    pub fn over(&self, other: &Self) -> Self {
        let pairs = self.values.iter().zip(&other.values);
        let ratio = |(one, other): (&Option<f64>, &Option<f64>)| {
            let (one, other) = ((*one)?, (*other)?);
            (one > 0.0 && other > 0.0).then_some(one / other)
        };
        let ratios = Self::of(pairs.map(ratio));
        let log = |value: &Option<f64>| value.map(math::ln);
        let logs = Self::of(ratios.values.iter().map(log));
        let is_whole = logs.n == logs.values.len();
        Self {
            mean: logs.mean.filter(|_| is_whole).map(math::exp),
            ci95: logs
                .ci95
                .filter(|_| is_whole)
                .map(|ends| ends.map(math::exp)),
            ..ratios
        }
    }

    /// How many runs have no value.
    pub fn misses(&self) -> usize {
        self.values.len() - self.n
    }

    /// The largest value.
    pub fn max(&self) -> Option<f64> {
        self.values.iter().copied().flatten().reduce(f64::max)
    }
}

/// The ends of an interval to three digits; none where these are the same: of runs in virtual time
/// that are all alike it is a point.
pub(crate) fn shown_interval(ci95: Option<[f64; 2]>) -> Option<[String; 2]> {
    let ends = ci95?.map(|end| digits(end, 3));
    (ends[0] != ends[1]).then_some(ends)
}

/// Where the mean is with 95 % confidence, if the values are normal.
fn interval(mean: Option<f64>, deviation: Option<f64>, n: usize) -> Option<[f64; 2]> {
    let (mean, deviation) = (mean?, deviation?);
    let half = student(n.checked_sub(1)?)? * deviation / (n as f64).sqrt();
    (n >= 3).then_some([mean - half, mean + half])
}

/// The 97.5 % quantile of Student's t distribution, to four digits.
fn student(degrees: usize) -> Option<f64> {
    /// For 1 degree of freedom, 2, …
    const FEW: [f64; 10] = [
        12.706, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281,
    ];
    /// That of the normal distribution.
    const MANY: f64 = 1.959_964;
    if degrees <= FEW.len() {
        return FEW.get(degrees.checked_sub(1)?).copied();
    }
    // The expansion of Cornish and Fisher in 1/degrees (Abramowitz, Stegun 26.7.5).
    let (v, z) = (degrees as f64, MANY);
    let (z3, z5, z7) = (z * z * z, z * z * z * z * z, z * z * z * z * z * z * z);
    let first = (z3 + z) / 4.0;
    let second = (5.0 * z5 + 16.0 * z3 + 3.0 * z) / 96.0;
    let third = (3.0 * z7 + 19.0 * z5 + 17.0 * z3 - 15.0 * z) / 384.0;
    Some(z + first / v + second / (v * v) + third / (v * v * v))
}

#[cfg(test)]
mod tests {
    use ps_core::distribution::normal;
    use ps_core::{JobId, Purpose, Seed, WorkerId};

    use super::*;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        let known = [
            (1, 12.706),
            (2, 4.303),
            (10, 2.228),
            (11, 2.201),
            (30, 2.042),
            (1000, 1.962),
        ];
        for (degrees, expected) in known {
            let found = student(degrees).unwrap();
            assert!((found - expected).abs() < 6e-4, "{degrees}: {found}");
        }
        assert_eq!(student(0), None);
    }

    #[test]
    fn what_is_not_there_is_not_counted_and_a_ratio_with_a_miss_has_no_mean() {
        let times = Quantity::of([Some(2.0), None, Some(4.0)]);
        assert_eq!((times.n, times.misses(), times.mean), (2, 1, Some(3.0)));
        assert_eq!(times.ci95, None);
        let ratio = Quantity::of([Some(8.0), Some(1.0), Some(4.0)]).over(&times);
        assert_eq!(ratio.values, [Some(4.0), None, Some(1.0)]);
        assert_eq!((ratio.mean, ratio.ci95, ratio.misses()), (None, None, 1));
        let ratio =
            Quantity::of([Some(8.0), Some(1.0)]).over(&Quantity::of([Some(2.0), Some(1.0)]));
        assert_eq!(ratio.mean, Some(2.0));
        let one = Quantity::of([Some(5.0)]);
        assert_eq!((one.mean, one.sd, one.ci95), (Some(5.0), None, None));
    }

    /// Times whose logarithm is normal; both methods of a seed share most of it.
    #[test]
    fn in_95_of_100_comparisons_the_interval_holds_the_ratio() {
        const TRUE_RATIO: f64 = 1.8;
        for seeds in [3, 5, 10] {
            let holds = |comparison: u64| {
                let id = JobId::new(comparison * 100 + seeds);
                let mut stream = Seed::new(7).stream(Purpose::Gradient, WorkerId::new(0), id);
                let (mut slow, mut fast) = (Vec::new(), Vec::new());
                for _ in 0..seeds {
                    let mut draw = || normal(&mut stream);
                    let shared = draw();
                    slow.push(Some(TRUE_RATIO * math::exp(shared + 0.1 * draw())));
                    fast.push(Some(math::exp(shared + 0.1 * draw())));
                }
                let ratio = Quantity::of(slow).over(&Quantity::of(fast));
                let [low, high] = ratio.ci95.unwrap();
                low <= TRUE_RATIO && TRUE_RATIO <= high
            };
            let held = (0..2000).filter(|&comparison| holds(comparison)).count();
            assert!(
                (1860..=1940).contains(&held),
                "{seeds} seeds: {held} of 2000"
            );
        }
    }
}
