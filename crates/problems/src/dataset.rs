//! Features and labels, as they were read.

use std::fmt;

use crate::request_error::RequestError;
use crate::row::{Row, RowSet};
use crate::rows::{Rows, with_rows};

/// Rows of features with one label each, in `f64` whatever the precision of the run.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    rows: Rows<f64>,
    labels: Vec<f64>,
}

impl Dataset {
    /// A data set.
    ///
    /// # Panics
    /// If there is not one label for each row.
    pub fn new(rows: impl Into<Rows<f64>>, labels: Vec<f64>) -> Self {
        let rows = rows.into();
        assert_eq!(rows.n_rows(), labels.len(), "one label for each row");
        Self { rows, labels }
    }

    /// The features.
    pub fn rows(&self) -> &Rows<f64> {
        &self.rows
    }

    /// The labels, as they were written.
    pub fn labels(&self) -> &[f64] {
        &self.labels
    }

    /// How many rows there are.
    pub fn n_rows(&self) -> usize {
        self.labels.len()
    }

    /// How many features each row has.
    pub fn n_features(&self) -> usize {
        self.rows.n_columns()
    }

    /// The first `n_rows` rows; the number of features stays what it was.
    ///
    /// # Errors
    /// If `n_rows` is 0 or there are not so many.
    pub fn first(&self, n_rows: usize) -> Result<Self, RequestError> {
        let available = self.n_rows();
        if n_rows == 0 {
            return Err(RequestError::NoRows);
        }
        if n_rows > available {
            let asked = n_rows;
            return Err(RequestError::Rows { asked, available });
        }
        let indices: Vec<usize> = (0..n_rows).collect();
        Ok(Self::new(
            self.rows.select(&indices),
            self.labels[..n_rows].to_vec(),
        ))
    }

    /// The largest feature, without its sign.
    pub fn largest_feature(&self) -> f64 {
        let mut largest = 0.0f64;
        with_rows!(&self.rows, rows => {
            for index in 0..self.n_rows() {
                rows.row(index).for_each(|_, value| largest = largest.max(value.abs()));
            }
        });
        largest
    }

    /// The different labels, increasing.
    pub fn distinct_labels(&self) -> Vec<f64> {
        distinct(&self.labels)
    }

    /// A fingerprint of every number in it.
    pub fn hash(&self) -> DataHash {
        let mut hash = DataHash::start();
        hash.add(self.n_rows() as u64);
        hash.add(self.n_features() as u64);
        with_rows!(&self.rows, rows => {
            for (index, label) in self.labels.iter().enumerate() {
                hash.add(label.to_bits());
                rows.row(index).for_each(|column, value| {
                    // A zero that is written out is the same data as one that is left out.
                    if value != 0.0 {
                        hash.add(column as u64);
                        hash.add(value.to_bits());
                    }
                });
            }
        });
        hash
    }
}

/// The different numbers among these, increasing.
pub(crate) fn distinct(numbers: &[f64]) -> Vec<f64> {
    let mut numbers = numbers.to_vec();
    numbers.sort_unstable_by(f64::total_cmp);
    numbers.dedup();
    numbers
}

/// A fingerprint of a data set: FNV-1a with 64 bits, taken over 64-bit words instead of bytes. It
/// tells files apart that were mixed up; it is no protection against someone who wants to deceive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataHash(u64);

impl DataHash {
    fn start() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn add(&mut self, word: u64) {
        // The rotation carries the high bits, in which floats differ, to where the product spreads
        // them.
        self.0 = (self.0 ^ word)
            .wrapping_mul(0x0000_0100_0000_01b3)
            .rotate_left(29);
    }

    /// Its number.
    #[must_use]
    pub fn number(self) -> u64 {
        self.0
    }
}

/// 16 hexadecimal digits.
impl fmt::Display for DataHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::csr::Csr;
    use crate::dense::Dense;

    fn dense(values: &[f64], labels: &[f64]) -> Dataset {
        let rows = Dense::new(values.len() / labels.len(), values.to_vec());
        Dataset::new(rows, labels.to_vec())
    }

    #[test]
    fn one_number_more_or_less_changes_the_hash() {
        let data = dense(&[1.0, 0.0, 3.0, 4.0], &[0.0, 1.0]);
        let hash = data.hash();
        assert_eq!(hash, data.hash());
        let others = [
            dense(&[1.0, 0.0, 3.0, 5.0], &[0.0, 1.0]),
            dense(&[1.0, 0.0, 3.0, 4.0], &[1.0, 1.0]),
            dense(&[1.0, 0.0, 4.0, 3.0], &[0.0, 1.0]),
            dense(&[1.0, 0.0, 3.0, -4.0], &[0.0, 1.0]),
            data.first(1).unwrap(),
        ];
        for other in others {
            assert_ne!(hash, other.hash());
        }
    }

    #[test]
    fn the_same_numbers_have_the_same_hash_dense_or_sparse() {
        let sparse = Csr::new(2, vec![0, 1, 3], vec![0, 0, 1], vec![1.0, 3.0, 4.0]).unwrap();
        let sparse = Dataset::new(sparse, vec![0.0, 1.0]);
        let dense = dense(&[1.0, 0.0, 3.0, 4.0], &[0.0, 1.0]);
        assert_eq!(sparse.hash(), dense.hash());
        assert_eq!(sparse.hash().to_string().len(), 16);
    }

    #[test]
    fn the_first_rows_keep_every_column() {
        let rows = Csr::new(9, vec![0, 1, 2], vec![0, 8], vec![1.0, 1.0]).unwrap();
        let first = Dataset::new(rows, vec![1.0, 2.0]).first(1).unwrap();
        assert_eq!((first.n_rows(), first.n_features()), (1, 9));
    }

    #[test]
    fn more_rows_than_there_are_is_refused() {
        let error = dense(&[1.0, 2.0], &[0.0, 1.0]).first(3).unwrap_err();
        assert_eq!(
            error.to_string(),
            "rows 3: the data has 2 rows; give 1 to 2"
        );
        let none = dense(&[1.0, 2.0], &[0.0, 1.0]).first(0).unwrap_err();
        assert_eq!(none.to_string(), "rows 0: at least one is needed");
    }
}
