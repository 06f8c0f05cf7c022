//! Dense rows: every value is stored.

use ndarray::{Array2, Axis, Slice};
use ps_core::Scalar;

use crate::row::{Row, RowSet};

/// Rows of equal length, one after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Dense<T> {
    /// In row-major order, without gaps.
    values: Array2<T>,
}

impl<T: Scalar> Dense<T> {
    /// As many rows of `n_columns` values as there are.
    ///
    /// # Panics
    /// If `n_columns` is 0 or does not divide the number of values.
    pub fn new(n_columns: usize, values: Vec<T>) -> Self {
        let n_rows = values.len() / n_columns;
        let values = Array2::from_shape_vec((n_rows, n_columns), values)
            .expect("every row has as many values as there are columns");
        Self { values }
    }

    /// How many values are stored.
    pub fn n_values(&self) -> usize {
        self.values.len()
    }

    /// The same rows with every value changed.
    #[must_use]
    pub fn map(&self, change: impl Fn(T) -> T) -> Self {
        let values = self.values.mapv(change);
        Self { values }
    }

    /// The same rows with a 1 at the end of each.
    #[must_use]
    pub fn with_intercept(&self) -> Self {
        let (n_rows, n_columns) = self.values.dim();
        let mut values = Array2::from_elem((n_rows, n_columns + 1), T::ONE);
        let mut features = values.slice_axis_mut(Axis(1), Slice::from(..n_columns));
        features.assign(&self.values);
        Self { values }
    }

    /// These rows, in this order, as numbers of another type.
    ///
    /// # Panics
    /// If an index is not below the number of rows.
    pub fn select<U: Scalar>(&self, rows: &[usize]) -> Dense<U> {
        let mut values = Array2::from_elem((rows.len(), self.values.ncols()), U::ZERO);
        for (mut to, &from) in values.rows_mut().into_iter().zip(rows) {
            to.zip_mut_with(&self.values.row(from), |to, from| {
                *to = U::from_f64(from.to_f64());
            });
        }
        Dense { values }
    }
}

impl<T: Scalar> RowSet<T> for Dense<T> {
    type Row<'a> = &'a [T];

    fn n_rows(&self) -> usize {
        self.values.nrows()
    }

    fn n_columns(&self) -> usize {
        self.values.ncols()
    }

    fn row(&self, index: usize) -> &[T] {
        let row = self.values.row(index);
        row.to_slice().expect("rows are stored without gaps")
    }
}

/// How many sums a dense product runs side by side: enough for the widest vector unit, as one
/// addition has to wait for the one before it.
const LANES: usize = 8;

impl<T: Scalar> Row<T> for &[T] {
    #[inline]
    fn dot(self, x: &[T]) -> T {
        let mut sums = [T::ZERO; LANES];
        let (rows, row_rest) = self.as_chunks::<LANES>();
        let (xs, x_rest) = x.as_chunks::<LANES>();
        for (row, x) in rows.iter().zip(xs) {
            for lane in 0..LANES {
                sums[lane] += row[lane] * x[lane];
            }
        }
        for (lane, (&row, &x)) in row_rest.iter().zip(x_rest).enumerate() {
            sums[lane] += row * x;
        }
        sums.into_iter().sum()
    }

    #[inline]
    fn add_to(self, factor: T, out: &mut [T]) {
        for (out, &value) in out.iter_mut().zip(self) {
            *out += factor * value;
        }
    }

    fn for_each(self, mut visit: impl FnMut(usize, T)) {
        for (column, &value) in self.iter().enumerate() {
            visit(column, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_covers_every_component_whatever_the_length() {
        for n in 0..40u8 {
            let row: Vec<f64> = (0..n).map(f64::from).collect();
            let x: Vec<f64> = row.iter().map(|v| v + 1.0).collect();
            let expected: f64 = row.iter().zip(&x).map(|(a, b)| a * b).sum();
            assert_eq!(row.as_slice().dot(&x), expected);
        }
    }

    #[test]
    fn the_intercept_is_the_last_column() {
        let rows = Dense::new(2, vec![1.0, 2.0, 3.0, 4.0]).with_intercept();
        assert_eq!(rows.row(0), [1.0, 2.0, 1.0]);
        assert_eq!(rows.row(1), [3.0, 4.0, 1.0]);
    }

    #[test]
    fn rows_are_selected_in_the_order_asked_for() {
        let rows = Dense::new(2, vec![1.0, 2.0, 3.0, 4.0]).select::<f32>(&[1, 0, 1]);
        assert_eq!(rows, Dense::new(2, vec![3.0, 4.0, 1.0, 2.0, 3.0, 4.0]));
    }
}
