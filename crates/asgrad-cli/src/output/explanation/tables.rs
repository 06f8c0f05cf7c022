//! The workers and the arrivals.

use std::path::Path;

use asgrad::explain::{Account, Activity, Explanation, Waste};

use super::Table;
use super::words::{number_if_any, part, percent, time, time_if_any};

/// More rows than this are for programs.
pub(super) const MOST_ROWS: usize = 20;

/// One row a worker, for people. Columns that say nothing are left out.
pub(super) fn workers(explanation: &Explanation) -> Table {
    let workers = &explanation.workers;
    let used = |activity: &&Activity| {
        let mut times = workers.iter().map(|worker| worker.times.at(**activity));
        times.any(|time| !time.is_zero())
    };
    let activities: Vec<Activity> = Activity::ALL.iter().filter(used).copied().collect();
    let names = activities.iter().map(|activity| activity.name());
    let headers: Vec<&str> = [
        "worker",
        "gradients",
        "of updates",
        "of data",
        "stale mean",
        "stale p90",
        "stale max",
    ]
    .into_iter()
    .chain(names)
    .chain(["unknown", "wasted", "mean queue"])
    .collect();
    let mut table = Table::new(&headers);
    for worker in workers.iter().take(MOST_ROWS) {
        let at = |activity: &Activity| part(worker.times.at(*activity), explanation.duration);
        let mut row = vec![
            worker.worker.to_string(),
            worker.gradients.to_string(),
            percent(worker.update_share),
            percent(worker.data_share),
            number_if_any(worker.staleness_mean),
            whole_if_any(worker.staleness_p90, "–"),
            whole_if_any(worker.staleness_max, "–"),
        ];
        row.extend(activities.iter().map(at));
        row.push(part(worker.unaccounted, explanation.duration));
        row.push(part(worker.wasted.time(), explanation.duration));
        row.push(time_if_any(worker.queued.mean));
        table.push(row);
    }
    let says_something = |header: &&str| match *header {
        "of data" => workers.iter().any(|worker| worker.data_share.is_some()),
        "unknown" => workers.iter().any(|worker| !worker.unaccounted.is_zero()),
        "wasted" => !explanation.wasted.time().is_zero(),
        "mean queue" => !explanation.queued.max.is_zero(),
        _ => true,
    };
    table.columns(
        &headers
            .into_iter()
            .filter(says_something)
            .collect::<Vec<_>>(),
    )
}

fn whole_if_any(value: Option<u64>, otherwise: &str) -> String {
    value.map_or_else(|| otherwise.to_owned(), |value| value.to_string())
}

/// What the columns of a table mean, where their names do not say so.
pub(super) fn legend(explanation: &Explanation) -> String {
    let meanings = [
        (Activity::Computing, "inside the oracle"),
        (Activity::Injected, "the rest of an emulated compute time"),
        (
            Activity::Serving,
            if explanation.header.is_hogwild() {
                "adding gradients to the model, and telling of it"
            } else {
                "running turns of the server"
            },
        ),
        (Activity::HandOver, "has a job and is not at it yet"),
        (Activity::Idle, "has no job"),
    ];
    let used = |activity: Activity| {
        let mut workers = explanation.workers.iter();
        workers.any(|worker| !worker.times.at(activity).is_zero())
    };
    let meanings: Vec<String> = meanings
        .into_iter()
        .filter(|(activity, _)| used(*activity))
        .map(|(activity, meaning)| format!("{}: {meaning}", activity.name()))
        .collect();
    match meanings.is_empty() {
        true => String::new(),
        false => format!("({})\n", meanings.join("; ")),
    }
}

/// One row a worker, for programs.
pub(super) fn workers_exactly(path: &Path, explanation: &Explanation) -> Table {
    let times = Activity::ALL.map(|activity| activity.name().replace('-', "_") + "_seconds");
    let reasons = Waste::default().reasons();
    let wasted = reasons.map(|(reason, _)| format!("{reason}_seconds"));
    let headers: Vec<&str> = [
        "trace",
        "worker",
        "gradients",
        "discarded",
        "cancelled",
        "expired",
        "lost",
        "updates",
        "update_share",
        "rows",
        "data_share",
        "staleness_mean",
        "staleness_p50",
        "staleness_p90",
        "staleness_p99",
        "staleness_max",
    ]
    .into_iter()
    .chain(times.iter().map(String::as_str))
    .chain(["unaccounted_seconds", "wasted_seconds"])
    .chain(wasted.iter().map(String::as_str))
    .chain(["queued_seconds"])
    .collect();
    let mut table = Table::new(&headers);
    for worker in &explanation.workers {
        table.push(worker_exactly(path, worker));
    }
    table
}

fn worker_exactly(path: &Path, worker: &Account) -> Vec<String> {
    let exact = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    let mut row = vec![
        path.display().to_string(),
        worker.worker.to_string(),
        worker.gradients.to_string(),
    ];
    let reasons = worker.wasted.reasons();
    row.extend(reasons.map(|(_, in_vain)| in_vain.jobs.to_string()));
    row.extend([
        worker.updates.to_string(),
        exact(worker.update_share),
        worker
            .rows
            .map_or_else(String::new, |rows| rows.to_string()),
        exact(worker.data_share),
        exact(worker.staleness_mean),
        whole_if_any(worker.staleness_p50, ""),
        whole_if_any(worker.staleness_p90, ""),
        whole_if_any(worker.staleness_p99, ""),
        whole_if_any(worker.staleness_max, ""),
    ]);
    let times = Activity::ALL.map(|activity| worker.times.at(activity));
    let times = times
        .into_iter()
        .chain([worker.unaccounted, worker.wasted.time()])
        .chain(reasons.map(|(_, in_vain)| in_vain.time))
        .chain([worker.queued.total]);
    row.extend(times.map(|time| time.as_secs_f64().to_string()));
    row
}

/// One row a gradient, for people: what a slide needs.
pub(super) fn arrivals(explanation: &Explanation) -> Table {
    let headers = [
        "time",
        "worker",
        "job",
        "read version",
        "on arrival",
        "staleness",
        "action",
        "makes",
    ];
    let mut table = Table::new(&headers);
    for arrival in &explanation.schedule {
        let makes = arrival
            .made
            .map_or_else(|| "–".to_owned(), |made| made.to_string());
        table.push(vec![
            time(arrival.time),
            arrival.worker.to_string(),
            arrival.job.to_string(),
            arrival.read_version.to_string(),
            arrival.version.to_string(),
            arrival.staleness.to_string(),
            arrival.action.word().to_owned(),
            makes,
        ]);
    }
    table
}

/// One row a gradient, for programs.
pub(super) fn arrivals_exactly(path: &Path, explanation: &Explanation) -> Table {
    let headers = [
        "trace",
        "seconds",
        "worker",
        "job",
        "assigned_seconds",
        "read_version",
        "version",
        "staleness",
        "action",
        "made",
    ];
    let mut table = Table::new(&headers);
    for arrival in &explanation.schedule {
        table.push(vec![
            path.display().to_string(),
            arrival.time.as_secs_f64().to_string(),
            arrival.worker.to_string(),
            arrival.job.to_string(),
            arrival.assigned.as_secs_f64().to_string(),
            arrival.read_version.to_string(),
            arrival.version.to_string(),
            arrival.staleness.to_string(),
            arrival.action.word().to_owned(),
            arrival
                .made
                .map_or_else(String::new, |made| made.to_string()),
        ]);
    }
    table
}
