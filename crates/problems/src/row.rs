//! A row of features, and rows of one kind.

use ps_core::Scalar;

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
