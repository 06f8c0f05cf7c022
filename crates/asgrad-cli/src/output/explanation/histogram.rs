//! Staleness as bars.

use asgrad::explain::Explanation;

const ROWS: usize = 12;
const LONGEST_BAR: u64 = 40;

/// At most a dozen rows: of equal width up to the 99th percentile, and the rest in the last one.
pub(super) fn of(explanation: &Explanation) -> String {
    let staleness = &explanation.staleness;
    if staleness.histogram.is_empty() {
        return String::new();
    }
    let most = ROWS as u64;
    let width = match staleness.all.max < most {
        true => 1,
        false => (staleness.all.p99 + 1).div_ceil(most - 1),
    };
    let last = (staleness.all.max / width).min(most - 1);
    let mut counts = vec![0; ROWS];
    for bin in &staleness.histogram {
        let row = (bin.from / width).min(last);
        counts[usize::try_from(row).unwrap_or(0)] += bin.gradients;
    }
    let label = |row: u64| {
        let (from, to) = (row * width, (row * width).saturating_add(width - 1));
        match (row == last && staleness.all.max > to, width) {
            (true, _) => format!("{from} to {}", staleness.all.max),
            (false, 1) => from.to_string(),
            (false, _) => format!("{from} to {to}"),
        }
    };
    bars((0..=last).map(label).zip(counts).collect())
}

fn bars(rows: Vec<(String, u64)>) -> String {
    let width = rows.iter().map(|(label, _)| label.len()).max().unwrap_or(0);
    let most = rows
        .iter()
        .map(|(_, count)| *count)
        .max()
        .unwrap_or(0)
        .max(1);
    let total: u64 = rows.iter().map(|(_, count)| count).sum();
    let row = |(label, count): (String, u64)| {
        let length = u128::from(LONGEST_BAR) * u128::from(count) / u128::from(most);
        let bar: String = (0..length).map(|_| '█').collect();
        let bar = if bar.is_empty() && count > 0 {
            "▏"
        } else {
            &bar
        };
        let share = 100.0 * count as f64 / total.max(1) as f64;
        format!("{label:>width$}  {bar:<40}  {share:>5.1} %  {count}\n")
    };
    rows.into_iter().map(row).collect()
}
