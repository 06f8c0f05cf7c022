//! How stale gradients were, and the momentum that staleness amounts to.

use serde::Serialize;

use crate::{Staleness, Statistics};

/// A histogram has at most this many bins; below that, each staleness has its own.
const MOST_BINS: u64 = 500;

/// A geometric law that differs from the histogram by more than this share of the gradients does not describe it.
const FITS: f64 = 0.1;

/// How stale applied and held gradients were.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct StalenessSummary {
    /// Mean, maximum and percentiles.
    #[serde(flatten)]
    pub all: Staleness,
    /// How many gradients had which staleness, from 0 to the largest, in bins of equal width.
    pub histogram: Vec<Bin>,
    /// The momentum that this staleness amounts to; none without gradients.
    pub momentum: Option<EffectiveMomentum>,
}

/// Part of a histogram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Bin {
    /// The smallest staleness in it.
    pub from: u64,
    /// The largest.
    pub to: u64,
    /// How many gradients.
    pub gradients: u64,
}

/// Staleness with P(τ = l) = (1 − μ)·μ^l makes asynchronous SGD move, on average, like SGD with momentum μ and step
/// size γ·(1 − μ) (Mitliagkas, Zhang, Hadjis, Ré 2016). Here μ is the one of maximum likelihood, m/(1 + m) for a mean
/// staleness m.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct EffectiveMomentum {
    /// The fitted `μ`.
    pub momentum: f64,
    /// The share of the gradients that would have to change their staleness for the law to hold exactly: the total
    /// variation distance between the histogram and the law.
    pub distance: f64,
    /// Whether that is small enough to speak of momentum at all.
    pub fits: bool,
}

impl StalenessSummary {
    pub(super) fn of(statistics: &Statistics) -> Self {
        let all = statistics.staleness();
        let Some(mean) = all.mean else {
            return Self {
                all,
                histogram: Vec::new(),
                momentum: None,
            };
        };
        let counts = statistics.staleness_counts();
        Self {
            all,
            histogram: bins(counts.clone(), all.max),
            momentum: Some(EffectiveMomentum::fit(mean, counts)),
        }
    }
}

/// Gathers (staleness, count), in order, into bins up to a maximum.
fn bins(counts: impl Iterator<Item = (u64, u64)>, max: u64) -> Vec<Bin> {
    let width = max / MOST_BINS + 1;
    let mut bins: Vec<Bin> = (0..=max / width)
        .map(|bin| Bin {
            from: bin * width,
            to: (bin * width).saturating_add(width - 1),
            gradients: 0,
        })
        .collect();
    for (staleness, count) in counts {
        let bin = usize::try_from(staleness / width).expect("there are few bins");
        bins[bin].gradients += count;
    }
    bins
}

impl EffectiveMomentum {
    /// Fits the law to (staleness, count) pairs with this mean.
    fn fit(mean: f64, counts: impl Iterator<Item = (u64, u64)> + Clone) -> Self {
        let momentum = mean / (1.0 + mean);
        let total: u64 = counts.clone().map(|(_, count)| count).sum();
        let (mut difference, mut covered) = (0.0, 0.0);
        for (staleness, count) in counts {
            let law = (1.0 - momentum) * momentum.powf(staleness as f64);
            difference += (count as f64 / total as f64 - law).abs();
            covered += law;
        }
        // What the law gives to a staleness that nobody had.
        let distance = 0.5 * (difference + (1.0 - covered).max(0.0));
        Self {
            momentum,
            distance,
            fits: distance <= FITS,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_geometric_histogram_fits_and_gives_its_own_momentum() {
        // μ = 1/2: halves, quarters, …, the last two equal so that nothing is left over.
        let counts = [(0, 512), (1, 256), (2, 128), (3, 64), (4, 32), (5, 32)];
        let total: u64 = counts.iter().map(|(_, count)| count).sum();
        let sum: u64 = counts.iter().map(|(l, count)| l * count).sum();
        let fit = EffectiveMomentum::fit(sum as f64 / total as f64, counts.into_iter());
        assert!(
            (fit.momentum - 0.5).abs() < 0.02 && fit.distance < 0.04 && fit.fits,
            "{fit:?}"
        );
    }

    #[test]
    fn a_constant_staleness_is_no_momentum() {
        // Law: μ = 9/10, P(9) = 0.1·0.9^9. Everything else of the histogram's mass is in the wrong place.
        let fit = EffectiveMomentum::fit(9.0, [(9, 100)].into_iter());
        let expected = 1.0 - 0.1 * 0.9f64.powi(9);
        assert!(
            (fit.distance - expected).abs() < 1e-12 && !fit.fits,
            "{fit:?}"
        );
    }

    #[test]
    fn fresh_gradients_are_no_momentum_at_all() {
        let fit = EffectiveMomentum::fit(0.0, [(0, 7)].into_iter());
        assert_eq!((fit.momentum, fit.distance, fit.fits), (0.0, 0.0, true));
    }

    #[test]
    fn bins_hold_every_gradient_and_are_few() {
        for max in [0, 1, 499, 500, 501, 123_456, u64::MAX] {
            let bins = bins([(0, 3), (max, 4)].into_iter(), max);
            assert!(bins.len() <= 500, "{max}");
            assert_eq!(bins.iter().map(|bin| bin.gradients).sum::<u64>(), 7);
            assert!(bins.last().unwrap().from <= max && max <= bins.last().unwrap().to);
        }
    }
}
