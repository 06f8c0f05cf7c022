//! The labels of CSV: numbers, or text.

use std::collections::BTreeMap;

use crate::number::{is_text, number};

/// What is expected of a label where the first one is text.
const TEXT: &str = "text, as the label of the first row";

/// The labels read so far: of one kind, which the first of them tells.
#[derive(Default)]
pub(super) struct Labels {
    /// Numbers; or of each text how many others were met before it.
    labels: Vec<f64>,
    /// The number that each text was given.
    met: BTreeMap<String, usize>,
}

impl Labels {
    /// Takes one more.
    ///
    /// # Errors
    /// With what was expected.
    pub(super) fn push(&mut self, field: &[u8]) -> Result<(), &'static str> {
        let is_text_expected = match self.labels.is_empty() {
            true => is_text(field),
            false => !self.met.is_empty(),
        };
        if !is_text_expected {
            self.labels.push(number(field)?);
            return Ok(());
        }
        if !is_text(field) {
            return Err(TEXT);
        }
        let next = self.met.len();
        let text = str::from_utf8(field).map_err(|_| "text in UTF-8")?;
        let number = match self.met.get(text) {
            Some(&number) => number,
            None => *self.met.entry(text.to_owned()).or_insert(next),
        };
        self.labels.push(number as f64);
        Ok(())
    }

    /// The labels as numbers, and the texts that these number; none if they were numbers.
    pub(super) fn finish(self) -> (Vec<f64>, Vec<String>) {
        if self.met.is_empty() {
            return (self.labels, Vec::new());
        }
        let mut ranks = vec![0.0; self.met.len()];
        for (rank, &number) in self.met.values().enumerate() {
            ranks[number] = rank as f64;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the number of a text"
        )]
        let rank = |label: f64| ranks[label as usize];
        let labels = self.labels.into_iter().map(rank).collect();
        (labels, self.met.into_keys().collect())
    }
}

/// What is said of labels that are text.
pub(super) fn classes(names: &[String]) -> Option<String> {
    const MAX_NAMED: usize = 5;
    match names {
        [] => None,
        _ if names.len() > MAX_NAMED => {
            let (first, n) = (names[..MAX_NAMED].join(", "), names.len());
            Some(format!("{n} classes: {first}, …"))
        }
        _ => {
            let numbered = names.iter().enumerate();
            let numbered = numbered.map(|(number, name)| format!("{number} = {name}"));
            Some(format!(
                "classes {}",
                numbered.collect::<Vec<_>>().join(", ")
            ))
        }
    }
}
