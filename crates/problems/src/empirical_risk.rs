//! The mean loss of a linear model over rows that are shared out among workers.

mod sparse;
mod sweep;

use std::cell::RefCell;
use std::ops::Range;

use ps_core::{JobContext, Objective, Oracle, OracleError, Scalar, SparseOracle, WorkerId};
#[cfg(feature = "rayon")]
use rayon::prelude::*;
use thiserror::Error;

use crate::batch::Batch;
use crate::model::Model;
use crate::regularizer::Regularizer;
use crate::request_error::RequestError;
use crate::row::RowSet;
use crate::rows::{Rows, with_rows};
use crate::sampler::Sampler;
use crate::weights::Weights;

use sweep::{TOGETHER, forward};

/// `f = (1/n) Σ f_i` with `f_i` = mean loss over the rows of worker `i` + regulariser: a mean over
/// workers of means over rows, which is not the mean over rows where some workers have more than
/// others.
///
/// With [`Weights::Rows`] it is the mean over all rows + regulariser: `f_i` = `n n_i/N` · mean loss
/// over the `n_i` of `N` rows of worker `i` + regulariser. `f` stays `(1/n) Σ f_i` and a gradient of
/// worker `i` one of its `f_i`, so that whatever takes a plain mean over workers is right for either;
/// the regulariser, which has no rows, is in each `f_i` as a whole and therefore in `f` once.
///
/// # Examples
/// ```
/// use problems::{Batch, Dense, EmpiricalRisk, LeastSquares, Regularizer};
/// use ps_core::Objective;
///
/// // Two workers; the first has one row, the second two.
/// let rows = Dense::new(1, vec![1.0, 2.0, 3.0]).into();
/// let workers = [vec![0], vec![1, 2]];
/// let risk: EmpiricalRisk<f64, _> =
///     EmpiricalRisk::new(LeastSquares, &rows, &[0.0; 3], &workers)?
///         .regularizer(Regularizer::none())
///         .batch(Batch::Full)?;
/// assert_eq!(risk.loss(&[2.0]), 0.5 * (0.5 * 4.0 + 0.5 * (16.0 + 36.0) / 2.0));
/// # Ok::<(), problems::RequestError>(())
/// ```
#[derive(Debug)]
pub struct EmpiricalRisk<T, M: Model> {
    model: M,
    /// Those of worker 0, then those of worker 1, and so on.
    training: Labelled<T, M>,
    /// Worker `i` has the rows `starts[i]..starts[i + 1]`, at least one; one longer than the
    /// workers.
    starts: Vec<usize>,
    held_out: Option<Labelled<T, M>>,
    regularizer: Regularizer,
    batch: Batch,
    weights: Weights,
    /// The training rows in the blocks that are summed up separately. Fixed by the data, never by
    /// the machine.
    blocks: Vec<Range<usize>>,
}

/// Rows with their labels.
#[derive(Debug)]
struct Labelled<T, M: Model> {
    rows: Rows<T>,
    labels: Vec<M::Label>,
}

impl<T: Scalar, M: Model> Labelled<T, M> {
    fn select(rows: &Rows<f64>, labels: &[M::Label], indices: &[usize]) -> Self {
        Self {
            rows: rows.select(indices),
            labels: indices.iter().map(|&row| labels[row]).collect(),
        }
    }
}

/// A job for a worker that has no data.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("worker {worker} of {n_workers}")]
pub struct NoSuchWorker {
    /// The job's worker.
    pub worker: WorkerId,
    /// How many have data.
    pub n_workers: usize,
}

/// What a thread needs beside its job, kept from one gradient to the next so that none allocates.
#[derive(Default)]
struct Scratch {
    outputs: Vec<f64>,
    sampler: Sampler,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

impl<T: Scalar, M: Model> EmpiricalRisk<T, M> {
    /// The risk of `model` over these rows, worker `i` having the rows `workers[i]`. Batches are
    /// full and nothing is added until [`batch`](Self::batch) and
    /// [`regularizer`](Self::regularizer) say otherwise.
    ///
    /// # Errors
    /// If there are no workers, or one of them has no rows.
    ///
    /// # Panics
    /// If there is no row or no label for an index, or no column.
    pub fn new(
        model: M,
        rows: &Rows<f64>,
        labels: &[M::Label],
        workers: &[Vec<usize>],
    ) -> Result<Self, RequestError> {
        assert!(rows.n_columns() > 0, "at least one column");
        if workers.is_empty() {
            return Err(RequestError::NoWorkers);
        }
        let mut starts = vec![0];
        for share in workers {
            starts.push(starts[starts.len() - 1] + share.len());
        }
        let training: Labelled<T, M> = Labelled::select(rows, labels, &workers.concat());
        if workers.iter().any(Vec::is_empty) {
            return Err(RequestError::MoreWorkersThanRows {
                workers: workers.len(),
                rows: training.labels.len(),
            });
        }
        Ok(Self {
            blocks: blocks(&training.rows, model.n_outputs()),
            model,
            training,
            starts,
            held_out: None,
            regularizer: Regularizer::none(),
            batch: Batch::Full,
            weights: Weights::Workers,
        })
    }

