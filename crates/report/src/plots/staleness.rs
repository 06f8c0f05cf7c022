//! How stale gradients were.

use super::id;
use crate::figure::{Axis, Bar, Figure, Ink, Mark, Scale, Series, Size};
use crate::group::Group;
use crate::text::number;

/// A histogram has no more bars than this.
const MOST_BARS: u64 = 60;

/// One histogram a method, all with the same horizontal axis.
pub(crate) fn staleness(prefix: &str, groups: &[Group]) -> Vec<Figure> {
    let largest = groups.iter().map(|group| group.staleness_summary().1);
    let largest = largest.max().unwrap_or(0);
    let width = largest / MOST_BARS + 1;
    groups
        .iter()
        .enumerate()
        .map(|(index, group)| histogram(prefix, group, index, (largest, width)))
        .collect()
}

fn histogram(prefix: &str, group: &Group, index: usize, (largest, width): (u64, u64)) -> Figure {
    let percents = percents(group, largest / width, width);
    let bar = |(bin, percent): (usize, &f64)| {
        let (first, last) = (bin as u64 * width, bin as u64 * width + width - 1);
        let which = match width {
            1 => first.to_string(),
            _ => format!("{first} to {last}"),
        };
        Bar {
            x: (first as f64 - 0.4, last as f64 + 0.4),
            y: (0.0, *percent),
            says: format!("staleness {which}: {} % of gradients", number(*percent)),
        }
    };
    let filled = percents.iter().enumerate();
    let bars = filled.filter(|(_, percent)| **percent > 0.0).map(bar);
    let highest = percents.iter().copied().fold(1.0, f64::max);
    let (mean, max) = group.staleness_summary();
    Figure {
        id: id(prefix, "staleness", &group.slug),
        title: group.name.clone(),
        caption: format!(
            "mean {}, largest {max}",
            number((mean * 100.0).round() / 100.0)
        ),
        size: Size::Small,
        x: Axis::new(
            "staleness, updates",
            Scale::Whole,
            (-0.6, (largest / width * width + width) as f64 - 0.4),
        ),
        y: Axis::new("gradients, %", Scale::Linear, (0.0, highest * 1.08)),
        series: vec![Series {
            name: group.name.clone(),
            ink: Ink::Method(index),
            mark: Mark::Bars(bars.collect()),
        }],
    }
}

/// The share of gradients in bins of this width, up to the last bin. Where runs have coarser bins, those count by their
/// middle.
fn percents(group: &Group, last: u64, width: u64) -> Vec<f64> {
    let n_bins = usize::try_from(last).map_or(0, |last| last + 1);
    let mut counts = vec![0.0; n_bins];
    for (from, to, gradients) in group.staleness() {
        let middle = from + (to - from) / 2;
        let bin = usize::try_from(middle / width).unwrap_or(usize::MAX);
        counts[bin.min(n_bins - 1)] += gradients as f64;
    }
    let all = counts.iter().sum::<f64>().max(1.0);
    counts
        .into_iter()
        .map(|count| 100.0 * count / all)
        .collect()
}
