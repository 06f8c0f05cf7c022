//! Losses and gradients over some rows: what nearly all the time of a run goes into.

use std::ops::{ControlFlow, Range};

use ps_core::Scalar;
use ps_core::wide::Kernel;

use super::EmpiricalRisk;
use crate::model::Model;
use crate::row::{Row, RowSet};

/// So many rows are taken together: each component of the model is read, and each of the gradient
/// written, once for all of them. More of them do not fit in the registers.
pub(super) const TOGETHER: usize = 4;

/// A linear model over rows with their labels.
struct Sweep<'a, M: Model, R> {
    model: &'a M,
    labels: &'a [M::Label],
    rows: &'a R,
    /// What each row counts.
    weight: f64,
}

impl<M: Model, R> Clone for Sweep<'_, M, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: Model, R> Copy for Sweep<'_, M, R> {}

/// Calls `visit` with so many rows at a time, until it breaks off.
fn in_chunks(
    mut rows: impl Iterator<Item = usize>,
    visit: &mut dyn FnMut(&[usize]) -> ControlFlow<()>,
) {
    // A multiple of those that are taken together: the order of sums is that of one chunk.
    let mut chunk = [0; 16 * TOGETHER];
    loop {
        let mut n_rows = 0;
        for (place, row) in chunk.iter_mut().zip(rows.by_ref()) {
            *place = row;
            n_rows += 1;
        }
        if n_rows == 0 || visit(&chunk[..n_rows]).is_break() {
            return;
        }
    }
}

impl<T: Scalar, M: Model> EmpiricalRisk<T, M> {
    fn sweep<'a, R>(&'a self, rows: &'a R, weight: f64) -> Sweep<'a, M, R> {
        Sweep {
            model: &self.model,
            labels: &self.training.labels,
            rows,
            weight,
        }
    }

    /// The sum over a block's rows of weight × loss; of the gradient too, if there is an `out` to
    /// add it to.
    pub(super) fn block<R: RowSet<T>>(
        &self,
        rows: &R,
        block: &Range<usize>,
        x: &[T],
        mut out: Option<&mut [T]>,
    ) -> f64 {
        let mut z = self.outputs();
        let mut loss = 0.0;
        for (part, weight) in self.weighted(block.clone()) {
            let sweep = self.sweep(rows, weight);
            in_chunks(part, &mut |picked| {
                let z = z.as_mut_slice();
                loss = R::run(AddLosses {
                    sum: loss,
                    sweep,
                    picked,
                    x,
                    z: &mut *z,
                });
                if let Some(out) = &mut out {
                    R::run(AddGradients {
                        sweep,
                        picked,
                        x,
                        z,
                        out,
                    });
                }
                ControlFlow::Continue(())
            });
        }
        loss
    }

    /// Adds the mean gradient of the loss over some rows to `out`, or breaks off when nobody wants
    /// it any more.
    pub(super) fn add_mean<R: RowSet<T>>(
        &self,
        rows: &R,
        picked: impl ExactSizeIterator<Item = usize>,
        z: &mut [f64],
        is_cancelled: &dyn Fn() -> bool,
        x: &[T],
        out: &mut [T],
    ) {
        let sweep = self.sweep(rows, 1.0 / picked.len() as f64);
        in_chunks(picked, &mut |picked| {
            R::run(AddGradients {
                sweep,
                picked,
                x,
                z: &mut *z,
                out: &mut *out,
            });
            match is_cancelled() {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        });
    }

    /// Room for the outputs of the rows that are taken together.
    pub(super) fn outputs(&self) -> Vec<f64> {
        vec![0.0; TOGETHER * self.model.n_outputs()]
    }
}

/// Adds the gradient of the weighted losses of these rows to `out`. `z` has room for the outputs of
/// [`TOGETHER`] rows.
struct AddGradients<'a, T, M: Model, R> {
    sweep: Sweep<'a, M, R>,
    picked: &'a [usize],
    x: &'a [T],
    z: &'a mut [f64],
    out: &'a mut [T],
}

impl<T: Scalar, M: Model, R: RowSet<T>> Kernel for AddGradients<'_, T, M, R> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let (groups, rest) = self.picked.as_chunks::<TOGETHER>();
        for group in groups {
            self.sweep.add_gradient(*group, self.x, self.z, self.out);
        }
        for row in rest {
            self.sweep.add_gradient([*row], self.x, self.z, self.out);
        }
    }
}

/// `sum` and the weighted losses of these rows, added one after the other. `z` has room for the
/// outputs of [`TOGETHER`] rows.
struct AddLosses<'a, T, M: Model, R> {
    sum: f64,
    sweep: Sweep<'a, M, R>,
    picked: &'a [usize],
    x: &'a [T],
    z: &'a mut [f64],
}

impl<T: Scalar, M: Model, R: RowSet<T>> Kernel for AddLosses<'_, T, M, R> {
    type Output = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        let (groups, rest) = self.picked.as_chunks::<TOGETHER>();
        let mut sum = self.sum;
        for group in groups {
            sum = self.sweep.add_losses(sum, *group, self.x, self.z);
        }
        for row in rest {
            sum = self.sweep.add_losses(sum, [*row], self.x, self.z);
        }
        sum
    }
}

/// `z_j ← W a_j`, one after the other.
#[inline(always)]
pub(super) fn forward<T: Scalar, R: Row<T>, const N: usize>(
    rows: [R; N],
    n_outputs: usize,
    x: &[T],
    z: &mut [f64],
) {
    for (output, x) in x.chunks_exact(x.len() / n_outputs).enumerate() {
        for (place, product) in R::dots(rows, x).into_iter().enumerate() {
            z[place * n_outputs + output] = product.to_f64();
        }
    }
}

impl<M: Model, R> Sweep<'_, M, R> {
    /// `W ← W + weight · Σ ∇ℓ(z_j) a_jᵀ`, row by row.
    #[inline(always)]
    fn add_gradient<T: Scalar, const N: usize>(
        &self,
        group: [usize; N],
        x: &[T],
        z: &mut [f64],
        out: &mut [T],
    ) where
        R: RowSet<T>,
    {
        let n_outputs = self.model.n_outputs();
        let rows = group.map(|row| self.rows.row(row));
        forward(rows, n_outputs, x, z);
        for (z, row) in z.chunks_exact_mut(n_outputs).zip(group) {
            self.model.derive(z, self.labels[row]);
        }
        let n_columns = out.len() / n_outputs;
        for (output, out) in out.chunks_exact_mut(n_columns).enumerate() {
            let factor = |place| T::from_f64(self.weight * z[place * n_outputs + output]);
            R::Row::add_all(rows, std::array::from_fn(factor), out);
        }
    }

    #[inline(always)]
    fn add_losses<T: Scalar, const N: usize>(
        &self,
        sum: f64,
        group: [usize; N],
        x: &[T],
        z: &mut [f64],
    ) -> f64
    where
        R: RowSet<T>,
    {
        let n_outputs = self.model.n_outputs();
        forward(group.map(|row| self.rows.row(row)), n_outputs, x, z);
        let outputs = z.chunks_exact(n_outputs).zip(group);
        outputs.fold(sum, |sum, (z, row)| {
            sum + self.weight * self.model.loss(z, self.labels[row])
        })
    }
}

#[cfg(test)]
mod tests;
