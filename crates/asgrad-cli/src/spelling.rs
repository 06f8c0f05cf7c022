//! How settings are named in a message: as they were typed, or by where they stand in a file.

use std::collections::BTreeMap;

use asgrad::ps_core::sync::Mutex;

/// A key of a configuration file with its value.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// Where it is: `run.toml:3`.
    pub(crate) place: String,
    /// As it is written.
    pub(crate) key: String,
    /// As it would be typed.
    pub(crate) value: String,
}

impl Line {
    /// What is wrong with it.
    pub(crate) fn refused(&self, fault: &str) -> String {
        let Self { place, key, value } = self;
        format!("{place}: {key} = {value}: {fault}")
    }
}

/// How an option was written.
#[derive(Debug)]
pub(crate) enum Spelling {
    /// On the command line, by another of its names.
    Alias(String),
    /// In a configuration file.
    InFile(Line),
}

/// By the names of the options, as messages have them. Written before anything runs.
static KNOWN: Mutex<BTreeMap<String, Spelling>> = Mutex::new(BTreeMap::new());

/// Remembers how an option was written last.
pub(crate) fn learn(option: &str, spelling: Spelling) {
    KNOWN.lock().insert(format!("--{option}"), spelling);
}

/// A value, so that one sees it.
pub(crate) fn shown(value: &str) -> &str {
    if value.is_empty() { "\"\"" } else { value }
}

/// A message with its options as they were written.
pub(crate) fn spelled(message: String) -> String {
    let known = KNOWN.lock();
    known.iter().fold(message, |message, (option, spelling)| {
        respelled(&message, option, spelling)
    })
}

fn respelled(message: &str, option: &str, spelling: &Spelling) -> String {
    let line = match spelling {
        Spelling::Alias(name) => return replaced(message, option, &format!("--{name}")),
        Spelling::InFile(line) => line,
    };
    let Line { place, key, value } = line;
    if let Some(fault) = fault_of(message, option, value) {
        return format!("{place}: {key} = {value}: {fault}");
    }
    let with_value = format!("{key} = {value} ({place})");
    let message = replaced(message, &format!("{option} {value}"), &with_value);
    replaced(&message, option, &format!("{key} ({place})"))
}

/// What a message says of this option, if it begins with it: alone, with its value, or with a part of
/// that, which is one word.
fn fault_of<'a>(message: &'a str, option: &str, value: &str) -> Option<&'a str> {
    let rest = message.strip_prefix(option)?;
    let whole = format!(" {value}: ");
    if let Some(fault) = rest
        .strip_prefix(": ")
        .or_else(|| rest.strip_prefix(&whole))
    {
        return Some(fault);
    }
    let (part, fault) = rest.strip_prefix(' ')?.split_once(": ")?;
    (!part.contains(' ')).then_some(fault)
}

/// Replaces an option where it is not the beginning of another one.
fn replaced(message: &str, option: &str, by: &str) -> String {
    let mut parts = message.split(option);
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let goes_on = part.starts_with(|c: char| c == '-' || c.is_ascii_lowercase());
        text += if goes_on { option } else { by };
        text += part;
    }
    text
}
