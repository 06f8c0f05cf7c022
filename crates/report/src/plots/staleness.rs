//! Histograms of staleness.

use super::id;
use crate::figure::{Axis, Bar, Figure, Ink, Mark, Scale, Series, Size};
use crate::group::Group;
use explain::tables::Table;
use explain::tables::number::printed;

/// Number of bars of a histogram, at three or four pixels each.
const MAX_BARS: u64 = 60;

/// The bins of all histograms of a comparison: they have the same horizontal axis.
#[derive(Clone, Copy)]
struct Bins {
    /// The smallest staleness that goes into the last bin.
    last: u64,
    /// How many values a bin has, but for the last.
    width: u64,
    /// Whether the last bin has all that is larger, too.
    open: bool,
}

/// One histogram a method, all with the same horizontal axis.
pub(crate) fn staleness(prefix: &str, groups: &[Group]) -> Vec<Figure> {
    let bins = Bins::of(groups);
    groups
        .iter()
        .enumerate()
        .map(|(index, group)| histogram(prefix, group, index, bins))
        .collect()
}

impl Bins {
    /// Up to the largest staleness; or, if that is far out, to somewhat more than 99 % of the
    /// gradients need.
    fn of(groups: &[Group]) -> Self {
        let summaries = groups.iter().map(Group::staleness_summary);
        let (p99, max) = summaries.fold((0, 0), |(p99, max), summary| {
            (summary.p99.max(p99), summary.max.max(max))
        });
        let enough = p99.saturating_add(p99 / 4 + 1);
        let open = max / 2 > enough;
        let shown = if open { enough } else { max };
        let width = shown / MAX_BARS + 1;
        Self {
            last: shown / width * width,
            width,
            open,
        }
    }

    fn count(self) -> usize {
        usize::try_from(self.last / self.width).map_or(1, |last| last + 1)
    }

    fn index(self, staleness: u64) -> usize {
        let bin = staleness.min(self.last) / self.width;
        usize::try_from(bin).map_or(0, |bin| bin.min(self.count() - 1))
    }

    /// What is in a bin, for people.
    fn describe(self, bin: usize) -> String {
        let first = bin as u64 * self.width;
        match self.width {
            _ if self.open && first == self.last => format!("{first} or more"),
            1 => first.to_string(),
            width => format!("{first} to {}", first + width - 1),
        }
    }
}

fn histogram(prefix: &str, group: &Group, index: usize, bins: Bins) -> Figure {
    let percents = percents(group, bins);
    let bar = |(bin, percent): (usize, &f64)| {
        let first = bin as f64 * bins.width as f64;
        Bar {
            x: (first - 0.4, first + bins.width as f64 - 0.6),
            y: (0.0, *percent),
            says: format!(
                "staleness {}: {} % of gradients",
                bins.describe(bin),
                printed(*percent)
            ),
        }
    };
    let filled = percents.iter().enumerate();
    let bars = filled.filter(|(_, percent)| **percent > 0.0).map(bar);
    let highest = percents.iter().copied().fold(1.0, f64::max);
    let summary = group.staleness_summary();
    let mean = printed((summary.mean * 100.0).round() / 100.0);
    Figure {
        id: id(prefix, "staleness", &group.slug),
        title: group.name.clone(),
        caption: format!("mean {mean}, largest {}", summary.max),
        size: Size::Small,
        x: Axis::new(
            "staleness, updates",
            Scale::Whole,
            (-0.6, (bins.last + bins.width) as f64 - 0.4),
        ),
        y: Axis::new("gradients, %", Scale::Linear, (0.0, highest * 1.08)),
        series: vec![Series::new(
            &group.name,
            Ink::Method(index),
            Mark::Bars(bars.collect()),
        )],
        table: table(&percents, bins, summary.max),
    }
}

/// From, to and share of each bin.
fn table(percents: &[f64], bins: Bins, max: u64) -> Table {
    let mut table = Table::new(&["from", "to", "share"]);
    for (bin, percent) in percents.iter().enumerate() {
        let from = bin as u64 * bins.width;
        let to = if bins.open && from == bins.last {
            max.max(from)
        } else {
            from + bins.width - 1
        };
        let share = percent / 100.0;
        table.push(vec![from.to_string(), to.to_string(), share.to_string()]);
    }
    table
}

/// The share of gradients in each bin. Where runs come with coarser bins, those count by their
/// middle.
fn percents(group: &Group, bins: Bins) -> Vec<f64> {
    let mut counts = vec![0.0; bins.count()];
    for (from, to, gradients) in group.staleness() {
        counts[bins.index(from + (to - from) / 2)] += gradients as f64;
    }
    let all = counts.iter().sum::<f64>().max(1.0);
    counts
        .into_iter()
        .map(|count| 100.0 * count / all)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_staleness_has_a_bin_and_every_bin_says_what_is_in_it() {
        let whole = Bins {
            last: 4,
            width: 1,
            open: false,
        };
        assert_eq!(
            (whole.count(), whole.index(4), whole.describe(4)),
            (5, 4, "4".to_owned())
        );
        let open = Bins {
            last: 9,
            width: 3,
            open: true,
        };
        assert_eq!(open.count(), 4);
        let known = [(0, 0), (2, 0), (3, 1), (8, 2), (9, 3), (u64::MAX, 3)];
        for (staleness, bin) in known {
            assert_eq!(open.index(staleness), bin, "{staleness}");
        }
        assert_eq!(
            [0, 3].map(|bin| open.describe(bin)),
            ["0 to 2", "9 or more"]
        );
    }
}
