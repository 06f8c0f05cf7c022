//! The figure of jobs outstanding over time.

use super::id;
use crate::figure::{Axis, Figure, Ink, Mark, Point, Scale, Series, Size};
use crate::group::Group;
use explain::tables::Table;

/// Number of points of a line: one for every other pixel.
const MAX_POINTS: usize = 250;

/// One figure of all methods, each by its first run; none if no gradient came.
pub(crate) fn concurrency(prefix: &str, groups: &[Group]) -> Option<Figure> {
    let series: Vec<_> = groups
        .iter()
        .enumerate()
        .filter_map(|(index, group)| {
            let points = points(group);
            let (has_some, ending) = (!points.is_empty(), None);
            let line = Mark::Line { points, ending };
            has_some.then(|| Series::new(&group.name, Ink::Method(index), line))
        })
        .collect();
    let all = || groups.iter().flat_map(points);
    let end = all().map(|point| point.x).fold(0.0, f64::max);
    let highest = all().map(|point| point.high).fold(1.0, f64::max);
    (end > 0.0).then(|| Figure {
        id: id(prefix, "concurrency", "time"),
        title: "Jobs outstanding against time".to_owned(),
        caption: "How many gradients are under way when one arrives, itself included. Where a line falls below the number of \
                  workers, some wait."
            .to_owned(),
        size: Size::Half,
        x: Axis::new("time, s", Scale::Linear, (0.0, end)),
        y: Axis::new("jobs outstanding", Scale::Linear, (0.0, highest * 1.08)),
        series,
        table: Table::default(),
    })
}

/// The mean of each of some stretches of time, and the most there was in it.
fn points(group: &Group) -> Vec<Point> {
    let series = &group.first().explained.concurrency.over_time;
    let stretch = series.len().div_ceil(MAX_POINTS).max(1);
    series
        .chunks(stretch)
        .map(|some| {
            let y = some.iter().map(|one| one.mean).sum::<f64>() / some.len() as f64;
            let last = some.last().map_or(0.0, |last| last.time.as_secs_f64());
            Point::exact(last, y)
        })
        .collect()
}
