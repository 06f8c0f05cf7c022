//! The step size that theory allows, and the terms of its bound: shapes, without their constants.

use super::report::{Ages, BoundTerms, SequenceCorrelation, StepSizes, Term};

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

/// The numbers that the terms of the bound are made of.
pub(super) struct Parts {
    pub(super) descent: f64,
    pub(super) gradients: u64,
    pub(super) step_size: f64,
    pub(super) smoothness: f64,
    pub(super) noise: f64,
    pub(super) sequence: SequenceCorrelation,
    pub(super) delay_variance: f64,
    pub(super) measured: f64,
}

pub(super) fn bound(parts: &Parts) -> BoundTerms {
    let &Parts {
        descent: f0,
        gradients,
        step_size,
        smoothness,
        noise,
        sequence,
        delay_variance,
        measured,
    } = parts;
    let turned = smoothness * step_size;
    let terms = [
        (Term::Descent, f0 / (step_size * gradients as f64)),
        (Term::Noise, turned * noise),
        (Term::Sequence, turned * turned * sequence.value),
        (Term::JobsOut, turned * turned * delay_variance),
    ];
    let [(_, descent), (_, noise), (_, sequence), (_, jobs_out)] = terms;
    // Of equal terms the first: it is the one that goes away by itself.
    let largest = terms
        .into_iter()
        .rev()
        .max_by(|(_, a), (_, b)| a.total_cmp(b));
    BoundTerms {
        descent_to_lowest_seen: f0,
        gradients,
        descent,
        noise,
        sequence,
        jobs_out,
        dominant: largest.map_or(Term::Descent, |(term, _)| term),
        measured,
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
        let sequence = SequenceCorrelation {
            period: 1,
            blocks: 1,
            value: 3.0,
            mean_of_largest: 5.0,
        };
        let mut parts = Parts {
            descent: 10.0,
            gradients: 100,
            step_size: 0.5,
            smoothness: 4.0,
            noise: 7.0,
            sequence,
            delay_variance: 11.0,
            measured: 1.0,
        };
        let found = bound(&parts);
        let terms = [found.descent, found.noise, found.sequence, found.jobs_out];
        assert_eq!(terms, [0.2, 14.0, 12.0, 44.0]);
        assert_eq!(found.dominant, Term::JobsOut);
        (parts.delay_variance, parts.noise) = (0.0, 0.0);
        assert_eq!(bound(&parts).dominant, Term::Sequence);
        (parts.descent, parts.sequence.value) = (0.0, 0.0);
        assert_eq!(bound(&parts).dominant, Term::Descent);
    }
}
