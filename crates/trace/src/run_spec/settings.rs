//! Settings by name: read from text and written as text, as the [table](super::SETTINGS) says.

use std::error::Error;
use std::fmt;

use ps_core::Setting;
use ps_core::form::{Kind, Named};

use super::RunSpec;

/// What a run has, each with what is before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Has {
    Schedule,
    Model,
    Data,
}

/// One setting of a run.
#[derive(Debug)]
pub struct Entry {
    /// Its name.
    pub setting: Setting,
    /// Older names, which are still read.
    pub alias: &'static [&'static str],
    /// The group that it is listed in.
    pub group: &'static str,
    /// What a run must have for it to have an effect.
    pub(super) needs: Has,
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
        let is_switch = RunSpec::entry(setting.0).is_some_and(|entry| entry.value.is_empty());
        match value.as_str() {
            "true" if is_switch => ps_core::write_spelled!(f, "{}: {fault}", setting),
            "" => ps_core::write_spelled!(f, "{} \"\": {fault}", setting),
            value => ps_core::write_spelled!(f, "{} {value}: {fault}", setting),
        }
    }
}

impl Error for SettingError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.fault)
    }
}
