//! How to make the same runs again: commands, settings, traces.

use ps_core::form::count;
use serde_json::Value;

use super::table::list;
use crate::contents::Report;
use crate::run::Run;
use crate::text::{escape, shorten};
use explain::tables::number::printed;

/// Number of characters of a command that are shown: with a thousand files it is no longer read.
const MAX_COMMAND: usize = 5000;

pub(crate) fn html(report: &Report) -> String {
    let runs = || {
        let groups = report.sections.iter().flat_map(|section| &section.groups);
        groups.flat_map(|group| &group.runs)
    };
    let command: String = commands(report, runs())
        .into_iter()
        .map(|command| {
            format!(
                "<pre tabindex=\"0\"><code>{}</code></pre>",
                escape(&shorten(&command, MAX_COMMAND))
            )
        })
        .collect();
    let configurations = common(&runs().collect::<Vec<_>>());
    let files: Vec<_> = runs().map(|run| (run.path.clone(), about(run))).collect();
    format!(
        "<section id=\"reproduce\"><h2>How to make this again</h2>{command}{}\
         <details><summary>The runs and their traces</summary>{}</details></section>",
        list(&configurations),
        list(&files)
    )
}

/// The command that made all runs, or those that the traces name, each once.
fn commands<'a>(report: &Report, runs: impl Iterator<Item = &'a Run>) -> Vec<String> {
    if !report.command.is_empty() {
        return vec![report.command.clone()];
    }
    let mut commands = Vec::new();
    for command in runs.filter_map(|run| run.header().described("command")) {
        if !commands.contains(&command) {
            commands.push(command);
        }
    }
    commands
}

/// What sets a run apart from the others: its method, seed and end.
fn about(run: &Run) -> String {
    let header = run.header();
    format!(
        "{}, step size {}, seed {}, {} in {} s, {}",
        header.method(),
        header.spec.step_size,
        header.spec.seed,
        count(run.explained.updates, "update"),
        printed(run.seconds()),
        run.stop().unwrap_or("truncated")
    )
}

/// What all runs have in common, and how many values there are of the rest.
fn common(runs: &[&Run]) -> Vec<(String, String)> {
    let mut entries: Vec<(String, Vec<String>)> = Vec::new();
    for run in runs {
        for (name, value) in configuration(run) {
            match entries.iter_mut().find(|(known, _)| *known == name) {
                Some((_, values)) if values.contains(&value) => {}
                Some((_, values)) => values.push(value),
                None => entries.push((name, vec![value])),
            }
        }
    }
    let together = |(name, values): (String, Vec<String>)| (name, values.join("; "));
    entries.into_iter().map(together).collect()
}

/// Settings that are told in other words, or beside each run.
const TOLD: [&str; 9] = [
    "method",
    "seed",
    "step-size",
    "workers",
    "precision",
    "compute",
    "download",
    "upload",
    "unit",
];

fn configuration(run: &Run) -> Vec<(String, String)> {
    let header = run.header();
    let machine = &header.machine;
    let (dimension, precision) = (count(header.dimension, "parameter"), header.spec.precision);
    let words = [
        (
            "machine",
            format!(
                "{}, {}, {}",
                machine.os,
                machine.arch,
                count(machine.cores, "core")
            ),
        ),
        (
            "workers",
            format!("{} ({})", header.workers(), header.cluster()),
        ),
        ("model", format!("{dimension}, {precision}")),
    ];
    let words = words.map(|(name, value)| (name.to_owned(), value));
    let settings = header
        .spec
        .settings()
        .filter(|(setting, _)| !TOLD.contains(&setting.0));
    let settings = settings.map(|(setting, value)| (setting.0.replace('-', " "), value));
    let versions = header.versions.iter();
    let versions = versions.map(|(name, value)| (format!("{name} version"), show(value)));
    let said = header
        .description
        .iter()
        .filter(|(name, _)| *name != "command");
    let said = said.map(|(name, value)| (name.replace('_', " "), show(value)));
    let all = words
        .into_iter()
        .chain(settings)
        .chain(versions)
        .chain(said);
    all.filter(|(_, value)| !value.is_empty()).collect()
}

/// A value for people; what is long is cut.
fn show(value: &Value) -> String {
    /// Number of entries of a list that are shown.
    const MAX_ENTRIES: usize = 24;
    /// Number of characters of a text that are shown.
    const MAX_LENGTH: usize = 300;
    match value {
        Value::Null => String::new(),
        Value::String(text) => shorten(text, MAX_LENGTH),
        Value::Array(values) => {
            let mut shown: Vec<_> = values.iter().take(MAX_ENTRIES).map(show).collect();
            if values.len() > MAX_ENTRIES {
                shown.push(format!("… ({} in all)", values.len()));
            }
            shown.join(", ")
        }
        other => shorten(&other.to_string(), MAX_LENGTH),
    }
}
