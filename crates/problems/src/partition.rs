//! Which rows go to which worker.

use ps_core::distribution::gamma;
use ps_core::form::{DefaultValue, Domain, Kind, Named, Parameter, Syntax, Values};
use ps_core::{Purpose, Seed, Stream, choice, math};
use rand::RngExt;
use rand::seq::SliceRandom;

use crate::dataset::distinct;
use crate::request_error::RequestError;

choice! {
    /// A rule for sharing out rows.
    ///
    /// # Examples
    /// ```
    /// use problems::Partition;
    /// use ps_core::Seed;
    ///
    /// let labels = [1.0, 0.0, 1.0, 0.0, 1.0];
    /// let shares = Partition::contiguous().share_out(&labels, 2, Seed::new(1))?;
    /// assert_eq!(shares.workers, [[0, 1], [2, 3]]);
    /// assert_eq!(shares.unused, 1);
    /// let shares = "by-label".parse::<Partition>()?.share_out(&labels, 2, Seed::new(1))?;
    /// assert_eq!(shares.workers, [vec![1, 3], vec![0, 2, 4]]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub struct Partition(Sharing);

    /// `⌊N/n⌋` rows each, in the order of the data; the rest is unused. As `contiguous:all` the rest
    /// is dealt out: the first workers have one row more.
    fn contiguous();
    /// The same of a random order.
    fn shuffled();
    /// Rows sorted by label, stably. Worker `i` gets the `i`-th class when there are as many
    /// classes as workers, otherwise `⌊N/n⌋` rows of the sorted order; the rest is unused.
    fn by_label();
    /// Each class is split in proportions drawn from a symmetric Dirichlet distribution with this
    /// concentration: the smaller, the less alike the workers (T.-M. H. Hsu, H. Qi, M. Brown, arXiv
    /// 1909.06335). Every row is used, and every worker gets at least one.
    fn dirichlet(concentration: f64);
}

/// How rows with these labels are shared out among so many workers.
#[derive(Clone, Copy, Debug)]
pub struct Sharing(fn(&[f64], usize, &Values, &mut Stream) -> Shares);

/// Whether all rows are shared out, or as many to each worker.
const ALL: Parameter =
    Parameter::new("all", Domain::Word(&["all", "equal"])).default(DefaultValue::Unsaid("equal"));

impl Kind for Sharing {
    const NAME: &'static str = "partition";
    const SYNTAX: Syntax = Syntax::Positional(':');
    const ALL: &'static [Named<Self>] = &[
        Named::new(
            "contiguous",
            "equal blocks in the order of the data; the rest of the rows is unused, or with :all dealt out",
            &[ALL],
            Self(|labels, n, values, _| blocks(&in_order(labels), n, values)),
        ),
        Named::new(
            "shuffled",
            "equal blocks of a random order; the rest as with contiguous",
            &[ALL],
            Self(|labels, n, values, stream| {
                let mut order = in_order(labels);
                order.shuffle(stream);
                blocks(&order, n, values)
            }),
        ),
        Named::new(
            "by-label",
            "a class each, or equal blocks of the rows sorted by label",
            &[],
            Self(|labels, n, _, _| by_label(labels, n)),
        ),
        Named::new(
            "dirichlet",
            "each class in proportions from a Dirichlet distribution: the smaller α, the less alike",
            &[Parameter::new("α", Domain::ABOVE_ZERO)],
            Self(|labels, n, values, stream| dirichlet(labels, n, values.real("α"), stream)),
        ),
    ];
}

/// Who got which rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shares {
    /// The rows of each worker; none is empty, and no row is in two.
    pub workers: Vec<Vec<usize>>,
    /// How many rows nobody got.
    pub unused: usize,
}

impl Partition {
    /// Shares out as many rows as there are labels among `n_workers`.
    ///
    /// # Errors
    /// If there are no workers, or more than rows.
    pub fn share_out(
        &self,
        labels: &[f64],
        n_workers: usize,
        seed: Seed,
    ) -> Result<Shares, RequestError> {
        let rows = labels.len();
        if n_workers == 0 {
            return Err(RequestError::NoWorkers);
        }
        if n_workers > rows {
            let workers = n_workers;
            return Err(RequestError::MoreWorkersThanRows { workers, rows });
        }
        let mut stream = seed.stream_of_run(Purpose::Partition);
        Ok(self.entry().what.0(
            labels,
            n_workers,
            self.values(),
            &mut stream,
        ))
    }
}

