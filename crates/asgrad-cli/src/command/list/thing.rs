//! One thing that can be chosen, as it is listed for people and for programs.

use asgrad::ps_core::form::{Kind, Named, Parameter};
use serde::Serialize;

use crate::output::Table;

/// The columns of [`table`].
const HEADERS: [&str; 6] = ["kind", "name", "form", "keys", "meaning", "reference"];

/// One thing that can be chosen.
#[derive(Debug, Serialize)]
pub(super) struct Thing {
    /// What it is: a method, a step rule …
    pub(super) kind: &'static str,
    pub(super) name: String,
    /// How it is typed: what may be left out is in brackets.
    pub(super) form: String,
    pub(super) keys: Vec<Key>,
    pub(super) meaning: String,
    /// Where it comes from, if it is somebody's.
    pub(super) reference: Option<&'static str>,
    /// Of a method: how many jobs are outstanding.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) outstanding: Option<&'static str>,
    /// Of a method: the step size that theory prescribes, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) theory: Option<&'static str>,
}

/// Something that can be set in it.
#[derive(Debug, Serialize)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) meaning: &'static str,
    /// What its value must be.
    values: String,
    /// Its value where none is given, or how that depends on the workers; nothing if it must be.
    pub(super) default: Option<String>,
    /// The values as they are listed for people.
    #[serde(skip)]
    pub(super) words: String,
}

impl From<&Parameter> for Key {
    fn from(parameter: &Parameter) -> Self {
        Self {
            name: parameter.name,
            meaning: parameter.meaning,
            values: parameter.domain.to_string(),
            default: parameter.default_words(),
            words: parameter.values(),
        }
    }
}

impl<K: Kind> From<&Named<K>> for Thing {
    fn from(named: &Named<K>) -> Self {
        Self {
            name: named.name.to_owned(),
            keys: named.parameters.iter().map(Key::from).collect(),
            reference: Some(named.reference).filter(|reference| !reference.is_empty()),
            ..Self::new(K::NAME, &named.to_string(), named.summary)
        }
    }
}

impl Thing {
    /// One that is in no table.
    pub(super) fn new(kind: &'static str, form: &str, meaning: &str) -> Self {
        let name = form.split([':', '[']).next().unwrap_or_default();
        Self {
            kind,
            name: name.to_owned(),
            form: form.to_owned(),
            keys: Vec::new(),
            meaning: meaning.to_owned(),
            reference: None,
            outstanding: None,
            theory: None,
        }
    }

    /// On a line for people.
    pub(super) fn line(&self) -> String {
        let reference = self.reference.map(|it| format!("; {it}"));
        let defaults: Vec<_> = self.keys.iter().filter_map(Key::with_default).collect();
        let defaults = match defaults.join(", ") {
            defaults if defaults.is_empty() => defaults,
            defaults => format!(" [default: {defaults}]"),
        };
        let (form, meaning) = (&self.form, &self.meaning);
        let reference = reference.unwrap_or_default();
        format!("  {form:<24}{meaning}{reference}{defaults}\n")
    }
}

impl Key {
    fn with_default(&self) -> Option<String> {
        let default = self.default.as_ref()?;
        Some(format!("{} = {default}", self.name))
    }
}

/// A row for each of them.
pub(super) fn table(things: &[Thing]) -> Table {
    let mut table = Table::new(&HEADERS);
    for thing in things {
        let keys: Vec<_> = thing
            .keys
            .iter()
            .map(|key| key.with_default().unwrap_or_else(|| key.name.to_owned()))
            .collect();
        let reference = thing.reference.unwrap_or_default().to_owned();
        let (name, form, meaning) = (&thing.name, &thing.form, &thing.meaning);
        table.push(vec![
            thing.kind.to_owned(),
            name.clone(),
            form.clone(),
            keys.join(", "),
            meaning.clone(),
            reference,
        ]);
    }
    table
}
