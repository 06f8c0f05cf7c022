//! How stale gradients were, and the momentum that staleness amounts to.

use std::collections::BTreeMap;

use ps_core::math;
use serde::Serialize;

use trace::statistics::percentile;
use trace::{Staleness, Statistics};

/// Number of bins for each doubling of the staleness: bins get wider, so that a long tail neither
/// hides the rest nor takes many of them. Each staleness below 128 has its own.
const BINS_OF_A_DOUBLING: u64 = 64;

/// Share of the gradients by which a law may differ from what was seen, beyond what chance
/// explains, and still describe it.
const FITS: f64 = 0.03;

/// Distance from its own law that draws may have by chance: with fewer gradients than make it this
/// small, any law fits.
pub(crate) const MAX_NOISE: f64 = 0.1;

/// How stale applied and held gradients were.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct StalenessSummary {
    /// Mean, maximum and percentiles over all gradients.
    #[serde(flatten)]
    pub all: Staleness,
    /// How many gradients had which staleness, from 0 to the largest; beyond 127, in bins of less
    /// than 2 % of it.
    pub histogram: Vec<Bin>,
    /// The momentum that this staleness amounts to; none without gradients.
    pub momentum: Option<EffectiveMomentum>,
}

/// A bin of the histogram of staleness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Bin {
    /// The smallest staleness in it, in updates.
    pub from: u64,
    /// The largest staleness in it, in updates.
    pub to: u64,
    /// Number of gradients in it.
    pub gradients: u64,
}

/// Staleness with P(τ = l) = (1 − μ)·μ^l makes asynchronous SGD move, on average, like SGD with
/// momentum μ and step size γ·(1 − μ) (Mitliagkas, Zhang, Hadjis, Ré 2016). Here μ is the one of
/// maximum likelihood, m/(1 + m) for a mean staleness m.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct EffectiveMomentum {
    /// The fitted `μ`.
    pub momentum: f64,
    /// The share of the gradients that would have to change their staleness for the law to hold
    /// exactly: the total variation distance between the histogram and the law.
    pub distance: f64,
    /// How large that is by chance alone, for as many independent draws from the law.
    pub noise: f64,
    /// Whether there are enough gradients to tell, and the law describes them.
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

/// Gathers (staleness, count) pairs into bins up to a maximum.
fn bins(counts: impl Iterator<Item = (u64, u64)>, max: u64) -> Vec<Bin> {
    let mut bins: Vec<Bin> = Vec::new();
    while bins.last().is_none_or(|last| last.to < max) {
        let from = bins.last().map_or(0, |last| last.to + 1);
        let to = from | (width(from) - 1);
        let gradients = 0;
        bins.push(Bin {
            from,
            to,
            gradients,
        });
    }
    for (staleness, count) in counts {
        let bin = bins.partition_point(|bin| bin.to < staleness);
        bins[bin].gradients += count;
    }
    bins
}

/// How often each staleness was seen, in bins: a few thousand at most, whatever comes.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    /// By the largest staleness of each bin.
    bins: BTreeMap<u64, u64>,
}

impl Counts {
    pub(super) fn add(&mut self, staleness: u64) {
        let last = staleness | (width(staleness) - 1);
        *self.bins.entry(last).or_default() += 1;
    }

    pub(super) fn total(&self) -> u64 {
        self.bins.values().sum()
    }

    /// By nearest rank; the largest staleness of the bin that it is in. 0 if nothing was seen.
    pub(super) fn percentile(&self, p: u64) -> u64 {
        percentile(self.bins.iter().map(|(&last, &count)| (last, count)), p)
    }
}

/// How wide the bin of this staleness is: a power of two.
fn width(staleness: u64) -> u64 {
    let doubling = (staleness / BINS_OF_A_DOUBLING).max(1).ilog2();
    1 << doubling
}

impl EffectiveMomentum {
    /// Fits the law to (staleness, count) pairs with this mean.
    fn fit(mean: f64, counts: impl Iterator<Item = (u64, u64)> + Clone) -> Self {
        let momentum = mean / (1.0 + mean);
        let total: u64 = counts.clone().map(|(_, count)| count).sum();
        let (mut difference, mut covered) = (0.0, 0.0);
        for (staleness, count) in counts {
            let law = (1.0 - momentum) * math::pow(momentum, staleness as f64);
            difference += (count as f64 / total as f64 - law).abs();
            covered += law;
        }
        // What the law gives to a staleness that nobody had.
        let distance = 0.5 * (difference + (1.0 - covered).max(0.0));
        let noise = noise(momentum, total);
        Self {
            momentum,
            distance,
            noise,
            fits: noise <= MAX_NOISE && distance <= noise + FITS,
        }
    }
}

/// The expected distance of `n` draws from their own law: ½ Σ √(2·p(1−p)/(π·n)) over all l, with
/// 1−p taken for 1.
fn noise(momentum: f64, n: u64) -> f64 {
    if momentum == 0.0 {
        return 0.0;
    }
    let roots = (1.0 - momentum).sqrt() / (1.0 - momentum.sqrt());
    roots / (std::f64::consts::TAU * n as f64).sqrt()
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
        // Law: μ = 9/10, P(9) = 0.1·0.9^9. Everything else of the histogram's mass is in the wrong
        // place.
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
    fn percentiles_are_exact_below_128_and_within_two_per_cent_beyond() {
        let percentiles = |values: &mut dyn Iterator<Item = u64>| {
            let mut counts = Counts::default();
            values.for_each(|staleness| counts.add(staleness));
            [50, 90, 99].map(|p| counts.percentile(p))
        };
        assert_eq!(percentiles(&mut std::iter::empty()), [0, 0, 0]);
        assert_eq!(percentiles(&mut std::iter::once(7)), [7, 7, 7]);
        assert_eq!(percentiles(&mut (1..=100)), [50, 90, 99]);
        let far = percentiles(&mut (1..=100).map(|k| k * 1_000_000));
        for (found, exact) in far.into_iter().zip([50e6, 90e6, 99e6]) {
            let excess = found as f64 / exact - 1.0;
            assert!((0.0..0.02).contains(&excess), "{found} for {exact}");
        }
    }

    #[test]
    fn bins_follow_one_another_hold_every_gradient_and_are_few() {
        for max in [0, 1, 127, 128, 129, 500, 123_456, u64::MAX] {
            let bins = bins([(0, 3), (max, 4)].into_iter(), max);
            assert!(bins.windows(2).all(|two| two[0].to + 1 == two[1].from));
            assert_eq!(bins.iter().map(|bin| bin.gradients).sum::<u64>(), 7);
            assert!(bins.last().unwrap().from <= max && max <= bins.last().unwrap().to);
            for bin in &bins {
                let width = bin.to - bin.from;
                assert!(bin.from >= 64 * width && (width == 0 || bin.from >= 128));
            }
            assert!(bins.len() <= 128 + 64 * 57);
        }
    }
}
