//! Sparse rows: only what is not zero is stored.

use ps_core::Scalar;
use thiserror::Error;

use crate::row::{Row, RowSet};

/// Rows in compressed form (CSR): per row its columns, increasing, and their values.
///
/// # Examples
/// ```
/// use problems::{Csr, Row, RowSet};
///
/// // (0, 2, 0) and (1, 0, 3)
/// let rows = Csr::new(3, vec![0, 1, 3], vec![1, 0, 2], vec![2.0, 1.0, 3.0])?;
/// assert_eq!(rows.row(1).dot(&[10.0, 20.0, 30.0]), 100.0);
/// # Ok::<(), problems::CsrError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Csr<T> {
    n_columns: usize,
    /// Row `i` is `starts[i]..starts[i + 1]` of the two lists below; never decreasing, one longer
    /// than the rows.
    starts: Vec<usize>,
    /// Each below `n_columns`, increasing within a row.
    columns: Vec<u32>,
    /// As long as `columns`.
    values: Vec<T>,
}

/// Why three lists are not the parts of a [`Csr`].
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CsrError {
    /// The list of starts is not 0, …, number of values, never decreasing.
    #[error("the starts of the rows must run from 0 to {n_values} without decreasing")]
    Starts {
        /// How many values there are.
        n_values: usize,
    },
    /// As many columns as values are needed.
    #[error("{columns} columns for {values} values")]
    Lengths {
        /// How many columns were given.
        columns: usize,
        /// How many values were given.
        values: usize,
    },
    /// A column outside of the matrix.
    #[error("row {row} has column {column} of {n_columns}")]
    Column {
        /// Which row.
        row: usize,
        /// Its column.
        column: u32,
        /// How many there are.
        n_columns: usize,
    },
    /// Columns that do not increase within a row.
    #[error("the columns of row {row} do not increase")]
    Order {
        /// Which row.
        row: usize,
    },
}

impl<T: Scalar> Csr<T> {
    /// Rows from their parts: row `i` has the columns and values at `starts[i]..starts[i + 1]`.
    ///
    /// # Errors
    /// If the starts do not cover the values, a column is not below `n_columns`, or the columns of
    /// a row do not increase.
    pub fn new(
        n_columns: usize,
        starts: Vec<usize>,
        columns: Vec<u32>,
        values: Vec<T>,
    ) -> Result<Self, CsrError> {
        if columns.len() != values.len() {
            let (columns, values) = (columns.len(), values.len());
            return Err(CsrError::Lengths { columns, values });
        }
        let covers = starts.first() == Some(&0) && starts.last() == Some(&values.len());
        if !covers || !starts.is_sorted() {
            let n_values = values.len();
            return Err(CsrError::Starts { n_values });
        }
        for (row, range) in starts.windows(2).enumerate() {
            check_row(row, &columns[range[0]..range[1]], n_columns)?;
        }
        Ok(Self {
            n_columns,
            starts,
            columns,
            values,
        })
    }

    /// The same rows with so many columns; nothing is stored in the new ones.
    ///
    /// # Panics
    /// If there are more columns already.
    #[must_use]
    pub fn widened(&self, n_columns: usize) -> Self {
        assert!(n_columns >= self.n_columns, "no column is lost");
        Self {
            n_columns,
            ..self.clone()
        }
    }

    /// How many values are stored.
    pub fn n_values(&self) -> usize {
        self.values.len()
    }

    /// These rows, in this order, as numbers of another type.
    ///
    /// # Panics
    /// If an index is not below the number of rows.
    pub fn select<U: Scalar>(&self, rows: &[usize]) -> Csr<U> {
        let n_values = rows.iter().map(|&row| self.row(row).columns.len()).sum();
        let mut selected = Csr {
            n_columns: self.n_columns,
            starts: Vec::with_capacity(rows.len() + 1),
            columns: Vec::with_capacity(n_values),
            values: Vec::with_capacity(n_values),
        };
        selected.starts.push(0);
        for &row in rows {
            let CsrRow { columns, values } = self.row(row);
            selected.columns.extend_from_slice(columns);
            let values = values.iter().map(|v| U::from_f64(v.to_f64()));
            selected.values.extend(values);
            selected.starts.push(selected.columns.len());
        }
        selected
    }
}