    /// The same with workers that count so much.
    #[must_use]
    pub fn weights(mut self, weights: Weights) -> Self {
        self.weights = weights;
        self
    }

    /// The same with this term added to every `f_i`.
    #[must_use]
    pub fn regularizer(mut self, regularizer: Regularizer) -> Self {
        self.regularizer = regularizer;
        self
    }

    /// The same with gradients over so many rows.
    ///
    /// # Errors
    /// If a worker has fewer rows.
    pub fn batch(mut self, batch: Batch) -> Result<Self, RequestError> {
        let sizes = self.starts.windows(2).map(|ends| ends[1] - ends[0]);
        let smallest = sizes.enumerate().min_by_key(|&(_, rows)| rows);
        if let (Batch::Size(batch), Some((worker, rows))) = (batch, smallest)
            && batch.get() > rows
        {
            return Err(RequestError::BatchTooLarge {
                batch: batch.get(),
                worker: WorkerId::new(worker),
                rows,
            });
        }
        self.batch = batch;
        Ok(self)
    }

    /// The same with accuracy measured on these rows instead of those that the workers have. None
    /// of them: no change.
    ///
    /// # Panics
    /// If there is no row or no label for an index, or the rows have not as many columns as those
    /// of the workers.
    #[must_use]
    pub fn held_out(mut self, rows: &Rows<f64>, labels: &[M::Label], indices: &[usize]) -> Self {
        let n_columns = self.training.rows.n_columns();
        assert_eq!(rows.n_columns(), n_columns, "as many columns");
        if !indices.is_empty() {
            self.held_out = Some(Labelled::select(rows, labels, indices));
        }
        self
    }

    fn n_shares(&self) -> usize {
        self.starts.len() - 1
    }

    fn share(&self, worker: WorkerId) -> Result<Range<usize>, NoSuchWorker> {
        let n_workers = self.n_shares();
        if worker.index() >= n_workers {
            return Err(NoSuchWorker { worker, n_workers });
        }
        Ok(self.starts[worker.index()]..self.starts[worker.index() + 1])
    }

    /// The parts of a range that belong to one worker each, with the weight of a row in `f`.
    fn weighted(&self, range: Range<usize>) -> impl Iterator<Item = (Range<usize>, f64)> {
        let first = self.starts.partition_point(|&start| start <= range.start) - 1;
        let shares = self.starts[first..].windows(2);
        shares
            .take_while(move |ends| ends[0] < range.end)
            .map(move |ends| {
                let part = ends[0].max(range.start)..ends[1].min(range.end);
                let rows = match self.weights {
                    Weights::Workers => self.n_shares() * (ends[1] - ends[0]),
                    Weights::Rows => self.training.labels.len(),
                };
                (part, 1.0 / rows as f64)
            })
    }

    /// The weight of the mean loss of the worker that has this row in its own `f_i`.
    fn weight_of_share(&self, row: usize) -> f64 {
        match self.weights {
            Weights::Workers => 1.0,
            Weights::Rows => {
                let worker = self.starts.partition_point(|&start| start <= row) - 1;
                let n_rows = self.starts[worker + 1] - self.starts[worker];
                (self.n_shares() * n_rows) as f64 / self.training.labels.len() as f64
            }
        }
    }

