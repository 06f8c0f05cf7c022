//! How far the gradients of the assigned workers stray from the gradient of the objective when they
//! are summed up in the order of the run.

use std::collections::BTreeMap;

use super::gradients::Survey;
use super::report::{DelayVariance, SequenceCorrelation};
use super::schedule::{Assigned, Schedule};
use super::vectors::{add, largest, mean, norm_squared};

/// The survey of the version that is nearest to this one. There is at least one, and they are in
/// the order of their versions.
fn nearest(surveys: &[Survey], version: u64) -> &Survey {
    let after = surveys.partition_point(|survey| survey.version < version);
    let around = &surveys[after.saturating_sub(1)..(after + 1).min(surveys.len())];
    let nearest = around
        .iter()
        .min_by_key(|survey| survey.version.abs_diff(version));
    nearest.expect("there is a survey before or after it")
}

/// The sequence correlation over blocks of `period` assigned jobs.
///
/// Within a block all deviations are of one version, that of its first job. What theory takes the
/// expectation of is here a mean over blocks. A block that is not whole counts only if there is no
/// other.
pub(super) fn sequence_correlation(
    jobs: &[Assigned],
    surveys: &[Survey],
    period: usize,
) -> SequenceCorrelation {
    let period = period.clamp(1, jobs.len().max(1));
    // At each position within a block, summed over blocks.
    let mut squares = vec![0.0; period];
    let mut largests = Vec::new();
    let mut sum = vec![0.0; surveys[0].gradient.len()];
    for block in jobs.chunks_exact(period) {
        let survey = nearest(surveys, block[0].version);
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
pub(super) fn delay_variance(schedule: &Schedule, surveys: &[Survey]) -> DelayVariance {
    // `∇f_i − ∇f` for the worker and about the version of this job.
    let deviation = |job: &Assigned| &*nearest(surveys, job.version).deviations[job.worker.index()];
    let mut sum = vec![0.0; surveys[0].gradient.len()];
    let mut out = BTreeMap::new();
    let mut jobs = schedule.jobs.iter().peekable();
    let mut squares = Vec::new();
    for end in &schedule.ends {
        while let Some(job) = jobs.next_if(|job| job.number < end.assigned) {
            out.insert(job.number, job);
            add(&mut sum, 1.0, deviation(job));
        }
        squares.push(norm_squared(&sum));
        if let Some(job) = out.remove(&end.job) {
            add(&mut sum, -1.0, deviation(job));
        }
    }
    for job in jobs {
        add(&mut sum, 1.0, deviation(job));
    }
    squares.push(norm_squared(&sum));
    DelayVariance {
        mean: mean(squares.iter().copied()),
        largest: largest(squares),
    }
}