fn check_row(row: usize, columns: &[u32], n_columns: usize) -> Result<(), CsrError> {
    if !columns.is_sorted_by(|a, b| a < b) {
        return Err(CsrError::Order { row });
    }
    match columns.last() {
        Some(&column) if column as usize >= n_columns => Err(CsrError::Column {
            row,
            column,
            n_columns,
        }),
        _ => Ok(()),
    }
}

impl<T: Scalar> RowSet<T> for Csr<T> {
    type Row<'a> = CsrRow<'a, T>;

    fn n_rows(&self) -> usize {
        self.starts.len() - 1
    }

    fn n_columns(&self) -> usize {
        self.n_columns
    }

    #[inline(always)]
    fn row(&self, index: usize) -> CsrRow<'_, T> {
        let range = self.starts[index]..self.starts[index + 1];
        CsrRow {
            columns: &self.columns[range.clone()],
            values: &self.values[range],
        }
    }
}

/// One row of a [`Csr`].
#[derive(Clone, Copy, Debug)]
pub struct CsrRow<'a, T> {
    /// Where it is not zero, increasing.
    pub columns: &'a [u32],
    /// What it is there; as long as `columns`.
    pub values: &'a [T],
}

impl<T: Scalar> Row<T> for CsrRow<'_, T> {
    #[inline(always)]
    fn dot(self, x: &[T]) -> T {
        let mut sum = T::ZERO;
        for (&column, &value) in self.columns.iter().zip(self.values) {
            sum += value * x[column as usize];
        }
        sum
    }

    #[inline(always)]
    fn add_to(self, factor: T, out: &mut [T]) {
        for (&column, &value) in self.columns.iter().zip(self.values) {
            out[column as usize] += factor * value;
        }
    }

    fn for_each(self, mut visit: impl FnMut(usize, T)) {
        for (&column, &value) in self.columns.iter().zip(self.values) {
            visit(column as usize, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Csr<f64> {
        Csr::new(4, vec![0, 2, 2, 3], vec![0, 3, 1], vec![1.0, 2.0, 5.0]).unwrap()
    }

    #[test]
    fn a_row_without_values_is_zero() {
        let rows = example();
        let mut out = [7.0; 4];
        assert_eq!(rows.row(1).dot(&[1.0; 4]), 0.0);
        rows.row(1).add_to(3.0, &mut out);
        assert_eq!(out, [7.0; 4]);
    }

    #[test]
    fn a_row_is_added_only_where_it_is_not_zero() {
        let mut out = [1.0; 4];
        example().row(0).add_to(10.0, &mut out);
        assert_eq!(out, [11.0, 1.0, 1.0, 21.0]);
    }

    #[test]
    fn rows_are_selected_in_the_order_asked_for_and_converted() {
        let selected = example().select::<f32>(&[2, 0, 2]);
        let expected = Csr::new(
            4,
            vec![0, 1, 3, 4],
            vec![1, 0, 3, 1],
            vec![5.0f32, 1.0, 2.0, 5.0],
        );
        assert_eq!(selected, expected.unwrap());
    }

    #[test]
    fn parts_that_do_not_fit_are_refused() {
        let new = |starts: &[usize], columns: &[u32]| {
            let values = vec![1.0; columns.len()];
            Csr::new(4, starts.to_vec(), columns.to_vec(), values).unwrap_err()
        };
        assert_eq!(new(&[0, 1], &[0, 1]), CsrError::Starts { n_values: 2 });
        assert_eq!(new(&[], &[]), CsrError::Starts { n_values: 0 });
        assert_eq!(new(&[0, 3, 2], &[0, 1]), CsrError::Starts { n_values: 2 });
        assert_eq!(new(&[0, 2], &[1, 1]), CsrError::Order { row: 0 });
        let column = CsrError::Column {
            row: 1,
            column: 4,
            n_columns: 4,
        };
        assert_eq!(new(&[0, 1, 2], &[0, 4]), column);
        let lengths = CsrError::Lengths {
            columns: 1,
            values: 0,
        };
        assert_eq!(
            Csr::<f64>::new(4, vec![0, 0], vec![1], vec![]),
            Err(lengths)
        );
    }
}
