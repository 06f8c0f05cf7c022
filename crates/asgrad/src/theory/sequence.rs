//! How far the gradients of the assigned workers stray from the gradient of the objective when they
//! are summed up in the order of the run.

use std::collections::BTreeMap;

use super::gradients::Survey;
use super::report::{DelayVariance, SequenceCorrelation};
use super::schedule::{Assigned, Schedule};
use super::vectors::{add, largest, mean, norm_squared};

/// The surveys nearest to versions.
pub(super) struct Nearest<'a> {
    /// By version, at least one.
    surveys: &'a [Survey],
}

impl<'a> Nearest<'a> {
    pub(super) fn new(surveys: &'a [Survey]) -> Self {
        Self { surveys }
    }

    fn to(&self, version: u64) -> &'a Survey {
        let after = self
            .surveys
            .partition_point(|survey| survey.version < version);
        let around = &self.surveys[after.saturating_sub(1)..(after + 1).min(self.surveys.len())];
        let nearest = around
            .iter()
            .min_by_key(|survey| survey.version.abs_diff(version));
        nearest.expect("there is a survey before or after it")
    }

    /// `∇f_i − ∇f` for the worker and about the version of this job.
    fn deviation(&self, job: &Assigned) -> &'a [f64] {
        &self.to(job.version).deviations[job.worker.index()]
    }

    fn dim(&self) -> usize {
        self.surveys[0].gradient.len()
    }
}

/// The sequence correlation over blocks of `period` assigned jobs.
///
/// Within a block all deviations are of one version, that of its first job. What theory takes the
/// expectation of is here a mean over blocks. A block that is not whole counts only if there is no
/// other.
pub(super) fn sequence_correlation(
    jobs: &[Assigned],
    nearest: &Nearest<'_>,
    period: usize,
) -> SequenceCorrelation {
    let period = period.clamp(1, jobs.len().max(1));
    // At each position within a block, summed over blocks.
    let mut squares = vec![0.0; period];
    let mut largests = Vec::new();
    let mut sum = vec![0.0; nearest.dim()];
    for block in jobs.chunks_exact(period) {
        let survey = nearest.to(block[0].version);
        sum.fill(0.0);
        let mut largest: f64 = 0.0;
        for (squares, job) in squares.iter_mut().zip(block) {
            add(&mut sum, 1.0, &survey.deviations[job.worker.index()]);
            let square = norm_squared(&sum);
            *squares += square;
            largest = largest.max(square);
        }
        largests.push(largest);
    }
    let blocks = largests.len();
    let per_block = 1.0 / blocks.max(1) as f64;
    SequenceCorrelation {
        period,
        blocks,
        value: largest(squares) * per_block,
        mean_of_largest: mean(largests),
    }
}

/// The square of the sum of deviations over the jobs that are out, each at its own version.
pub(super) fn delay_variance(schedule: &Schedule, nearest: &Nearest<'_>) -> DelayVariance {
    let mut sum = vec![0.0; nearest.dim()];
    let mut out = BTreeMap::new();
    let mut jobs = schedule.jobs.iter().peekable();
    let mut squares = Vec::new();
    for end in &schedule.ends {
        while let Some(job) = jobs.next_if(|job| job.number < end.assigned) {
            out.insert(job.number, job);
            add(&mut sum, 1.0, nearest.deviation(job));
        }
        squares.push(norm_squared(&sum));
        if let Some(job) = out.remove(&end.job) {
            add(&mut sum, -1.0, nearest.deviation(job));
        }
    }
    for job in jobs {
        add(&mut sum, 1.0, nearest.deviation(job));
    }
    squares.push(norm_squared(&sum));
    DelayVariance {
        mean: mean(squares.iter().copied()),
        largest: largest(squares),
    }
}
