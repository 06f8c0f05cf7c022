//! Workers, arrivals and whole runs as rows of tables.

use std::time::Duration;

use crate::account::{Account, time_at};
use crate::activity::Activity;
use crate::explanation::Explanation;
use crate::schedule::RecordedArrival;
use crate::tables::Table;
use crate::tables::number::{digits, or_unknown, part, percent, time};
use crate::waste::Waste;

/// Number of workers that are listed for people: more rows are for programs.
pub(super) const MAX_ROWS: usize = 20;

/// One row a worker, for people. Columns that say nothing are left out.
pub(super) fn workers(of: &Explanation) -> Table {
    let workers = &of.workers;
    let mut table = Table::default();
    let mut column = |header: &str, says_something: bool, cell: &dyn Fn(&Account) -> String| {
        if says_something {
            table.push_column(header, workers.iter().take(MAX_ROWS).map(cell));
        }
    };
    let any = |says: &dyn Fn(&Account) -> bool| workers.iter().any(says);
    let share = |time: Duration| part(time, of.duration);
    column("worker", true, &|it| it.worker.to_string());
    column("gradients", true, &|it| it.gradients.to_string());
    let known = |share: Option<f64>| or_unknown(share.map(percent));
    column("of updates", true, &|it| known(it.update_share));
    let has_rows = any(&|it| it.data_share.is_some());
    column("of data", has_rows, &|it| known(it.data_share));
    column("stale mean", true, &|it| {
        or_unknown(it.staleness_mean.map(|mean| digits(mean, 3)))
    });
    column("stale p90", true, &|it| or_unknown(it.staleness_p90));
    column("stale max", true, &|it| or_unknown(it.staleness_max));
    for activity in Activity::ALL {
        let is_used = any(&|it| !it.times.at(activity).is_zero());
        column(activity.name(), is_used, &|it| share(it.times.at(activity)));
    }
    let is_cut = any(&|it| !it.unaccounted.is_zero());
    column("unknown", is_cut, &|it| share(it.unaccounted));
    let is_wasted = !of.wasted.time().is_zero();
    column("wasted", is_wasted, &|it| share(it.wasted.time()));
    column("mean queue", !of.queued.max.is_zero(), &|it| {
        or_unknown(it.queued.mean.map(|mean| time(mean, 3)))
    });
    table
}

/// What the columns of a table mean, where their names do not say so.
pub(super) fn legend(of: &Explanation) -> String {
    let serving = if of.header.is_hogwild() {
        "adding gradients to the model, and telling of it"
    } else {
        "running turns of the server"
    };
    let meanings = [
        (Activity::Computing, "inside the oracle"),
        (Activity::Injected, "the rest of an emulated compute time"),
        (Activity::Serving, serving),
        (Activity::HandOver, "has a job and is not at it yet"),
        (Activity::Lost, "has the job with which it is lost"),
        (Activity::Idle, "has no job"),
    ];
    let is_used = |(activity, _): &(Activity, &str)| {
        let mut workers = of.workers.iter();
        workers.any(|worker| !worker.times.at(*activity).is_zero())
    };
    let used = meanings.into_iter().filter(is_used);
    let text = |(activity, meaning): (Activity, &str)| format!("{}: {meaning}", activity.name());
    let meanings: Vec<String> = used.map(text).collect();
    if meanings.is_empty() {
        return String::new();
    }
    format!("({})\n", meanings.join("; "))
}

