//! Gradients over sparse rows, without a look at the columns that the rows do not have.
//!
//! The columns of a job's rows are numbered 0, 1, … as they are met, and the sums are those over
//! rows with these numbers: the same terms in the same order as over all columns, so the same bits.
//! A regulariser acts on every component, so with one nothing is sparse.

use std::cell::RefCell;

use ps_core::{JobContext, OracleError, Scalar, SparseOracle, Support};

use super::EmpiricalRisk;
use super::sweep::TOGETHER;
use crate::csr::Csr;
use crate::csr::CsrRow;
use crate::model::Model;
use crate::row::{Row, RowSet};
use crate::rows::Rows;
use crate::sampler::Sampler;

/// The number of a column that no row of the job has.
const UNNUMBERED: u32 = u32::MAX;

/// Fills in the parameters of a support.
type Read<'a, T> = dyn FnMut(&mut Support<T>) + 'a;

/// What a thread needs beside its job, kept from one gradient to the next so that none allocates.
#[derive(Default)]
struct Scratch {
    outputs: Vec<f64>,
    sampler: Sampler,
    /// The number of each column; all [`UNNUMBERED`] between jobs.
    numbers: Vec<u32>,
    /// The columns that have one, in their order.
    columns: Vec<u32>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

impl<T: Scalar, M: Model> EmpiricalRisk<T, M> {
    /// Whether gradients touch the columns of their rows alone.
    pub(super) fn is_sparse(&self) -> bool {
        let is_sparse = matches!(self.training.rows, Rows::Sparse(_));
        let dim = self.model.n_outputs() * self.training.rows.n_columns();
        is_sparse && self.regularizer.is_none() && u32::try_from(dim).is_ok()
    }
}

impl<T: Scalar, M: Model> SparseOracle<T> for EmpiricalRisk<T, M> {
    fn sparse_gradient(
        &self,
        job: &mut JobContext<'_>,
        read: &mut dyn FnMut(&mut Support<T>),
        support: &mut Support<T>,
    ) -> Result<(), OracleError> {
        let Rows::Sparse(rows) = &self.training.rows else {
            return Err("dense rows have no sparse gradients".into());
        };
        let share = self.share(job.worker())?;
        SCRATCH.with_borrow_mut(|scratch| {
            scratch.numbers.resize(rows.n_columns(), UNNUMBERED);
            scratch
                .outputs
                .resize(TOGETHER * self.model.n_outputs(), 0.0);
            match self.batch.drawn(share.len()) {
                None => self.over(rows, share, scratch, job, read, support),
                Some(size) => {
                    let mut sampler = std::mem::take(&mut scratch.sampler);
                    let drawn = sampler.sample(size, share.len(), job.rng());
                    let picked = drawn.iter().map(|row| share.start + row);
                    self.over(rows, picked, scratch, job, read, support);
                    scratch.sampler = sampler;
                }
            }
        });
        Ok(())
    }
}

impl<T: Scalar, M: Model> EmpiricalRisk<T, M> {
    /// The mean gradient over some rows, on their columns.
    fn over(
        &self,
        rows: &Csr<T>,
        picked: impl ExactSizeIterator<Item = usize> + Clone,
        scratch: &mut Scratch,
        job: &JobContext<'_>,
        read: &mut Read<'_, T>,
        support: &mut Support<T>,
    ) {
        let Scratch {
            outputs,
            numbers,
            columns,
            ..
        } = scratch;
        columns.clear();
        for &column in picked.clone().flat_map(|row| rows.row(row).columns) {
            let number = &mut numbers[column as usize];
            if *number == UNNUMBERED {
                *number = u32::try_from(columns.len()).expect("there are no more than columns");
                columns.push(column);
            }
        }
        let n_columns = u32::try_from(rows.n_columns()).expect("as many fit");
        support.indices.clear();
        for output in 0..u32::try_from(self.model.n_outputs()).expect("as many fit") {
            let indices = columns.iter().map(|column| output * n_columns + column);
            support.indices.extend(indices);
        }
        read(support);
        support.gradient.clear();
        support.gradient.resize(support.indices.len(), T::ZERO);
        let numbered = Numbered { rows, numbers };
        let (x, out) = (&support.parameters, &mut support.gradient);
        if !columns.is_empty() {
            self.add_mean(&numbered, picked, outputs, &|| job.cancelled(), x, out);
        }
        for column in columns {
            numbers[*column as usize] = UNNUMBERED;
        }
    }
}

/// Sparse rows with numbers in place of their columns.
struct Numbered<'a, T> {
    rows: &'a Csr<T>,
    numbers: &'a [u32],
}

/// One of them.
#[derive(Clone, Copy)]
struct NumberedRow<'a, T> {
    row: CsrRow<'a, T>,
    numbers: &'a [u32],
}

