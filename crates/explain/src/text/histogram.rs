//! Staleness as bars.

use crate::explanation::Explanation;

/// Number of bars: as many as are seen at one glance.
const MAX_ROWS: u64 = 12;

/// Length of the longest bar, in characters: labels and counts fit beside it in 80 columns.
const BAR_WIDTH: u64 = 40;

/// At most a dozen rows: of equal width up to the 99th percentile, and the rest in the last one.
pub(super) fn of(explanation: &Explanation) -> String {
    let staleness = &explanation.staleness;
    if staleness.histogram.is_empty() {
        return String::new();
    }
    let largest = staleness.all.max;
    let width = match largest {
        0..MAX_ROWS => 1,
        _ => (staleness.all.p99 + 1).div_ceil(MAX_ROWS - 1),
    };
    let last = (largest / width).min(MAX_ROWS - 1);
    let row = |row: u64| {
        let (from, to) = (row * width, (row * width).saturating_add(width - 1));
        let label = if row == last && largest > to {
            format!("{from} to {largest}")
        } else if width == 1 {
            from.to_string()
        } else {
            format!("{from} to {to}")
        };
        let bins = staleness.histogram.iter();
        let inside = bins.filter(|bin| (bin.from / width).min(last) == row);
        (label, inside.map(|bin| bin.gradients).sum())
    };
    bars(&(0..=last).map(row).collect::<Vec<_>>())
}

/// Labels with a count each, as lines.
fn bars(rows: &[(String, u64)]) -> String {
    let label_width = rows.iter().map(|(label, _)| label.len()).max();
    let label_width = label_width.unwrap_or_default();
    let counts = || rows.iter().map(|(_, count)| *count);
    let (largest, total) = (counts().max().unwrap_or_default(), counts().sum::<u64>());
    let row = |(label, count): &(String, u64)| {
        let length = u128::from(BAR_WIDTH) * u128::from(*count) / u128::from(largest.max(1));
        let mut bar: String = (0..length).map(|_| '█').collect();
        if bar.is_empty() && *count > 0 {
            bar.push('▏');
        }
        let share = 100.0 * *count as f64 / total.max(1) as f64;
        format!("{label:>label_width$}  {bar:<40}  {share:>5.1} %  {count}\n")
    };
    rows.iter().map(row).collect()
}
