//! A spec as a map from the names of its settings to numbers and text.

use ps_core::Setting;
use ps_core::form::text_of;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Number, Value};

use super::RunSpec;
use super::settings::SettingError;

impl Serialize for RunSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let entry = |(setting, text): (Setting, String)| (setting.key(), value(text));
        serializer.collect_map(self.settings().map(entry))
    }
}

impl<'de> Deserialize<'de> for RunSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut map = Map::deserialize(deserializer)?;
        let spec = Self::take_from(&mut map).map_err(D::Error::custom)?;
        match map.keys().next() {
            Some(unknown) => Err(D::Error::custom(format!("there is no setting `{unknown}`"))),
            None => Ok(spec),
        }
    }
}

impl RunSpec {
    /// The spec that a map has among other things, whose settings are taken out of it. What is
    /// `null` is not set.
    ///
    /// # Errors
    /// If a value makes no sense.
    pub fn take_from(map: &mut Map<String, Value>) -> Result<Self, SettingError> {
        let mut spec = Self::default();
        let mut others = Map::new();
        for (key, value) in std::mem::take(map) {
            let text = match &value {
                Value::String(text) => Some(text.clone()),
                Value::Number(number) => Some(number_text(number)),
                Value::Bool(_) => Some(value.to_string()),
                _ => None,
            };
            match (Self::entry(&key), text) {
                (Some(entry), Some(text)) => spec.put(entry, &text)?,
                (Some(_), None) if value.is_null() => {}
                _ => drop(others.insert(key, value)),
            }
        }
        *map = others;
        Ok(spec)
    }
}

/// The text of a number as it is written elsewhere: a text that looks like a number comes back as it
/// was.
fn number_text(number: &Number) -> String {
    match number.as_f64().filter(|_| number.is_f64()) {
        Some(float) => text_of(float),
        None => number.to_string(),
    }
}

/// A number where the text is that of one.
fn value(text: String) -> Value {
    let whole = text.parse::<u64>().ok().filter(|n| n.to_string() == text);
    let float = || {
        text.parse::<f64>()
            .ok()
            .filter(|x| x.is_finite() && text_of(*x) == text)
    };
    let number = whole.map(Value::from).or_else(|| float().map(Value::from));
    number.unwrap_or(Value::String(text))
}
