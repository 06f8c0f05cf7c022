//! LIBSVM text: one row a line, `label index:value index:value …`.
//!
//! Indices count from 1, or from 0 if that is said, and increase within a line; what is not
//! mentioned is 0, and a row may mention nothing. `#` starts a comment; blank lines are skipped, and
//! so is the number of a query, `qid:N`, before the first index.

use std::path::Path;

use ps_core::form::count;

use crate::csr::Csr;
use crate::dataset::Dataset;
use crate::file;
use crate::load_error::{LoadError, Place};
use crate::loaded::{Loaded, Origin};
use crate::number::number;
use crate::reading::{IndexBase, Reading};

/// The data set in a file.
///
/// # Errors
/// If it cannot be read, or for what [`parse`] refuses.
pub fn load(path: &Path) -> Result<Dataset, LoadError> {
    parse(&file::read(path)?, path)
}

/// The data set in these bytes; `path` is what errors call them.
///
/// # Errors
/// At the first thing that is not as described above, a number that is not finite included; or if
/// there is no row, or no feature in any of them.
///
/// # Examples
/// ```
/// use std::path::Path;
///
/// let data = problems::libsvm::parse(b"+1 1:0.5 3:2\n-1\n", Path::new("tiny"))?;
/// assert_eq!(data.labels(), [1.0, -1.0]);
/// assert_eq!(data.n_features(), 3);
/// # Ok::<(), problems::LoadError>(())
/// ```
pub fn parse(bytes: &[u8], path: &Path) -> Result<Dataset, LoadError> {
    Ok(read(bytes, path, &Reading::default())?.data)
}

/// The data set in these bytes, read as asked.
pub(crate) fn read(bytes: &[u8], path: &Path, reading: &Reading) -> Result<Loaded, LoadError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut parser = Parser::new(path, reading.index_base.unwrap_or(IndexBase::One));
    for line in bytes.split(|&byte| byte == b'\n') {
        parser.line(line)?;
    }
    parser.finish()
}

struct Parser<'a> {
    path: &'a Path,
    /// The number of the line at hand, from 1.
    line: u64,
    labels: Vec<f64>,
    starts: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<f64>,
    /// The number of columns that the indices so far need.
    n_columns: u32,
    base: IndexBase,
    /// The line of each row.
    lines: Vec<u64>,
    /// Number of rows with the number of a query.
    n_queries: usize,
}

impl<'a> Parser<'a> {
    fn new(path: &'a Path, base: IndexBase) -> Self {
        Self {
            path,
            line: 0,
            labels: Vec::new(),
            starts: vec![0],
            columns: Vec::new(),
            values: Vec::new(),
            n_columns: 0,
            base,
            lines: Vec::new(),
            n_queries: 0,
        }
    }

    fn line(&mut self, line: &[u8]) -> Result<(), LoadError> {
        self.line += 1;
        let mut words = Words { line, position: 0 }.peekable();
        let Some((column, label)) = words.next() else {
            return Ok(());
        };
        let malformed = |expected| self.place(column).malformed("label", label, expected);
        let label = number(label).map_err(malformed)?;
        if let Some((column, query)) = words.next_if(|(_, word)| word.starts_with(b"qid:")) {
            let malformed = || self.place(column).malformed("query", query, "qid:N");
            digits(&query[b"qid:".len()..]).ok_or_else(malformed)?;
            self.n_queries += 1;
        }
        let mut n_columns = 0;
        for (column, word) in words {
            n_columns = self.feature(column, word, n_columns)?;
        }
        self.n_columns = self.n_columns.max(n_columns);
        self.labels.push(label);
        self.lines.push(self.line);
        self.starts.push(self.columns.len());
        Ok(())
    }

    /// Takes one `index:value` and returns the number of columns up to it, which must be above
    /// that of the previous one.
    fn feature(&mut self, column: usize, word: &[u8], previous: u32) -> Result<u32, LoadError> {
        let Some(colon) = word.iter().position(|&byte| byte == b':') else {
            return Err(self.place(column).malformed("feature", word, "index:value"));
        };
        let (index, value) = (&word[..colon], &word[colon + 1..]);
        const AN_INDEX: &str = "a whole number from 1 to 100000000";
        let malformed = || self.place(column).malformed("index", index, AN_INDEX);
        let number_of_index = digits(index).ok_or_else(malformed)?;
        let base = self.base.number();
        if number_of_index < base {
            let place = self.place(column);
            return Err(LoadError::IndexZero { place });
        }
        // Not above 2³².
        let n_columns = (number_of_index - base).saturating_add(1);
        if n_columns > MAX_COLUMNS {
            return Err(malformed());
        }
        if n_columns <= previous {
            return Err(LoadError::Order {
                place: self.place(column),
                index: number_of_index,
                previous: previous + base - 1,
            });
        }
        let place = || self.place(column + colon + 1);
        let value =
            number(value).map_err(|expected| place().malformed("value", value, expected))?;
        self.columns.push(n_columns - 1);
        self.values.push(value);
        Ok(n_columns)
    }

    fn finish(self) -> Result<Loaded, LoadError> {
        let path = self.path.to_owned();
        if self.labels.is_empty() {
            return Err(LoadError::NoRows { path });
        }
        if self.n_columns == 0 {
            return Err(LoadError::NoFeatures { path });
        }
        let n_columns = self.n_columns as usize;
        let rows = Csr::new(n_columns, self.starts, self.columns, self.values)
            .expect("the parser lets only increasing indices pass");
        let origin = Origin {
            path,
            lines: self.lines,
            label_column: 1,
        };
        let mut loaded = Loaded::from_file(Dataset::new(rows, self.labels), origin);
        if self.base == IndexBase::Zero {
            loaded.made_out.push("indices from 0".to_owned());
        }
        if self.n_queries > 0 {
            let rows = count(self.n_queries, "row");
            loaded.made_out.push(format!("qid in {rows} skipped"));
        }
        Ok(loaded)
    }

    fn place(&self, column: usize) -> Place {
        Place {
            path: self.path.to_owned(),
            line: self.line,
            column: column as u64 + 1,
        }
    }
}

/// The words of a line up to its comment, each with where it starts.
struct Words<'a> {
    line: &'a [u8],
    position: usize,
}

impl<'a> Iterator for Words<'a> {
    type Item = (usize, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = &self.line[self.position..];
        let skipped = rest.iter().position(|byte| !byte.is_ascii_whitespace())?;
        let start = self.position + skipped;
        let rest = &self.line[start..];
        let ends = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'#';
        let length = rest.iter().position(ends).unwrap_or(rest.len());
        self.position = start + length;
        (length > 0).then_some((start, &rest[..length]))
    }
}

/// The largest number of columns there may be. A model has as many parameters, and a run holds
/// dozens of models.
const MAX_COLUMNS: u32 = 100_000_000;

/// A whole number in digits alone, at least one.
fn digits(word: &[u8]) -> Option<u32> {
    if word.is_empty() {
        return None;
    }
    word.iter().try_fold(0u32, |number, byte| {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit < 10)?;
        number.checked_mul(10)?.checked_add(u32::from(digit))
    })
}

#[cfg(test)]
mod tests;