fn or_empty(value: Option<impl ToString>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

fn seconds(time: Duration) -> String {
    time.as_secs_f64().to_string()
}

/// One row a worker, for programs.
pub(super) fn workers_exactly(of: &Explanation) -> Table {
    let mut table = Table::default();
    let mut column = |header: &str, cell: &dyn Fn(&Account) -> String| {
        table.push_column(header, of.workers.iter().map(cell));
    };
    let reasons = Waste::default().reasons().map(|(reason, _)| reason);
    column("worker", &|it| it.worker.to_string());
    column("gradients", &|it| it.gradients.to_string());
    for (index, reason) in reasons.iter().enumerate() {
        column(reason, &|it| it.wasted.reasons()[index].1.jobs.to_string());
    }
    column("updates", &|it| it.updates.to_string());
    column("update_share", &|it| or_empty(it.update_share));
    column("rows", &|it| or_empty(it.rows));
    column("data_share", &|it| or_empty(it.data_share));
    column("staleness_mean", &|it| or_empty(it.staleness_mean));
    column("staleness_p50", &|it| or_empty(it.staleness_p50));
    column("staleness_p90", &|it| or_empty(it.staleness_p90));
    column("staleness_p99", &|it| or_empty(it.staleness_p99));
    column("staleness_max", &|it| or_empty(it.staleness_max));
    for activity in Activity::ALL {
        let header = activity.name().replace('-', "_") + "_seconds";
        column(&header, &|it| seconds(it.times.at(activity)));
    }
    column("unaccounted_seconds", &|it| seconds(it.unaccounted));
    column("wasted_seconds", &|it| seconds(it.wasted.time()));
    for (index, reason) in reasons.iter().enumerate() {
        let header = format!("{reason}_seconds");
        column(&header, &|it| seconds(it.wasted.reasons()[index].1.time));
    }
    column("queued_seconds", &|it| seconds(it.queued.total));
    table
}

/// One row a gradient, for people: what a slide needs.
pub(super) fn schedule(of: &Explanation) -> Table {
    let mut table = Table::default();
    let mut column = |header: &str, cell: &dyn Fn(&RecordedArrival) -> String| {
        table.push_column(header, of.schedule.iter().map(cell));
    };
    column("time", &|it| time(it.time, 3));
    column("worker", &|it| it.worker.to_string());
    column("job", &|it| it.job.to_string());
    column("read version", &|it| it.read_version.to_string());
    column("on arrival", &|it| it.version.to_string());
    column("staleness", &|it| it.staleness.to_string());
    column("action", &|it| it.action.word().to_owned());
    column("makes", &|it| or_unknown(it.made));
    table
}

/// One row a gradient, for programs.
pub(super) fn schedule_exactly(of: &Explanation) -> Table {
    let mut table = Table::default();
    let mut column = |header: &str, cell: &dyn Fn(&RecordedArrival) -> String| {
        table.push_column(header, of.schedule.iter().map(cell));
    };
    column("seconds", &|it| seconds(it.time));
    column("worker", &|it| it.worker.to_string());
    column("job", &|it| it.job.to_string());
    column("assigned_seconds", &|it| seconds(it.assigned));
    column("read_version", &|it| it.read_version.to_string());
    column("version", &|it| it.version.to_string());
    column("staleness", &|it| it.staleness.to_string());
    column("action", &|it| it.action.word().to_owned());
    column("made", &|it| or_empty(it.made));
    table
}

/// One row for the whole run.
pub(super) fn summary(of: &Explanation) -> Table {
    let staleness = of.staleness.all;
    let rounded = |value: Option<f64>| or_unknown(value.map(|value| digits(value, 3)));
    let shares = of.workers.iter().filter_map(|worker| worker.update_share);
    let all: Duration = of.workers.iter().map(|it| it.times.total()).sum();
    let idle = time_at(Activity::Idle, &of.workers);
    let largest = or_unknown(shares.reduce(f64::max).map(percent));
    let norm = of.evaluations.last().map(|last| last.gradient_norm);
    let mut table = Table::default();
    let mut column = |header: &str, cell: String| table.push_column(header, [cell]);
    column("method", of.header.method());
    column("took", time(of.duration, 3));
    column("updates", of.updates.to_string());
    column("updates/s", rounded(of.updates_per_second));
    column("stale mean", rounded(staleness.mean));
    column("p99", staleness.p99.to_string());
    column("max", staleness.max.to_string());
    column("largest share", largest + " %");
    column("idle", part(idle, all) + " %");
    column("wasted", part(of.wasted.time(), all) + " %");
    column(
        "mean queue",
        or_unknown(of.queued.mean.map(|mean| time(mean, 3))),
    );
    column("gradient norm", rounded(norm));
    column("findings", of.findings.len().to_string());
    table
}
