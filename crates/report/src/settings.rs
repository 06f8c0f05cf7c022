//! What a run was made with, apart from its method and its seed.

use std::fmt;

use ps_core::form::count;
use serde_json::Value;

use crate::run::Run;
use crate::text::shorten;

/// Fields of a first line that are told in other words, follow from the seed, or may differ between
/// repetitions.
const TOLD: [&str; 20] = [
    "method",
    "seed",
    "comment",
    "command",
    "data",
    "data_hash",
    "rows_per_worker",
    "step_size",
    "step_rule",
    "workers",
    "concurrency",
    "clock",
    "driver",
    "precision",
    "on_lost_worker",
    "cluster",
    "compute",
    "download",
    "upload",
    "unit",
];

/// One of the things that runs of a method may differ in and not be repetitions.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    /// As people say it.
    shown: String,
    /// What must be the same.
    identity: String,
}

impl PartialEq for Setting {
    fn eq(&self, other: &Self) -> bool {
        self.identity == other.identity
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl Setting {
    fn new(text: impl Into<String>) -> Self {
        /// Number of characters that are shown.
        const MAX_LENGTH: usize = 40;
        let identity = text.into();
        Self {
            shown: shorten(&identity, MAX_LENGTH),
            identity,
        }
    }
}

/// Everything that must be the same for runs to be repetitions.
pub(crate) fn settings(run: &Run) -> Vec<Setting> {
    let header = run.header();
    let machine = &header.machine;
    let mut settings = vec![
        format!("γ = {}", header.spec.step_size),
        format!("step rule {}", header.spec.step_rule),
        count(header.workers(), "worker"),
        count(header.concurrency(), "job") + " out",
        format!("{:?} clock", header.clock()).to_lowercase(),
        count(header.dimension, "parameter"),
        header.spec.precision.to_string(),
        format!("on lost worker {}", header.spec.on_lost_worker),
        format!(
            "{}, {}, {}",
            machine.os,
            machine.arch,
            count(machine.cores, "core")
        ),
    ];
    settings.extend(header.cluster().split(", ").map(str::to_owned));
    let said = header.description.iter();
    let said = said.filter_map(|(key, value)| Some((key.clone(), word(value)?)));
    let asked = header.spec.settings();
    let all = said.chain(asked.map(|(setting, value)| (setting.key(), value)));
    let asked = all.filter(|(key, _)| !TOLD.contains(&key.as_str()));
    let asked = asked.map(|(key, value)| format!("{} {value}", key.replace('_', " ")));
    settings.extend(asked);
    let settings = settings.into_iter().map(Setting::new);
    settings.chain(data(run)).collect()
}

/// The data: by name, and by hash unless they are drawn anew for each seed.
fn data(run: &Run) -> Option<Setting> {
    let header = run.header();
    let name = header.described("data")?;
    let file = name.rsplit(['/', '\\']).next().unwrap_or(&name);
    let mut setting = Setting::new(format!("data {file}"));
    if !name.starts_with("synthetic") {
        setting.identity += &header.described("data_hash").unwrap_or_default();
    }
    Some(setting)
}

/// A value that was set, as text.
fn word(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}
