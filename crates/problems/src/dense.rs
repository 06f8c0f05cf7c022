//! Dense rows: every value is stored.

use ps_core::Scalar;
use ps_core::wide::{Kernel, wide};

use crate::row::{Row, RowSet};

/// Rows of equal length, one after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Dense<T> {
    n_columns: usize,
    values: Vec<T>,
}

impl<T: Scalar> Dense<T> {
    /// As many rows of `n_columns` values as there are.
    ///
    /// # Panics
    /// If `n_columns` is 0 or does not divide the number of values.
    pub fn new(n_columns: usize, values: Vec<T>) -> Self {
        let n_values = values.len();
        assert!(
            n_columns > 0 && n_values.is_multiple_of(n_columns),
            "{n_values} values in rows of {n_columns}"
        );
        Self { n_columns, values }
    }

    /// How many values are stored.
    pub fn n_values(&self) -> usize {
        self.values.len()
    }

    /// The same rows with every value changed.
    #[must_use]
    pub fn map(&self, change: impl Fn(T) -> T) -> Self {
        let values = self.values.iter().map(|&value| change(value));
        Self::new(self.n_columns, values.collect())
    }

    /// The same rows with a 1 at the end of each.
    #[must_use]
    pub fn with_intercept(&self) -> Self {
        let rows = self.values.chunks_exact(self.n_columns);
        let values = rows.flat_map(|row| row.iter().copied().chain([T::ONE]));
        Self::new(self.n_columns + 1, values.collect())
    }

    /// These rows, in this order, as numbers of another type.
    ///
    /// # Panics
    /// If an index is not below the number of rows.
    pub fn select<U: Scalar>(&self, rows: &[usize]) -> Dense<U> {
        let values = rows.iter().flat_map(|&row| self.row(row));
        let values = values.map(|value| U::from_f64(value.to_f64()));
        Dense::new(self.n_columns, values.collect())
    }
}

impl<T: Scalar> RowSet<T> for Dense<T> {
    type Row<'a> = &'a [T];

    fn run<K: Kernel>(kernel: K) -> K::Output {
        wide::<T, K>(kernel)
    }

    fn n_rows(&self) -> usize {
        self.values.len() / self.n_columns
    }

    fn n_columns(&self) -> usize {
        self.n_columns
    }

    #[inline(always)]
    fn row(&self, index: usize) -> &[T] {
        &self.values[index * self.n_columns..(index + 1) * self.n_columns]
    }
}

/// How many sums a dense product runs side by side: enough for the widest vector unit, as one
/// addition has to wait for the one before it.
const LANES: usize = 8;

/// The sum of all lanes, as a tree: its order is fixed, and four of them are added up at a time.
#[inline(always)]
fn sum<T: Scalar>(lanes: [T; LANES]) -> T {
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

/// The inner products of four rows with `x`, each with the bits of [`Row::dot`]. The sums are four
/// arrays and not one of arrays, which the compiler would keep in memory; nor would it keep them in
/// registers if the components at the end were added in the loop.
#[inline(always)]
fn four_dots<T: Scalar>(rows: [&[T]; 4], x: &[T]) -> [T; 4] {
    let [(a, a_rest), (b, b_rest), (c, c_rest), (d, d_rest)] =
        rows.map(|row| row.as_chunks::<LANES>());
    let (x, x_rest) = x.as_chunks::<LANES>();
    let [mut of_a, mut of_b, mut of_c, mut of_d] = [[T::ZERO; LANES]; 4];
    for ((((x, a), b), c), d) in x.iter().zip(a).zip(b).zip(c).zip(d) {
        for lane in 0..LANES {
            of_a[lane] += a[lane] * x[lane];
            of_b[lane] += b[lane] * x[lane];
            of_c[lane] += c[lane] * x[lane];
            of_d[lane] += d[lane] * x[lane];
        }
    }
    let ends = [
        (of_a, a_rest),
        (of_b, b_rest),
        (of_c, c_rest),
        (of_d, d_rest),
    ];
    ends.map(|(mut sums, rest)| {
        for (sum, (&value, &x)) in sums.iter_mut().zip(rest.iter().zip(x_rest)) {
            *sum += value * x;
        }
        sum(sums)
    })
}

impl<T: Scalar> Row<T> for &[T] {
    #[inline(always)]
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
        sum(sums)
    }

    #[inline(always)]
    fn add_to(self, factor: T, out: &mut [T]) {
        for (out, &value) in out.iter_mut().zip(self) {
            *out += factor * value;
        }
    }

    #[inline(always)]
    fn dots<const N: usize>(rows: [Self; N], x: &[T]) -> [T; N] {
        match rows[..] {
            [a, b, c, d] => {
                let products = four_dots([a, b, c, d], x);
                std::array::from_fn(|row| products[row])
            }
            _ => rows.map(|row| row.dot(x)),
        }
    }

    #[inline(always)]
    fn add_all<const N: usize>(rows: [Self; N], factors: [T; N], out: &mut [T]) {
        match (&rows[..], &factors[..]) {
            (&[a, b, c, d], &[p, q, r, s]) => {
                let rows = a.iter().zip(b).zip(c).zip(d);
                for (out, (((&a, &b), &c), &d)) in out.iter_mut().zip(rows) {
                    *out = (((*out + p * a) + q * b) + r * c) + s * d;
                }
            }
            _ => {
                for (row, factor) in rows.into_iter().zip(factors) {
                    row.add_to(factor, out);
                }
            }
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
