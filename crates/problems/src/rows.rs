//! The features of a data set: rows, sparse or dense.

use ps_core::Scalar;

use crate::csr::Csr;
use crate::dense::Dense;
use crate::row::RowSet;

/// Sparse or dense rows.
#[derive(Clone, Debug, PartialEq)]
pub enum Rows<T> {
    /// Only what is not zero is stored.
    Sparse(Csr<T>),
    /// Every value is stored.
    Dense(Dense<T>),
}

/// Runs the body with `rows` bound to the rows inside, whichever kind they are.
macro_rules! with_rows {
    ($any:expr, $rows:ident => $body:expr) => {
        match $any {
            $crate::Rows::Sparse($rows) => $body,
            $crate::Rows::Dense($rows) => $body,
        }
    };
}
pub(crate) use with_rows;

impl<T: Scalar> Rows<T> {
    /// How many rows there are.
    pub fn n_rows(&self) -> usize {
        with_rows!(self, rows => rows.n_rows())
    }

    /// How many columns each row has.
    pub fn n_columns(&self) -> usize {
        with_rows!(self, rows => rows.n_columns())
    }

    /// How many values are stored.
    pub fn n_values(&self) -> usize {
        with_rows!(self, rows => rows.n_values())
    }

    /// These rows, in this order, as numbers of another type.
    ///
    /// # Panics
    /// If an index is not below the number of rows.
    pub fn select<U: Scalar>(&self, indices: &[usize]) -> Rows<U> {
        match self {
            Self::Sparse(rows) => Rows::Sparse(rows.select(indices)),
            Self::Dense(rows) => Rows::Dense(rows.select(indices)),
        }
    }
}

impl<T> From<Csr<T>> for Rows<T> {
    fn from(rows: Csr<T>) -> Self {
        Self::Sparse(rows)
    }
}

impl<T> From<Dense<T>> for Rows<T> {
    fn from(rows: Dense<T>) -> Self {
        Self::Dense(rows)
    }
}
