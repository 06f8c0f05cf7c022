//! Comma-separated values: one row a record, the label last. A first record that is not all numbers
//! is a header.

use std::path::Path;

use csv::{ByteRecord, ReaderBuilder, Trim};

use crate::dataset::Dataset;
use crate::dense::Dense;
use crate::load_error::{A_NUMBER, LoadError, Place, read_file};

/// The data set in a file.
///
/// # Errors
/// If it cannot be read, or for what [`parse`] refuses.
pub fn load(path: &Path) -> Result<Dataset, LoadError> {
    parse(&read_file(path)?, path)
}

/// The data set in these bytes; `path` is what errors call them.
///
/// # Errors
/// If a field is not a finite number, records differ in length, or there is no record with a
/// feature and a label.
///
/// # Examples
/// ```
/// use std::path::Path;
///
/// let data = problems::csv::parse(b"height,weight,ill\n1.8,75,0\n1.6,90,1\n", Path::new("tiny"))?;
/// assert_eq!(data.labels(), [0.0, 1.0]);
/// assert_eq!(data.n_features(), 2);
/// # Ok::<(), problems::LoadError>(())
/// ```
pub fn parse(bytes: &[u8], path: &Path) -> Result<Dataset, LoadError> {
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .from_reader(bytes);
    let mut record = ByteRecord::new();
    let mut table = Table::new(path);
    let mut is_first = true;
    while read(&mut reader, &mut record, path)? {
        if record.len() == 1 && record[0].is_empty() {
            continue;
        }
        let is_header = is_first && record.iter().any(is_name);
        if is_header {
            table.n_fields = record.len();
        } else {
            table.record(&record)?;
        }
        is_first = false;
    }
    table.finish()
}

/// What only a header has: text that is no number, not even NaN or infinity, which would be a
/// mistake in a row.
fn is_name(field: &[u8]) -> bool {
    let text = String::from_utf8_lossy(field);
    !text.is_empty() && text.parse::<f64>().is_err()
}

fn read(
    reader: &mut csv::Reader<&[u8]>,
    record: &mut ByteRecord,
    path: &Path,
) -> Result<bool, LoadError> {
    reader
        .read_byte_record(record)
        .map_err(|error| LoadError::Read {
            path: path.to_owned(),
            source: error.into(),
        })
}

struct Table<'a> {
    path: &'a Path,
    /// How many fields the first record has; 0 before it.
    n_fields: usize,
    values: Vec<f64>,
    labels: Vec<f64>,
}

impl<'a> Table<'a> {
    fn new(path: &'a Path) -> Self {
        Self {
            path,
            n_fields: 0,
            values: Vec::new(),
            labels: Vec::new(),
        }
    }

    fn record(&mut self, record: &ByteRecord) -> Result<(), LoadError> {
        if self.n_fields == 0 {
            self.n_fields = record.len();
        }
        if record.len() != self.n_fields {
            return Err(LoadError::Fields {
                place: self.place(record, record.len().min(self.n_fields)),
                found: record.len(),
                expected: self.n_fields,
            });
        }
        if self.n_fields == 1 {
            let place = self.place(record, 0);
            return Err(LoadError::OneField { place });
        }
        for (column, field) in record.iter().enumerate() {
            let is_label = column + 1 == self.n_fields;
            match number(field) {
                Some(number) if is_label => self.labels.push(number),
                Some(number) => self.values.push(number),
                None => {
                    let what = if is_label { "label" } else { "value" };
                    return Err(self.place(record, column).malformed(what, field, A_NUMBER));
                }
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<Dataset, LoadError> {
        if self.labels.is_empty() {
            let path = self.path.to_owned();
            return Err(LoadError::NoRows { path });
        }
        let rows = Dense::new(self.n_fields - 1, self.values);
        Ok(Dataset::new(rows, self.labels))
    }

    fn place(&self, record: &ByteRecord, column: usize) -> Place {
        Place {
            path: self.path.to_owned(),
            line: record.position().map_or(0, csv::Position::line),
            column: column as u64 + 1,
        }
    }
}

/// A number that is neither infinite nor NaN; −0 is read as 0, so that labels compare as numbers
/// do.
fn number(field: &[u8]) -> Option<f64> {
    let number: f64 = str::from_utf8(field).ok()?.parse().ok()?;
    number.is_finite().then_some(number + 0.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Dataset {
        parse(text.as_bytes(), Path::new("FILE")).unwrap()
    }

    fn refuse(text: &str) -> String {
        parse(text.as_bytes(), Path::new("FILE"))
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn a_first_row_with_a_mistake_is_no_header() {
        for text in ["nan,1,2\n1,2,3\n", "1,,2\n1,2,3\n", "1,inf,2\n"] {
            assert!(
                parse(text.as_bytes(), Path::new("FILE")).is_err(),
                "{text:?}"
            );
        }
    }

    #[test]
    fn the_label_is_the_last_field() {
        let data = read("1,2,3\n4,5,6\n");
        assert_eq!(data.labels(), [3.0, 6.0]);
        let rows = Dense::new(2, vec![1.0, 2.0, 4.0, 5.0]);
        assert_eq!(data.rows(), &rows.into());
    }

    #[test]
    fn a_header_spaces_quotes_and_carriage_returns_make_no_difference() {
        let plain = read("1,2,3\n4,5,6\n");
        assert_eq!(read("a,b,c\r\n 1, 2 ,3\r\n\r\n  \r\n\"4\",5,6"), plain);
        assert_eq!(read("1,2,label\n1,2,3\n4,5,6\n"), plain);
        assert_eq!(read("\u{feff}1,2,3\n4,5,6\n"), plain);
    }

    #[test]
    fn errors_name_the_line_and_the_field() {
        let cases = [
            (
                "a,b\n1,2\nx,2",
                "FILE:3:1: value \"x\", expected a finite number",
            ),
            ("1,2\n1,", "FILE:2:2: label \"\", expected a finite number"),
            (
                "1,2\nnan,2",
                "FILE:2:1: value \"nan\", expected a finite number",
            ),
            (
                "1,2\n1,2,3",
                "FILE:2:3: 3 fields, expected 2 as in the first record",
            ),
            (
                "a,b,c\n1,2",
                "FILE:2:3: 2 fields, expected 3 as in the first record",
            ),
            (
                "1\n2\n",
                "FILE:1:1: one field, expected features and a label",
            ),
            ("a,b\n", "FILE: no rows"),
            ("", "FILE: no rows"),
        ];
        for (text, message) in cases {
            assert_eq!(refuse(text), message, "for {text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_parser_panic(bytes: Vec<u8>, text in "[-+0-9,. \"\r\nex]{0,200}") {
            let _ = parse(&bytes, Path::new("FILE"));
            let _ = parse(text.as_bytes(), Path::new("FILE"));
        }
    }
}
