//! LIBSVM text: one row a line, `label index:value index:value …`.
//!
//! Indices count from 1 and increase within a line; what is not mentioned is 0, and a row may
//! mention nothing. `#` starts a comment; blank lines are skipped.

use std::path::Path;

use crate::csr::Csr;
use crate::dataset::Dataset;
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
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut parser = Parser::new(path);
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
    /// The largest index so far.
    n_columns: u32,
}

impl<'a> Parser<'a> {
    fn new(path: &'a Path) -> Self {
        Self {
            path,
            line: 0,
            labels: Vec::new(),
            starts: vec![0],
            columns: Vec::new(),
            values: Vec::new(),
            n_columns: 0,
        }
    }

    fn line(&mut self, line: &[u8]) -> Result<(), LoadError> {
        self.line += 1;
        let mut words = Words { line, position: 0 };
        let Some((column, label)) = words.next() else {
            return Ok(());
        };
        let malformed = || self.place(column).malformed("label", label, A_NUMBER);
        let label = number(label).ok_or_else(malformed)?;
        let mut previous = 0;
        for (column, word) in words {
            previous = self.feature(column, word, previous)?;
        }
        self.n_columns = self.n_columns.max(previous);
        self.labels.push(label);
        self.starts.push(self.columns.len());
        Ok(())
    }

    /// Takes one `index:value` and returns its index, which must be above the previous one.
    fn feature(&mut self, column: usize, word: &[u8], previous: u32) -> Result<u32, LoadError> {
        let Some(colon) = word.iter().position(|&byte| byte == b':') else {
            return Err(self.place(column).malformed("feature", word, "index:value"));
        };
        let (index, value) = (&word[..colon], &word[colon + 1..]);
        const AN_INDEX: &str = "a whole number from 1 to 100000000";
        let malformed = || self.place(column).malformed("index", index, AN_INDEX);
        let index = whole(index).ok_or_else(malformed)?;
        if index <= previous {
            return Err(LoadError::Order {
                place: self.place(column),
                index,
                previous,
            });
        }
        let place = || self.place(column + colon + 1);
        let value = number(value).ok_or_else(|| place().malformed("value", value, A_NUMBER))?;
        self.columns.push(index - 1);
        self.values.push(value);
        Ok(index)
    }

    fn finish(self) -> Result<Dataset, LoadError> {
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
        Ok(Dataset::new(rows, self.labels))
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

/// A number that is neither infinite nor NaN; −0 is read as 0, so that labels compare as numbers
/// do.
fn number(word: &[u8]) -> Option<f64> {
    if let [digit @ b'0'..=b'9'] = word {
        return Some(f64::from(digit - b'0'));
    }
    let number: f64 = str::from_utf8(word).ok()?.parse().ok()?;
    number.is_finite().then_some(number + 0.0)
}

/// The largest index there may be. A model has as many parameters, and a run holds dozens of
/// models.
const LARGEST_INDEX: u32 = 100_000_000;

/// A whole number from 1 to the largest index.
fn whole(word: &[u8]) -> Option<u32> {
    let mut number = 0u32;
    for byte in word {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit < 10)?;
        number = number.checked_mul(10)?.checked_add(u32::from(digit))?;
    }
    (1..=LARGEST_INDEX).contains(&number).then_some(number)
}

#[cfg(test)]
mod tests;
