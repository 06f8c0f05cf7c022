//! A configuration file in TOML, whose keys are the names of options.

use std::fs;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use crate::failure::Failure;
use crate::spelling::{Line, shown};

/// What is set in a file, in the order of its lines.
pub(crate) fn read(path: &Path) -> Result<Vec<Line>, Failure> {
    let name = path.display().to_string();
    let text = fs::read_to_string(path)
        .map_err(|source| Failure::failed(format!("--config {}: {source}", shown(&name))))?;
    let number = |offset: usize| text[..offset].matches('\n').count() + 1;
    let table = DeTable::parse(&text).map_err(|error| {
        let number = number(error.span().map_or(0, |span| span.start));
        let line = text.lines().nth(number - 1).unwrap_or_default().trim();
        Failure::request(format!(
            "{name}:{number}: `{line}` cannot be read: a line is `name = value`, each name once, and text is in quotes"
        ))
    })?;
    let mut lines = Vec::new();
    for (key, value) in table.get_ref() {
        let line = Line {
            place: format!("{name}:{}", number(key.span().start)),
            key: key.get_ref().to_string(),
            value: text[value.span()].to_owned(),
        };
        let typed = match value.get_ref() {
            DeValue::Array(values) => values
                .iter()
                .map(|value| word(value.get_ref()))
                .collect::<Option<Vec<_>>>()
                .map(|all| all.join(",")),
            value => word(value),
        };
        let value =
            typed.ok_or_else(|| {
                Failure::request(line.refused(
                    "expected a text, a number, true, false or a list of texts and numbers",
                ))
            })?;
        lines.push((key.span().start, Line { value, ..line }));
    }
    lines.sort_by_key(|(start, _)| *start);
    Ok(lines.into_iter().map(|(_, line)| line).collect())
}

fn word(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => {
            let decimal = i128::from_str_radix(number.as_str(), number.radix());
            Some(decimal.map_or_else(|_| number.to_string(), |n| n.to_string()))
        }
        DeValue::Float(number) => Some(number.as_str().to_owned()),
        DeValue::Boolean(is) => Some(is.to_string()),
        _ => None,
    }
}
