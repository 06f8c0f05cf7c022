//! A row of features, and rows of one kind.

use ps_core::Scalar;
use ps_core::wide::Kernel;

/// One row of features.
pub trait Row<T: Scalar>: Copy {
    /// The inner product with `x`, which has one component for each column.
    fn dot(self, x: &[T]) -> T;

    /// `out ← out + factor · row`.
    fn add_to(self, factor: T, out: &mut [T]);

    /// The inner products of several rows with `x`.
    #[inline(always)]
    fn dots<const N: usize>(rows: [Self; N], x: &[T]) -> [T; N] {
        rows.map(|row| row.dot(x))
    }

    /// `out ← out + factor · row`, one row after the other.
    #[inline(always)]
    fn add_all<const N: usize>(rows: [Self; N], factors: [T; N], out: &mut [T]) {
        for (row, factor) in rows.into_iter().zip(factors) {
            row.add_to(factor, out);
        }
    }

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

    /// Runs a loop over such rows. Of sparse ones each value has a column of its own, so that wide
    /// registers have nothing to do.
    fn run<K: Kernel>(kernel: K) -> K::Output {
        kernel.run::<1>()
    }

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