    fn check(&self, x: &[T], out: &[T]) {
        let dim = self.dim();
        assert_eq!((x.len(), out.len()), (dim, dim), "parameters");
    }
}

/// Computes something for each block, with the feature `rayon` on all cores; results come in the order of blocks. Through a
/// pointer, so that it is compiled once and not for every model.
fn for_each_block<A: Send>(
    blocks: &[Range<usize>],
    compute: &(dyn Fn(&Range<usize>) -> A + Sync),
) -> Vec<A> {
    #[cfg(feature = "rayon")]
    return blocks.par_iter().map(compute).collect();
    #[cfg(not(feature = "rayon"))]
    blocks.iter().map(compute).collect()
}

/// Blocks of rows of equal number. Each has a gradient of its own while they are summed up, so
/// there are only as many as keeps adding these up small beside the work itself, and none that
/// would be over before a thread has woken for it.
fn blocks<T: Scalar>(rows: &Rows<T>, n_outputs: usize) -> Vec<Range<usize>> {
    const MAX: usize = 64;
    const LEAST_WORK: usize = 1 << 14;
    let worth_adding = rows.n_values() / (4 * rows.n_columns()).max(1);
    let worth_waking = rows.n_values() * n_outputs / LEAST_WORK;
    let n_rows = rows.n_rows();
    let n_blocks = worth_adding.min(worth_waking).min(n_rows).clamp(1, MAX);
    (0..n_blocks)
        .map(|block| block * n_rows / n_blocks..(block + 1) * n_rows / n_blocks)
        .collect()
}

impl<T: Scalar, M: Model> Oracle<T> for EmpiricalRisk<T, M> {
    fn dim(&self) -> usize {
        self.model.n_outputs() * self.training.rows.n_columns()
    }

    fn n_workers(&self) -> Option<usize> {
        Some(self.n_shares())
    }

    fn gradient(
        &self,
        job: &mut JobContext<'_>,
        x: &[T],
        out: &mut [T],
    ) -> Result<(), OracleError> {
        self.check(x, out);
        let share = self.share(job.worker())?;
        out.fill(T::ZERO);
        SCRATCH.with_borrow_mut(|Scratch { outputs, sampler }| {
            outputs.resize(TOGETHER * self.model.n_outputs(), 0.0);
            with_rows!(&self.training.rows, rows => match self.batch.drawn(share.len()) {
                None => self.add_mean(rows, share, outputs, &|| job.cancelled(), x, out),
                Some(size) => {
                    let drawn = sampler.sample(size, share.len(), job.rng());
                    let picked = drawn.iter().map(|row| share.start + row);
                    self.add_mean(rows, picked, outputs, &|| job.cancelled(), x, out);
                }
            });
        });
        self.regularizer.add_gradient(x, out);
        Ok(())
    }

    fn sparse(&self) -> Option<&dyn SparseOracle<T>> {
        self.is_sparse().then_some(self)
    }
}

impl<T: Scalar, M: Model> Objective<T> for EmpiricalRisk<T, M> {
    fn loss(&self, x: &[T]) -> f64 {
        self.check(x, x);
        let losses: Vec<f64> = with_rows!(&self.training.rows, rows => {
            for_each_block(&self.blocks, &|block| self.block(rows, block, x, None))
        });
        losses.iter().sum::<f64>() + self.regularizer.value(x)
    }

    fn full_gradient(&self, x: &[T], out: &mut [T]) {
        self.loss_and_gradient(x, out);
    }

    fn loss_and_gradient(&self, x: &[T], out: &mut [T]) -> f64 {
        self.check(x, out);
        let sums: Vec<(f64, Vec<T>)> = with_rows!(&self.training.rows, rows => {
            let sum = |block: &Range<usize>| {
                let mut sum = vec![T::ZERO; x.len()];
                (self.block(rows, block, x, Some(&mut sum)), sum)
            };
            for_each_block(&self.blocks, &sum)
        });
        let mut loss = 0.0;
        out.fill(T::ZERO);
        for (block_loss, sum) in sums {
            loss += block_loss;
            for (out, sum) in out.iter_mut().zip(sum) {
                *out += sum;
            }
        }
        self.regularizer.add_gradient(x, out);
        loss + self.regularizer.value(x)
    }

    fn worker_gradient(&self, worker: WorkerId, x: &[T], out: &mut [T]) -> bool {
        self.check(x, out);
        let Ok(share) = self.share(worker) else {
            return false;
        };
        let mut z = self.outputs();
        out.fill(T::ZERO);
        with_rows!(&self.training.rows, rows => {
            self.add_mean(rows, share, &mut z, &|| false, x, out);
        });
        self.regularizer.add_gradient(x, out);
        true
    }

    fn accuracy(&self, x: &[T]) -> Option<f64> {
        self.check(x, x);
        let tested = self.held_out.as_ref().unwrap_or(&self.training);
        let mut z = vec![0.0; self.model.n_outputs()];
        let mut n_right = 0u32;
        with_rows!(&tested.rows, rows => {
            for (row, &label) in tested.labels.iter().enumerate() {
                forward([rows.row(row)], z.len(), x, &mut z);
                n_right += u32::from(self.model.is_right(&z, label)?);
            }
        });
        Some(f64::from(n_right) / tested.labels.len() as f64)
    }
}

#[cfg(test)]
mod tests;
