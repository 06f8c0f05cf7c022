//! Figures of what workers spent their time on.

use explain::Activity;

use super::id;
use crate::figure::{Axis, Bar, Figure, Ink, Mark, Scale, Series, Size};
use crate::group::Group;
use explain::tables::Table;
use explain::tables::number::printed;

/// Number of workers that have a bar of their own, the first ones.
const MAX_ROWS: usize = 16;

/// One bar a method: what all of its workers did, in shares of their time.
pub(crate) fn totals(prefix: &str, groups: &[Group]) -> Figure {
    let row = |group: &Group| {
        let workers = 0..group.n_workers();
        let n = workers.len().max(1) as f64;
        let sum = |activity| {
            workers
                .clone()
                .map(|worker| group.time_at(worker, activity))
                .sum::<f64>()
        };
        (
            group.name.clone(),
            shares(group, |activity| sum(activity) / n),
        )
    };
    let mut figure = stacked("method", groups.iter().map(row).collect());
    figure.id = id(prefix, "time", "");
    figure.title = "What the workers did".to_owned();
    figure
}

/// One bar a worker.
pub(crate) fn per_worker(prefix: &str, group: &Group) -> Figure {
    let shown = group.n_workers().min(MAX_ROWS);
    let row = |worker| {
        let shares = shares(group, |activity| group.time_at(worker, activity));
        (format!("worker {worker}"), shares)
    };
    let mut figure = stacked("worker", (0..shown).map(row).collect());
    figure.id = id(prefix, "time", &group.slug);
    figure.title = group.name.clone();
    if shown < group.n_workers() {
        figure.caption = format!("The first {shown} of {} workers.", group.n_workers());
    }
    figure
}

/// The share of the run's time at each activity, in percent. Of a trace that was cut, some may be
/// missing.
fn shares(group: &Group, seconds: impl Fn(Activity) -> f64) -> Vec<f64> {
    let whole = group.seconds().max(f64::MIN_POSITIVE);
    let share = |activity| 100.0 * seconds(activity) / whole;
    Activity::ALL.into_iter().map(share).collect()
}

/// Bars of shares, one a row, in the order of `Activity::ALL`.
fn stacked(what: &str, rows: Vec<(String, Vec<f64>)>) -> Figure {
    let table = table(what, &rows);
    let mut bars = vec![Vec::new(); Activity::ALL.len()];
    for (row, (name, shares)) in rows.iter().enumerate() {
        let mut from = 0.0;
        for (index, &share) in shares.iter().enumerate() {
            let to = from + share;
            if share >= 0.05 {
                let says = format!(
                    "{name}: {} {} % of the time",
                    Activity::ALL[index].name(),
                    printed((share * 10.0).round() / 10.0)
                );
                let y = (-(row as f64) - 0.36, -(row as f64) + 0.36);
                bars[index].push(Bar {
                    x: (from, to),
                    y,
                    says,
                });
            }
            from = to;
        }
    }
    let series = bars
        .into_iter()
        .enumerate()
        .filter(|(_, bars)| !bars.is_empty());
    let names: Vec<_> = rows.into_iter().map(|(name, _)| name).collect();
    let n = names.len();
    Figure {
        id: String::new(),
        title: String::new(),
        caption: String::new(),
        size: Size::Rows(n),
        x: Axis::new("share of the workers' time, %", Scale::Linear, (0.0, 100.0)),
        y: Axis::new("", Scale::Names(names), (0.5 - n as f64, 0.5)),
        series: series
            .map(|(index, bars)| {
                let activity = Activity::ALL[index];
                Series::new(activity.name(), Ink::Activity(activity), Mark::Bars(bars))
            })
            .collect(),
        table,
    }
}

/// Whose share of the time each activity had.
fn table(what: &str, rows: &[(String, Vec<f64>)]) -> Table {
    let mut table = Table::new(&[what, "activity", "share"]);
    let is_lost = |(activity, share): (Activity, f64)| activity == Activity::Lost && share > 0.0;
    let shares = |row: &(String, Vec<f64>)| Activity::ALL.into_iter().zip(row.1.clone());
    let any_lost = rows.iter().flat_map(shares).any(is_lost);
    for (name, shares) in rows {
        for (activity, share) in Activity::ALL.into_iter().zip(shares) {
            if activity == Activity::Lost && !any_lost {
                continue;
            }
            // The column says already that it is a worker.
            let name = name.strip_prefix("worker ").unwrap_or(name);
            let share = (share / 100.0).to_string();
            table.push(vec![name.to_owned(), activity.name().to_owned(), share]);
        }
    }
    table
}
