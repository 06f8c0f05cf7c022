//! The features of a data set: rows, sparse or dense.

use ps_core::Scalar;

use crate::csr::Csr;
use crate::dense::Dense;

/// One row of features.
pub trait Row<T: Scalar>: Copy {
    /// The inner product with `x`, which has one component for each column.
    fn dot(self, x: &[T]) -> T;

    /// `out ← out + factor · row`.
    fn add_to(self, factor: T, out: &mut [T]);

    /// Calls `visit` with the column and value of whatever is stored, columns increasing.
    fn for_each(self, visit: impl FnMut(usize, T));
}

/// Rows of one kind. Loops over rows take this as a parameter, so that each is compiled for the
/// kind it meets.
pub trait RowSet<T: Scalar>: Sync {
    /// How a row is looked at.
    type Row<'a>: Row<T>
    where
        Self: 'a;

    /// How many rows there are.
    fn n_rows(&self) -> usize;

    /// How many columns each row has.
    fn n_columns(&self) -> usize;

    /// One of them.
    ///
    /// # Panics
    /// If the index is not below [`n_rows`](Self::n_rows).
    fn row(&self, index: usize) -> Self::Row<'_>;
}

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
