//! Figures of each worker's share of the updates.

use super::id;
use crate::figure::{Axis, Bar, Figure, Ink, Mark, Scale, Series, Size};
use crate::group::Group;
use explain::tables::Table;
use explain::tables::number::printed;

/// Number of bars of a figure: of more workers, neighbours share a bar.
const MAX_BARS: usize = 40;

/// One figure a method: each worker's share of the updates, beside its share of the data.
pub(crate) fn shares(prefix: &str, groups: &[Group]) -> Vec<Figure> {
    let figures: Vec<_> = groups
        .iter()
        .enumerate()
        .map(|(index, group)| figure(prefix, group, index))
        .collect();
    let highest = figures
        .iter()
        .map(|figure| figure.y.range.1)
        .fold(0.0, f64::max);
    let same_axis = |mut figure: Figure| {
        figure.y.range.1 = highest;
        figure
    };
    figures.into_iter().map(same_axis).collect()
}

fn figure(prefix: &str, group: &Group, index: usize) -> Figure {
    let n = group.n_workers();
    let block = n.div_ceil(MAX_BARS).max(1);
    let (bars, levels) = marks(group, block);
    let highest = bars
        .iter()
        .chain(&levels)
        .map(|bar| bar.y.1)
        .fold(0.0, f64::max);
    let mut series = vec![Series::new(
        "share of updates",
        Ink::Method(index),
        Mark::Bars(bars),
    )];
    if !levels.is_empty() {
        series.push(Series::new(
            "share of data",
            Ink::Text,
            Mark::Levels(levels),
        ));
    }
    Figure {
        id: id(prefix, "shares", &group.slug),
        title: group.name.clone(),
        caption: match block {
            1 => String::new(),
            block => format!("each bar is {block} workers together"),
        },
        size: Size::Small,
        x: Axis::new(
            match block {
                1 => "worker".to_owned(),
                block => format!("workers, {block} a bar"),
            },
            Scale::Whole,
            (-0.7, n as f64 - 0.3),
        ),
        y: Axis::new("share, %", Scale::Linear, (0.0, (highest * 1.08).max(1.0))),
        series,
        table: table(group),
    }
}

/// A bar for each block of workers, and a level for its share of the data.
fn marks(group: &Group, block: usize) -> (Vec<Bar>, Vec<Bar>) {
    let n = group.n_workers();
    let (mut bars, mut levels) = (Vec::new(), Vec::new());
    for first in (0..n).step_by(block) {
        let last = (first + block).min(n) - 1;
        let share = (first..=last)
            .map(|worker| group.share(worker))
            .sum::<f64>()
            * 100.0;
        let data: Option<f64> = (first..=last)
            .map(|worker| group.first().data_share(worker))
            .sum();
        let who = match block {
            1 => format!("worker {first}"),
            _ => format!("workers {first} to {last}"),
        };
        let (x, says) = ((first as f64 - 0.36, last as f64 + 0.36), printed(share));
        let mut says = format!("{who}: {says} % of the updates");
        if let Some(data) = data {
            says += &format!(", {} % of the data", printed(100.0 * data));
            let (x, y) = ((first as f64 - 0.5, last as f64 + 0.5), 100.0 * data);
            let says = format!("{who}: {} % of the data", printed(y));
            levels.push(Bar { x, y: (y, y), says });
        }
        bars.push(Bar {
            x,
            y: (0.0, share),
            says,
        });
    }
    (bars, levels)
}

/// Each worker's shares, whatever the bars.
fn table(group: &Group) -> Table {
    let mut table = Table::default();
    let mut column = |header: &str, cell: &dyn Fn(usize) -> String| {
        table.push_column(header, (0..group.n_workers()).map(cell));
    };
    let data = |worker: usize| group.first().data_share(worker);
    column("worker", &|worker| worker.to_string());
    column("update_share", &|worker| group.share(worker).to_string());
    column("data_share", &|worker| {
        data(worker).map_or_else(String::new, |share| share.to_string())
    });
    table
}
