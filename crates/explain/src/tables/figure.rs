//! Numbers of any size, short enough for a column.

/// With so many decimals; what would have no digit left, or too many, in powers of ten.
#[must_use]
pub fn figure(value: f64, decimals: usize) -> String {
    let size = value.abs();
    let fits = size == 0.0 || !size.is_finite() || (rounding(decimals)..1e7).contains(&size);
    match fits {
        true => format!("{value:.decimals$}"),
        false => format!("{value:.*e}", decimals.saturating_sub(1)),
    }
}

/// A mean and its deviation, to the digits that the mean has.
#[must_use]
pub fn figure_with(mean: f64, deviation: f64, decimals: usize) -> String {
    let size = mean.abs();
    let fits = size == 0.0 && deviation == 0.0 || (rounding(decimals)..1e7).contains(&size);
    match fits {
        true => format!("{mean:.decimals$} ± {deviation:.decimals$}"),
        false => format!("{} ± {deviation:.1e}", figure(mean, decimals)),
    }
}

/// The smallest number with two digits among so many decimals.
fn rounding(decimals: usize) -> f64 {
    10f64.powf(1.0 - decimals as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_keeps_digits_that_mean_something_whatever_its_size() {
        let shown = [0.2697, 0.0011, 0.0, 3.21e-9, 1.5e40].map(|value| figure(value, 4));
        assert_eq!(
            shown,
            ["0.2697", "0.0011", "0.0000", "3.210e-9", "1.500e40"]
        );
        assert_eq!(figure_with(0.2697, 0.0016, 4), "0.2697 ± 0.0016");
        assert_eq!(figure_with(2.5e-7, 1.25e-8, 4), "2.500e-7 ± 1.2e-8");
        assert_eq!(figure_with(0.0, 0.0, 4), "0.0000 ± 0.0000");
        assert_eq!(figure_with(f64::INFINITY, f64::NAN, 4), "inf ± NaN");
    }
}
