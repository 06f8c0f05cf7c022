//! What the first rows of CSV tell of all of it.

use std::path::Path;

use csv::ByteRecord;

use super::{place, text};
use crate::doubt::Doubt;
use crate::load_error::LoadError;
use crate::number::{is_text, number};

/// How many lines are looked at to find what separates fields.
const LINES: usize = 20;

/// What may separate fields, and what is said of it. A comma may be the one of `1,5` where another
/// does it, so it comes last.
const DELIMITERS: [(u8, Option<&str>); 3] = [
    (b'\t', Some("separated by tabs")),
    (b';', Some("separated by semicolons")),
    (b',', None),
];

/// What separates the fields: the first of these of which each line has as many, and at least one;
/// otherwise the comma.
pub(super) fn delimiter(bytes: &[u8]) -> u8 {
    let lines = bytes.split(|&byte| byte == b'\n');
    let lines = lines.filter(|line| !line.trim_ascii().is_empty());
    let lines: Vec<&[u8]> = lines.take(LINES).collect();
    let separates = |delimiter: u8| {
        let mut counts = lines.iter().map(|line| unquoted(line, delimiter));
        let first = counts.next().unwrap_or(0);
        first > 0 && counts.all(|count| count == first)
    };
    let found = DELIMITERS
        .iter()
        .find(|(delimiter, _)| separates(*delimiter));
    found.map_or(b',', |(delimiter, _)| *delimiter)
}

/// How often it is in the line, quoted text left out.
fn unquoted(line: &[u8], delimiter: u8) -> usize {
    let unquoted = line.split(|&byte| byte == b'"').step_by(2);
    unquoted
        .map(|part| part.iter().filter(|&&byte| byte == delimiter).count())
        .sum()
}

/// What is said of the file, if not the usual.
pub(super) fn separated(delimiter: u8) -> Option<&'static str> {
    let found = DELIMITERS.iter().find(|(known, _)| *known == delimiter);
    found.and_then(|(_, said)| *said)
}

/// Whether the first row names the columns: it does if none of its fields is a number. One that
/// has numbers, and text where the next row has a number, may be either.
pub(super) fn is_header(
    first: &ByteRecord,
    second: Option<&ByteRecord>,
    path: &Path,
) -> Result<bool, LoadError> {
    let is_number = |field: &[u8]| number(field).is_ok();
    let Some(found) = first.iter().find(|field| is_number(field)) else {
        return Ok(first.iter().any(is_text));
    };
    // A table that was written without names counts its columns.
    let counts = |(at, field): (usize, &[u8])| text(field) == at.to_string();
    if first.len() > 2 && first.iter().enumerate().all(counts) {
        let place = place(path, first, 0);
        return Err(LoadError::CountedColumns { place });
    }
    let next = |at: usize| second.and_then(|second| second.get(at));
    let mut columns = 0..first.len();
    match columns.find(|&at| is_text(&first[at]) && next(at).is_some_and(is_number)) {
        None => Ok(false),
        Some(at) => Err(LoadError::MayBeHeader {
            place: place(path, first, at),
            text: text(&first[at]),
            number: text(found),
        }),
    }
}

/// Whether a column of this name may be pandas' index or R's row names, as they are written, or as
/// pandas writes again what it has read.
pub(super) fn is_index(name: &[u8]) -> bool {
    name.is_empty() || name == b"Unnamed: 0"
}

/// The label column that was taken by default and another one which is called as labels are, if the
/// first is not.
pub(super) fn other_label(names: &[String], label: usize) -> Option<Doubt> {
    let is_telling = |name: &String| {
        let usual = ["label", "target", "class", "y"];
        usual.iter().any(|usual| name.eq_ignore_ascii_case(usual))
    };
    let other = names.iter().find(|name| is_telling(name))?;
    (!is_telling(&names[label])).then(|| Doubt::OtherLabel {
        taken: names[label].clone(),
        other: other.clone(),
    })
}
