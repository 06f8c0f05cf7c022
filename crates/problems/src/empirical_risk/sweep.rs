//! Losses and gradients over some rows: what nearly all the time of a run goes into.

use std::ops::Range;

use ps_core::Scalar;
use ps_core::wide::Kernel;

use super::EmpiricalRisk;
use crate::model::Model;
use crate::row::{Row, RowSet};

/// So many rows are taken together: each component of the model is read, and each of the gradient
/// written, once for all of them. More of them do not fit in the registers.
pub(super) const TOGETHER: usize = 4;

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

/// One walk over rows: what each needs, and where what it gives is added up.
struct Sweep<'a, T, M: Model, R> {
    model: &'a M,
    labels: &'a [M::Label],
    rows: &'a R,
    x: &'a [T],
    /// Room for the outputs of [`TOGETHER`] rows.
    z: &'a mut [f64],
    /// What each row counts.
    weight: f64,
    /// The sum of weighted losses, if it is wanted.
    loss: Option<f64>,
    /// The sum of their gradients, if it is wanted.
    out: Option<&'a mut [T]>,
}

impl<T: Scalar, M: Model> EmpiricalRisk<T, M> {
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
            let mut sweep = Sweep {
                loss: Some(loss),
                out: out.as_deref_mut(),
                ..self.sweep(rows, x, &mut z, weight)
            };
            sweep.over(part, &|| false);
            loss = sweep.loss.expect("it is wanted");
        }
        loss
    }

    /// Adds the mean gradient of the loss over some rows of one worker to `out`, as much as it counts
    /// in the worker's `f_i`, or breaks off when nobody wants it any more.
    pub(super) fn add_mean<R: RowSet<T>>(
        &self,
        rows: &R,
        picked: impl ExactSizeIterator<Item = usize> + Clone,
        z: &mut [f64],
        is_cancelled: &dyn Fn() -> bool,
        x: &[T],
        out: &mut [T],
    ) {
        let Some(first) = picked.clone().next() else {
            return;
        };
        let weight = self.weight_of_share(first) / picked.len() as f64;
        let mut sweep = Sweep {
            out: Some(out),
            ..self.sweep(rows, x, z, weight)
        };
        sweep.over(picked, is_cancelled);
    }

    fn sweep<'a, R>(
        &'a self,
        rows: &'a R,
        x: &'a [T],
        z: &'a mut [f64],
        weight: f64,
    ) -> Sweep<'a, T, M, R> {
        Sweep {
            model: &self.model,
            labels: &self.training.labels,
            rows,
            x,
            z,
            weight,
            loss: None,
            out: None,
        }
    }

    /// Room for the outputs of the rows that are taken together.
    pub(super) fn outputs(&self) -> Vec<f64> {
        vec![0.0; TOGETHER * self.model.n_outputs()]
    }
}

impl<T: Scalar, M: Model, R: RowSet<T>> Sweep<'_, T, M, R> {
    fn over(&mut self, mut rows: impl Iterator<Item = usize>, is_cancelled: &dyn Fn() -> bool) {
        // A multiple of those that are taken together: the order of sums is that of one chunk.
        let mut chunk = [0; 16 * TOGETHER];
        // To look may take as long as some rows.
        const CHUNKS_BETWEEN_LOOKS: usize = 64;
        for number in 0.. {
            let mut n_rows = 0;
            for (place, row) in chunk.iter_mut().zip(rows.by_ref()) {
                *place = row;
                n_rows += 1;
            }
            let is_time_to_look = number > 0 && number % CHUNKS_BETWEEN_LOOKS == 0;
            if n_rows == 0 || (is_time_to_look && is_cancelled()) {
                return;
            }
            R::run(Chunk {
                sweep: self,
                picked: &chunk[..n_rows],
            });
        }
    }
}

/// Some rows of a sweep.
struct Chunk<'c, 'a, T, M: Model, R> {
    sweep: &'c mut Sweep<'a, T, M, R>,
    picked: &'c [usize],
}

impl<T: Scalar, M: Model, R: RowSet<T>> Kernel for Chunk<'_, '_, T, M, R> {
    type Output = ();

    #[inline(always)]
    fn run<const LANES: usize>(self) {
        let (groups, rest) = self.picked.as_chunks::<TOGETHER>();
        for group in groups {
            self.sweep.group(*group);
        }
        for row in rest {
            self.sweep.group([*row]);
        }
    }
}

impl<T: Scalar, M: Model, R: RowSet<T>> Sweep<'_, T, M, R> {
    /// Adds up what is wanted of these rows, one after the other: `weight · ℓ(z_j)` with
    /// `z_j = W a_j`, and `weight · ∇ℓ(z_j) a_jᵀ`.
    #[inline(always)]
    fn group<const N: usize>(&mut self, group: [usize; N]) {
        let n_outputs = self.model.n_outputs();
        // Neither `map` nor `from_fn` of an array is always inlined.
        let mut rows = [self.rows.row(group[0]); N];
        for (place, row) in rows.iter_mut().zip(group) {
            *place = self.rows.row(row);
        }
        forward(rows, n_outputs, self.x, self.z);
        if let Some(loss) = &mut self.loss {
            for (z, row) in self.z.chunks_exact(n_outputs).zip(group) {
                *loss += self.weight * self.model.loss(z, self.labels[row]);
            }
        }
        let Some(out) = self.out.as_deref_mut() else {
            return;
        };
        for (z, row) in self.z.chunks_exact_mut(n_outputs).zip(group) {
            self.model.derive(z, self.labels[row]);
        }
        let n_columns = out.len() / n_outputs;
        for (output, out) in out.chunks_exact_mut(n_columns).enumerate() {
            let mut factors = [T::ZERO; N];
            for (place, factor) in factors.iter_mut().enumerate() {
                *factor = T::from_f64(self.weight * self.z[place * n_outputs + output]);
            }
            R::Row::add_all(rows, factors, out);
        }
    }
}

#[cfg(test)]
mod tests;