impl<T: Scalar> RowSet<T> for Numbered<'_, T> {
    type Row<'a>
        = NumberedRow<'a, T>
    where
        Self: 'a;

    fn n_rows(&self) -> usize {
        self.rows.n_rows()
    }

    fn n_columns(&self) -> usize {
        self.rows.n_columns()
    }

    #[inline(always)]
    fn row(&self, index: usize) -> NumberedRow<'_, T> {
        NumberedRow {
            row: self.rows.row(index),
            numbers: self.numbers,
        }
    }
}

impl<T: Scalar> Row<T> for NumberedRow<'_, T> {
    #[inline(always)]
    fn dot(self, x: &[T]) -> T {
        let mut sum = T::ZERO;
        self.for_each(|number, value| sum += value * x[number]);
        sum
    }

    #[inline(always)]
    fn add_to(self, factor: T, out: &mut [T]) {
        self.for_each(|number, value| out[number] += factor * value);
    }

    #[inline(always)]
    fn for_each(self, mut visit: impl FnMut(usize, T)) {
        for (&column, &value) in self.row.columns.iter().zip(self.row.values) {
            visit(self.numbers[column as usize] as usize, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use ps_core::{JobId, Oracle, Seed, WorkerId};

    use super::*;
    use crate::batch::Batch;
    use crate::least_squares::LeastSquares;
    use crate::regularizer::Regularizer;
    use crate::weights::Weights;

    /// Six rows of which the last one is empty, four of them the first worker's; a column that no row
    /// has. Workers count as their rows.
    fn risk<T: Scalar>(batch: Batch, regularizer: Regularizer) -> EmpiricalRisk<T, LeastSquares> {
        let columns = vec![4, 1, 4, 0, 6, 2, 1, 4];
        let starts = vec![0, 1, 3, 5, 6, 8, 8];
        let values = columns.iter().map(|&v| 0.1 + f64::from(v)).collect();
        let rows = Csr::new(7, starts, columns, values).unwrap();
        let labels = [1.0, -2.0, 0.3, 4.0, 0.0, 7.0];
        let workers = [(0..4).collect(), vec![4, 5]];
        let risk = EmpiricalRisk::new(LeastSquares, &rows.into(), &labels, &workers).unwrap();
        let risk = risk.weights(Weights::Rows).regularizer(regularizer);
        risk.batch(batch).unwrap()
    }

    fn the_sparse_gradient_has_the_bits_of_the_dense_one<T: Scalar>(batch: &str) {
        let risk = risk::<T>(batch.parse().unwrap(), Regularizer::none());
        let x: Vec<T> = (0..7)
            .map(|i| T::from_f64(0.3 * f64::from(i) - 1.0))
            .collect();
        let (mut support, mut reads) = (Support::default(), 0);
        for job in 0..20 {
            let context = || {
                let (worker, job) = (WorkerId::new(usize::from(job % 2 == 1)), JobId::new(job));
                JobContext::new(worker, job, Seed::new(3), &|| false)
            };
            let mut dense = vec![T::NAN; 7];
            risk.gradient(&mut context(), &x, &mut dense).unwrap();
            let mut read = |support: &mut Support<T>| {
                let at = support.indices.iter().map(|&index| x[index as usize]);
                support.parameters = at.collect();
                reads += 1;
            };
            let sparse = risk.sparse().expect("rows are sparse");
            sparse
                .sparse_gradient(&mut context(), &mut read, &mut support)
                .unwrap();
            let mut filled = vec![T::ZERO; 7];
            for (&index, &value) in support.indices.iter().zip(&support.gradient) {
                filled[index as usize] = value;
            }
            assert_eq!(filled, dense, "batch {batch}, job {job}");
            assert!(!support.indices.contains(&3) && !support.indices.contains(&5));
        }
        assert_eq!(reads, 20, "once for each job");
    }

    #[test]
    fn sparse_gradients_draw_the_same_and_have_the_same_bits_as_dense_ones() {
        for batch in ["1", "up-to:3", "full"] {
            the_sparse_gradient_has_the_bits_of_the_dense_one::<f64>(batch);
            the_sparse_gradient_has_the_bits_of_the_dense_one::<f32>(batch);
        }
    }

    #[test]
    fn with_a_regulariser_or_dense_rows_nothing_is_sparse() {
        let with = |regularizer| risk::<f64>(Batch::Full, regularizer);
        assert!(with(Regularizer::l2(0.1)).sparse().is_none());
        assert!(with(Regularizer::none()).sparse().is_some());
        let rows = crate::Dense::new(1, vec![1.0, 2.0]).into();
        let risk: EmpiricalRisk<f64, _> =
            EmpiricalRisk::new(LeastSquares, &rows, &[1.0, 1.0], &[vec![0, 1]]).unwrap();
        assert!(risk.sparse().is_none());
    }
}