fn in_order(labels: &[f64]) -> Vec<usize> {
    (0..labels.len()).collect()
}

fn blocks(order: &[usize], n_workers: usize, values: &Values) -> Shares {
    match values.word(ALL.name) {
        "all" => all_in_blocks(order, n_workers),
        _ => equal_blocks(order, n_workers),
    }
}

/// Blocks that differ by at most one row, the longer ones first.
fn all_in_blocks(order: &[usize], n_workers: usize) -> Shares {
    let (size, n_longer) = (order.len() / n_workers, order.len() % n_workers);
    let (longer, others) = order.split_at((size + 1) * n_longer);
    let blocks = longer.chunks(size + 1).chain(others.chunks(size));
    Shares {
        workers: blocks.map(<[usize]>::to_vec).collect(),
        unused: 0,
    }
}

fn equal_blocks(order: &[usize], n_workers: usize) -> Shares {
    let size = order.len() / n_workers;
    let blocks = order.chunks_exact(size).take(n_workers);
    Shares {
        workers: blocks.map(<[usize]>::to_vec).collect(),
        unused: order.len() - size * n_workers,
    }
}

fn by_label(labels: &[f64], n_workers: usize) -> Shares {
    let classes = rows_by_class(labels);
    if classes.len() == n_workers {
        return Shares {
            workers: classes,
            unused: 0,
        };
    }
    equal_blocks(&classes.concat(), n_workers)
}

/// The rows of each class, classes by increasing label, rows in order.
fn rows_by_class(labels: &[f64]) -> Vec<Vec<usize>> {
    let classes = distinct(labels);
    let mut rows = vec![Vec::new(); classes.len()];
    for (row, label) in labels.iter().enumerate() {
        let class = classes.partition_point(|class| class.total_cmp(label).is_lt());
        rows[class].push(row);
    }
    rows
}

fn dirichlet(labels: &[f64], n_workers: usize, concentration: f64, stream: &mut Stream) -> Shares {
    let mut workers = vec![Vec::new(); n_workers];
    for mut class in rows_by_class(labels) {
        class.shuffle(stream);
        let proportions = proportions(n_workers, concentration, stream);
        let (mut up_to, mut start) = (0.0, 0);
        for (worker, proportion) in workers.iter_mut().zip(proportions) {
            up_to += proportion;
            let end = nearest(up_to * class.len() as f64).clamp(start, class.len());
            worker.extend_from_slice(&class[start..end]);
            start = end;
        }
        // Nothing, unless the concentration is so small that there were no proportions.
        workers[n_workers - 1].extend_from_slice(&class[start..]);
    }
    give_everyone_a_row(&mut workers);
    workers.iter_mut().for_each(|rows| rows.sort_unstable());
    Shares { workers, unused: 0 }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float that is not below 0 and at most a number of rows"
)]
fn nearest(rows: f64) -> usize {
    rows.round() as usize
}

/// A draw from the symmetric Dirichlet distribution. Gamma variables are drawn by their logarithm,
/// as `Gamma(a) = Gamma(a + 1) · U^(1/a)`: those of a small concentration are too small for a
/// float.
fn proportions(n: usize, concentration: f64, stream: &mut Stream) -> Vec<f64> {
    let mut logs: Vec<f64> = (0..n)
        .map(|_| {
            // In (0, 1], so that the logarithm is finite.
            let uniform = 1.0 - stream.random::<f64>();
            math::ln(gamma(concentration + 1.0, stream)) + math::ln(uniform) / concentration
        })
        .collect();
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    logs.iter_mut()
        .for_each(|log| *log = math::exp(*log - largest));
    let sum: f64 = logs.iter().sum();
    logs.iter_mut().for_each(|share| *share /= sum);
    logs
}

/// Moves one row from whoever has most, the first of equals, to each worker without any.
fn give_everyone_a_row(workers: &mut [Vec<usize>]) {
    for worker in 0..workers.len() {
        if workers[worker].is_empty() {
            let richest = workers.iter_mut().rev().max_by_key(|rows| rows.len());
            let row = richest.and_then(Vec::pop);
            workers[worker].push(row.expect("there are as many rows as workers"));
        }
    }
}

#[cfg(test)]
mod tests;
