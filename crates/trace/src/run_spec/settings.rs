//! Settings by name: read from text and written as text, as the [table](SETTINGS) says.

use std::error::Error;
use std::fmt;

use ps_core::Setting;
use ps_core::form::{Kind, Named};

use super::RunSpec;
use super::table::SETTINGS;

/// One setting of a run.
#[derive(Debug)]
pub struct Entry {
    /// Its name.
    pub setting: Setting,
    /// Older names, which are still read.
    pub alias: &'static [&'static str],
    /// The group that it is listed in.
    pub group: &'static str,
    /// What stands for its value in a listing; nothing if it is a switch, whose value is `true`.
    pub value: &'static str,
    /// What it means, in one or several lines.
    pub meaning: &'static str,
    /// The things of a table that its value may name, as they are typed. Empty: there is no table.
    pub(super) forms: fn() -> String,
    pub(super) set: fn(&mut RunSpec, &str) -> Result<(), Fault>,
    pub(super) get: fn(&RunSpec) -> Option<String>,
}

impl Entry {
    /// What it means, and what its value may be.
    pub fn help(&self) -> String {
        self.meaning.to_owned() + &(self.forms)()
    }
}

/// The things of a table as they are typed.
pub(super) fn listed<K: Kind>(table: &[Named<K>]) -> String {
    let forms: Vec<_> = table.iter().map(Named::to_string).collect();
    forms.join(" | ")
}

/// What is wrong with a value.
pub(super) type Fault = Box<dyn Error + Send + Sync>;

/// A setting whose value makes no sense.
#[derive(Debug)]
pub struct SettingError {
    /// Which setting.
    pub setting: Setting,
    /// Its value, as it was given.
    pub value: String,
    /// What is wrong with it.
    pub fault: Fault,
}

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            setting,
            value,
            fault,
        } = self;
        ps_core::write_spelled!(f, "{} {}: {}", setting, value, fault)
    }
}

impl Error for SettingError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.fault)
    }
}

impl RunSpec {
    /// Sets what has this name, or had it once, from text. Hyphens and underscores are the same.
    ///
    /// # Errors
    /// If there is no such setting, or the text makes no sense.
    pub fn set(&mut self, name: &str, text: &str) -> Result<(), SettingError> {
        let entry = Self::entry(name).ok_or_else(|| SettingError {
            setting: Setting("setting"),
            value: name.to_owned(),
            fault: "there is no setting of this name".into(),
        })?;
        self.put(entry, text)
    }

    /// Sets this entry's setting from text.
    ///
    /// # Errors
    /// If the text makes no sense.
    pub fn put(&mut self, entry: &Entry, text: &str) -> Result<(), SettingError> {
        (entry.set)(self, text).map_err(|fault| SettingError {
            setting: entry.setting,
            value: text.to_owned(),
            fault,
        })
    }

    /// The entry of the setting that has this name, or had it once.
    pub fn entry(name: &str) -> Option<&'static Entry> {
        let name = name.replace('_', "-");
        let is_called = |entry: &&Entry| entry.setting.0 == name || entry.alias.contains(&&*name);
        SETTINGS.iter().find(is_called)
    }

    /// The value of the setting of this name as text, if it is set.
    pub fn text(&self, name: &str) -> Option<String> {
        (Self::entry(name)?.get)(self)
    }

    /// Every setting that is set, with its value as text.
    pub fn settings(&self) -> impl Iterator<Item = (Setting, String)> + '_ {
        let text = |entry: &Entry| Some((entry.setting, (entry.get)(self)?));
        SETTINGS.iter().filter_map(text)
    }
}
