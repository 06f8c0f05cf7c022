//! Reading the fields of a line.

use std::collections::VecDeque;
use std::time::Duration;

use ps_core::WorkerId;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::Fields;
use crate::{in_order, time};

/// Holds the fields that were not visited yet, in the order in which they are written: a visit
/// mostly finds its field in front.
pub(super) struct Reader<'a> {
    fields: VecDeque<(&'a str, &'a RawValue)>,
    n_workers: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str, n_workers: usize) -> serde_json::Result<Self> {
        let fields = in_order::fields(text)?;
        Ok(Self { fields, n_workers })
    }

    /// The next field that was not visited.
    pub(super) fn left(&self) -> Option<&'a str> {
        self.fields.front().map(|(key, _)| *key)
    }

    /// The text of a field, which is then visited.
    ///
    /// # Errors
    /// If the line does not have it, or it was visited before.
    pub(super) fn take(&mut self, key: &str) -> Result<&'a str, String> {
        let place = self.fields.iter().position(|(name, _)| *name == key);
        let field = place.and_then(|place| self.fields.remove(place));
        let (_, value) = field.ok_or_else(|| format!("`{key}` is missing"))?;
        Ok(value.get())
    }
}

/// The value of a field.
pub(super) fn value<'v, V: Deserialize<'v>>(key: &str, text: &'v str) -> Result<V, String> {
    serde_json::from_str(text).map_err(|error| {
        let said = error.to_string();
        match said.split(" at line ").next() {
            // It has a list of those that there are.
            Some(word) if word.starts_with("unknown variant") => format!("`{key}`: {word}"),
            _ => format!("`{key}` is {text}, which makes no sense there"),
        }
    })
}

impl Fields for Reader<'_> {
    fn has(&self, key: &str, _: bool) -> bool {
        self.fields.iter().any(|(name, _)| *name == key)
    }

    fn field<V: DeserializeOwned>(&mut self, key: &str, value: &mut V) -> Result<(), String> {
        /// What counts up by one at a time does not come far, so that nothing that is reckoned with
        /// it overflows.
        const MAX: u64 = 1 << 53;
        /// Any number of so many digits is smaller.
        const DIGITS: usize = 15;
        let text = self.take(key)?;
        if text.len() > DIGITS && text.parse().is_ok_and(|number: u128| number > MAX.into()) {
            return Err(format!("`{key}` is {text}, and at most {MAX}"));
        }
        *value = self::value(key, text)?;
        Ok(())
    }

    fn number(&mut self, key: &str, value: &mut f64) -> Result<(), String> {
        let text = self.take(key).unwrap_or("null");
        let number: Option<f64> = self::value(key, text)?;
        *value = number.unwrap_or(f64::NAN);
        Ok(())
    }

    fn time(&mut self, key: &str, value: &mut Duration) -> Result<(), String> {
        let text = self.take(key)?;
        *value = time::parse(text).ok_or_else(|| format!("{text} is no time in seconds"))?;
        Ok(())
    }

    fn worker(&mut self, value: &mut WorkerId) -> Result<(), String> {
        self.field("worker", value)?;
        if value.index() < self.n_workers {
            return Ok(());
        }
        Err(format!("worker {value} of {}", self.n_workers))
    }
}
