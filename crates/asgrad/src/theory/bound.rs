//! The step size that theory allows, and the terms of its bound: shapes, without their constants.

use super::gradients::Survey;
use super::report::{
    Ages, BoundTerms, DelayVariance, Deviations, SequenceCorrelation, Smoothness, StepSizes, Term,
};
use super::schedule::Schedule;
use super::vectors::mean;

/// The step sizes for this `L` and these ages, next to the one used.
pub(super) fn step_sizes(smoothness: f64, ages: Ages, used: f64) -> StepSizes {
    let positive = |value: f64| (value > 0.0 && value.is_finite()).then_some(value);
    let by_smoothness = positive(1.0 / smoothness);
    let product = ages.oldest as f64 * ages.concurrency as f64;
    let by_age = positive(1.0 / (smoothness * product.sqrt()));
    let allowed = match (by_smoothness, by_age) {
        (Some(smoothness), Some(age)) => Some(smoothness.min(age)),
        (smoothness, _) => smoothness,
    };
    StepSizes {
        used,
        by_smoothness,
        by_age,
        allowed,
        ratio: allowed.map(|allowed| used / allowed),
    }
}

/// Loss and gradient along the run: of all versions that were evaluated in it, or else of those
/// looked at.
pub(super) struct Path {
    /// The first loss minus the lowest.
    pub(super) descent: f64,
    /// The mean squared gradient norm.
    pub(super) mean_square: f64,
    /// The smallest.
    pub(super) least_square: f64,
}

impl Path {
    pub(super) fn new(schedule: &Schedule, surveys: &[Survey]) -> Self {
        let recorded = schedule.evaluations.iter();
        let recorded =
            recorded.map(|found| (found.loss, found.gradient_norm * found.gradient_norm));
        let mut seen: Vec<(f64, f64)> = recorded
            .filter(|(loss, square)| loss.is_finite() && square.is_finite())
            .collect();
        if seen.is_empty() {
            let looked_at = surveys.iter();
            seen = looked_at.map(|it| (it.loss, it.square())).collect();
        }
        let lowest = seen.iter().map(|(loss, _)| *loss).fold(f64::MAX, f64::min);
        let squares = || seen.iter().map(|(_, square)| *square);
        Self {
            descent: seen[0].0 - lowest,
            mean_square: mean(squares()),
            least_square: squares().fold(f64::MAX, f64::min),
        }
    }
}

/// The terms of the bound for this many gradients with this step size.
pub(super) fn bound(
    path: &Path,
    gradients: u64,
    step_size: f64,
    smoothness: &Smoothness,
    noise: &Deviations,
    sequence: &SequenceCorrelation,
    delay_variance: &DelayVariance,
) -> BoundTerms {
    let turned = smoothness.largest * step_size;
    let terms = [
        (Term::Descent, path.descent / (step_size * gradients as f64)),
        (Term::Noise, turned * noise.mean),
        (Term::Sequence, turned * turned * sequence.value),
        (Term::JobsOut, turned * turned * delay_variance.largest),
    ];
    let [(_, descent), (_, noise), (_, sequence), (_, jobs_out)] = terms;
    // Of equal terms the first: it is the one that goes away by itself.
    let largest = terms
        .into_iter()
        .rev()
        .max_by(|(_, a), (_, b)| a.total_cmp(b));
    BoundTerms {
        descent_to_lowest_seen: path.descent,
        gradients,
        descent,
        noise,
        sequence,
        jobs_out,
        dominant: largest.map_or(Term::Descent, |(term, _)| term),
        measured: path.mean_square,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_step_size_is_limited_by_curvature_or_by_age() {
        let ages = |oldest, concurrency| Ages {
            oldest,
            concurrency,
        };
        let limited = step_sizes(2.0, ages(9, 4), 0.25);
        assert_eq!(limited.by_smoothness, Some(0.5));
        assert_eq!(limited.by_age, Some(1.0 / 12.0));
        assert_eq!(
            (limited.allowed, limited.ratio),
            (Some(1.0 / 12.0), Some(3.0))
        );
        let fresh = step_sizes(2.0, ages(0, 1), 0.25);
        assert_eq!((fresh.by_age, fresh.allowed), (None, Some(0.5)));
        let flat = step_sizes(0.0, ages(9, 4), 0.25);
        assert_eq!((flat.allowed, flat.ratio), (None, None));
    }

    #[test]
    fn each_term_has_its_shape_and_the_largest_dominates() {
        let mut path = Path {
            descent: 10.0,
            mean_square: 1.0,
            least_square: 1.0,
        };
        let of = |path: &Path, noise, sequence, variance| {
            let smoothness = Smoothness {
                largest: 4.0,
                along_path: 4.0,
                curvature: 1.0,
                of_one_worker: None,
            };
            let noise = Deviations {
                mean: noise,
                largest: 100.0,
                per_worker: Vec::new(),
            };
            let sequence = SequenceCorrelation {
                period: 1,
                blocks: 1,
                value: sequence,
                mean_of_largest: 100.0,
            };
            let variance = DelayVariance {
                largest: variance,
                mean: 0.5,
            };
            bound(path, 100, 0.5, &smoothness, &noise, &sequence, &variance)
        };
        let found = of(&path, 7.0, 3.0, 11.0);
        let terms = [found.descent, found.noise, found.sequence, found.jobs_out];
        assert_eq!(terms, [0.2, 14.0, 12.0, 44.0]);
        assert_eq!(found.dominant, Term::JobsOut);
        assert_eq!(of(&path, 0.0, 3.0, 0.0).dominant, Term::Sequence);
        path.descent = 0.0;
        assert_eq!(of(&path, 0.0, 0.0, 0.0).dominant, Term::Descent);
    }
}
