//! Names and values.

use std::fmt;

use super::{Format, Table};

/// Width of the column of names, in characters: more than the longest name has.
const NAME_WIDTH: usize = 20;

/// Names with a value each. Shown, each is a line.
///
/// # Examples
/// ```
/// use asgrad::explain::tables::Facts;
///
/// let mut facts = Facts::default();
/// facts.push("method", "pure");
/// assert_eq!(facts.to_string(), "method              pure\n");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts(Vec<(&'static str, String)>);

impl Facts {
    /// Adds a line.
    pub fn push(&mut self, name: &'static str, value: impl Into<String>) {
        self.0.push((name, value.into()));
    }

    /// Adds a line, if there is a value.
    pub fn push_if_any(&mut self, name: &'static str, value: Option<String>) {
        if let Some(value) = value {
            self.push(name, value);
        }
    }

    /// As lines, or as a table of two columns.
    pub fn render(&self, format: Format) -> String {
        if format == Format::Text {
            return self.to_string();
        }
        let mut table = Table::new(&["what", "value"]);
        for (name, value) in &self.0 {
            table.push(vec![(*name).to_owned(), value.clone()]);
        }
        table.render(format)
    }
}

impl fmt::Display for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.0 {
            writeln!(f, "{name:<NAME_WIDTH$}{value}")?;
        }
        Ok(())
    }
}
