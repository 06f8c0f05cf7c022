//! Comma-separated values: one row a record. Semicolons and tabs separate as well, and labels may
//! be text; what was not said of a file is made out from its first rows.

mod labels;
mod sniff;

use std::path::Path;

use csv::{ByteRecord, ReaderBuilder, Trim};
use ps_core::form::nearest;

use crate::dataset::Dataset;
use crate::dense::Dense;
use crate::doubt::Doubt;
use crate::load_error::{LoadError, Place};
use crate::loaded::{Loaded, Origin};
use crate::number::number;
use crate::problem_error::ProblemError;
use crate::reading::{HeaderRow, LabelColumn, Reading};
use crate::request_error::{ReadingError, RequestError};

use labels::Labels;

/// The data set in these bytes, the label last; `path` is what errors call them. Labels that are
/// text are numbered in their order.
///
/// # Errors
/// If a feature is not a finite number, records differ in length, there is no record with a
/// feature and a label, or the first record may be a header and may be none.
///
/// # Examples
/// ```
/// use std::path::Path;
///
/// let data = problems::csv::parse(b"height;weight;is\n1.8;75;ill\n1.6;90;ok\n", Path::new("tiny"))?;
/// assert_eq!(data.labels(), [0.0, 1.0]);
/// assert_eq!(data.n_features(), 2);
/// # Ok::<(), problems::ProblemError>(())
/// ```
pub fn parse(bytes: &[u8], path: &Path) -> Result<Dataset, ProblemError> {
    Ok(read(bytes, path, &Reading::default())?.data)
}

/// The data set in these bytes, read as asked.
pub(crate) fn read(bytes: &[u8], path: &Path, reading: &Reading) -> Result<Loaded, ProblemError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let delimiter = sniff::delimiter(bytes);
    let mut records = Records {
        path,
        reader: ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(Trim::All)
            .delimiter(delimiter)
            .from_reader(bytes),
    };
    let mut record = ByteRecord::new();
    if !records.next(&mut record)? {
        return Err(records.no_rows().into());
    }
    let first = record.clone();
    let has_second = records.next(&mut record)?;
    if first.len() == 1 {
        let place = place(path, &first, 0);
        return Err(LoadError::OneField { place }.into());
    }
    let second = has_second.then_some(&record);
    let label = label_column(&first, reading, path).map_err(RequestError::from)?;
    let has_header = match (reading.header, &reading.label) {
        (Some(header), _) => header == HeaderRow::Yes,
        (None, Some(LabelColumn::Name(_))) => true,
        _ => sniff::is_header(&first, second, path)?,
    };
    let mut table = Table::new(path, first.len(), label);
    if !has_header {
        table.record(&first)?;
    }
    let mut is_left = has_second;
    while is_left {
        table.record(&record)?;
        is_left = records.next(&mut record)?;
    }
    let header = has_header.then_some(&first);
    let counted = header.filter(|header| sniff::is_index(&header[0]));
    let counted = counted.and_then(|header| Some((text(&header[0]), table.counts_rows_from()?)));
    let mut loaded = table.finish().ok_or_else(|| records.no_rows())?;
    let counted = counted.map(|(name, from)| Doubt::CountedRows { name, from });
    loaded.doubts.extend(counted);
    describe(&mut loaded, delimiter, header, label, reading);
    Ok(loaded)
}

/// Says what was made out.
fn describe(
    loaded: &mut Loaded,
    delimiter: u8,
    header: Option<&ByteRecord>,
    label: usize,
    reading: &Reading,
) {
    let mut said = Vec::new();
    said.extend(sniff::separated(delimiter).map(str::to_owned));
    said.extend(header.map(|_| "with a header".to_owned()));
    let n_columns = loaded.data.n_features() + 1;
    if label + 1 < n_columns || reading.label.is_some() {
        let name = header.map(|header| format!(" `{}`", text(&header[label])));
        let name = name.unwrap_or_default();
        said.push(format!("label in column {}{name}", label + 1));
    }
    said.extend(labels::classes(&loaded.names));
    loaded.made_out = said;
    if let (Some(header), None) = (header, &reading.label) {
        let names: Vec<_> = header.iter().map(text).collect();
        loaded.doubts.extend(sniff::other_label(&names, label));
    }
}

fn text(field: &[u8]) -> String {
    String::from_utf8_lossy(field).into_owned()
}

