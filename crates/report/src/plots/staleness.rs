//! How stale gradients were.

use super::id;
use crate::figure::{Axis, Bar, Figure, Ink, Mark, Scale, Series, Size};
use crate::group::Group;
use crate::text::number;

/// A histogram has no more bars than this.
const MOST_BARS: u64 = 60;

/// One histogram a method, all with the same horizontal axis.
pub(crate) fn staleness(prefix: &str, groups: &[Group]) -> Vec<Figure> {
    let largest = |group: &Group| group.staleness().last().map_or(0, |last| last.0);
    let largest = groups.iter().map(largest).max().unwrap_or(0);
    let width = (largest + 1).div_ceil(MOST_BARS);
    groups
        .iter()
        .enumerate()
        .map(|(index, group)| histogram(prefix, group, index, (largest, width)))
        .collect()
}

fn histogram(prefix: &str, group: &Group, index: usize, (largest, width): (u64, u64)) -> Figure {
    let shares = group.staleness();
    let mut bins = vec![0.0; (largest / width + 1) as usize];
    for (staleness, share) in &shares {
        bins[(staleness / width) as usize] += 100.0 * share;
    }
    let bar = |(bin, percent): (usize, &f64)| {
        let (first, last) = (bin as u64 * width, (bin as u64 + 1) * width - 1);
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
    let filled = bins
        .iter()
        .enumerate()
        .filter(|(_, percent)| **percent > 0.0);
    let highest = bins.iter().copied().fold(0.0, f64::max).max(1.0);
    let mean: f64 = shares
        .iter()
        .map(|(staleness, share)| *staleness as f64 * share)
        .sum();
    Figure {
        id: id(prefix, "staleness", &group.name),
        title: group.name.clone(),
        caption: format!(
            "mean {}, largest {}",
            number(mean),
            shares.last().map_or(0, |last| last.0)
        ),
        size: Size::Small,
        x: Axis::new(
            "staleness, updates",
            Scale::Whole,
            (-0.6, ((largest / width + 1) * width) as f64 - 0.4),
        ),
        y: Axis::new("gradients, %", Scale::Linear, (0.0, highest * 1.08)),
        series: vec![Series {
            name: group.name.clone(),
            ink: Ink::Method(index),
            mark: Mark::Bars(filled.map(bar).collect()),
        }],
    }
}