/// Which column has the labels, counted from 0.
fn label_column(first: &ByteRecord, reading: &Reading, path: &Path) -> Result<usize, ReadingError> {
    let columns = first.len();
    match reading.label.as_ref().unwrap_or(&LabelColumn::Last) {
        LabelColumn::First => Ok(0),
        LabelColumn::Last => Ok(columns - 1),
        LabelColumn::Number(number) if number.get() <= columns => Ok(number.get() - 1),
        LabelColumn::Number(number) => {
            let asked = number.get();
            Err(ReadingError::Number { asked, columns })
        }
        LabelColumn::Name(name) if reading.header == Some(HeaderRow::No) => {
            let name = name.clone();
            Err(ReadingError::WithoutHeader { name })
        }
        LabelColumn::Name(name) => {
            let names: Vec<_> = first.iter().map(text).collect();
            let mut named = (0..columns).filter(|&column| names[column] == *name);
            match (named.next(), named.next()) {
                (Some(column), None) => Ok(column),
                (Some(_), Some(_)) => Err(ReadingError::Twice { name: name.clone() }),
                (None, _) => Err(ReadingError::Name {
                    name: name.clone(),
                    nearest: nearest(name, names.iter().map(|name| &**name)).map(str::to_owned),
                    path: path.to_owned(),
                }),
            }
        }
    }
}

/// The records of a file that are not blank.
struct Records<'a> {
    path: &'a Path,
    reader: csv::Reader<&'a [u8]>,
}

impl Records<'_> {
    /// Reads the next one, if there is one.
    fn next(&mut self, record: &mut ByteRecord) -> Result<bool, LoadError> {
        loop {
            let read = self.reader.read_byte_record(record);
            let is_one = read.map_err(|error| LoadError::Read {
                path: self.path.to_owned(),
                source: error.into(),
            })?;
            if !is_one || record.len() > 1 || record.get(0).is_some_and(|field| !field.is_empty()) {
                return Ok(is_one);
            }
        }
    }

    fn no_rows(&self) -> LoadError {
        let path = self.path.to_owned();
        LoadError::NoRows { path }
    }
}

struct Table<'a> {
    path: &'a Path,
    n_fields: usize,
    /// The column of the labels.
    label: usize,
    values: Vec<f64>,
    labels: Labels,
    lines: Vec<u64>,
}

impl<'a> Table<'a> {
    fn new(path: &'a Path, n_fields: usize, label: usize) -> Self {
        Self {
            path,
            n_fields,
            label,
            values: Vec::new(),
            labels: Labels::default(),
            lines: Vec::new(),
        }
    }

    fn record(&mut self, record: &ByteRecord) -> Result<(), LoadError> {
        if record.len() != self.n_fields {
            return Err(LoadError::Fields {
                place: place(self.path, record, record.len().min(self.n_fields)),
                found: record.len(),
                expected: self.n_fields,
            });
        }
        for (column, field) in record.iter().enumerate() {
            let (what, read) = if column == self.label {
                ("label", self.labels.push(field))
            } else {
                let read = number(field).map(|number| self.values.push(number));
                ("value", read)
            };
            read.map_err(|expected| {
                place(self.path, record, column).malformed(what, field, expected)
            })?;
        }
        self.lines.push(line(record));
        Ok(())
    }

    /// From what the first column counts the rows if it is a feature that does: 0 or 1.
    fn counts_rows_from(&self) -> Option<u64> {
        let counts_from = |from: &u64| {
            let mut rows = self.values.chunks(self.n_fields - 1).zip(*from..);
            rows.all(|(values, number)| values[0] == number as f64)
        };
        [0, 1]
            .into_iter()
            .find(counts_from)
            .filter(|_| self.label > 0)
    }

    /// The data set; nothing if there was no record.
    fn finish(self) -> Option<Loaded> {
        if self.lines.is_empty() {
            return None;
        }
        let rows = Dense::new(self.n_fields - 1, self.values);
        let (labels, names) = self.labels.finish();
        let origin = Origin {
            path: self.path.to_owned(),
            lines: self.lines,
            label_column: self.label as u64 + 1,
        };
        let mut loaded = Loaded::from_file(Dataset::new(rows, labels), origin);
        loaded.names = names;
        Some(loaded)
    }
}

fn line(record: &ByteRecord) -> u64 {
    record.position().map_or(0, csv::Position::line)
}

fn place(path: &Path, record: &ByteRecord, column: usize) -> Place {
    Place {
        path: path.to_owned(),
        line: line(record),
        column: column as u64 + 1,
    }
}

#[cfg(test)]
mod tests;
