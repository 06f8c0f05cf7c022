//! ```text
//! room = max(0, γ' − Σ_{j=t−τ}^{t−1} γ_j)         the principle: 0 ≤ γ_t ≤ room
//! Adaptive 1:  γ_t = α·room
//! Adaptive 2:  γ_t = γ'/(τ + 1) if that is at most room, else 0
//! ```
//! Wu, Magnússon, Feyzmahdavian, Johansson, *Delay-adaptive step-sizes for asynchronous learning*,
//! ICML 2022, arXiv 2202.08550, for PIAG, with `γ' = h/L`, `0 < h < 1`. `γ'` is the step size `γ`
//! of the command line; `τ` is the age of the oldest row of the table with `iag`, which is PIAG,
//! and with other methods the staleness of the gradient that makes the update (of several held
//! ones, the last). A method that weighs its steps by itself would spend another budget than the
//! one that is kept. Where no gradient overtakes an older one (rows never do), the steps that a
//! gradient has missed and its own add up to at most `γ'`. One that was overtaken may have missed
//! more than that already: it gets 0, and still is an update.
//!
//! The two formulas and the default `α = 0.9` are remembered, not checked against the paper.

use std::collections::VecDeque;

use ps_core::form::{Domain, Named, Parameter};

use super::{StepMaker, StepSize, formula};

/// How far a sum of floats may be off: at constant staleness the principle of Adaptive 2 is tight.
const ROUNDING: f64 = 1e-9;

/// How much of what is left is taken.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Share {
    /// Adaptive 1: this share of it, at most 1.
    OfTheRest(f64),
    /// Adaptive 2: an equal share for each update that was missed and this one, or nothing.
    Equal,
}

/// Steps that leave room for those that a gradient has missed.
#[derive(Debug)]
struct DelayAdaptive {
    budget: f64,
    share: Share,
    /// Of the updates that were not zero, the newest last: the version each was made from, and all
    /// steps before it. Without those so old that the younger ones use up the budget by themselves.
    past: VecDeque<(u64, Parts)>,
    /// All steps.
    total: Parts,
}

/// A sum of steps, in whole parts of the budget: sums of however many are exact, and so are their
/// differences.
type Parts = u128;

/// What the budget is divided into.
const WHOLE: Parts = 1 << 64;

impl DelayAdaptive {
    /// With this budget, `γ'`.
    fn new(budget: f64, share: Share) -> Self {
        Self {
            budget,
            share,
            past: VecDeque::new(),
            total: 0,
        }
    }

    /// `γ_t`, for a gradient that was computed at version `read`.
    fn step(&mut self, read: u64, version: u64) -> f64 {
        let total = self.total;
        while self
            .past
            .get(1)
            .is_some_and(|(_, before)| total - before >= WHOLE)
        {
            self.past.pop_front();
        }
        let first = self
            .past
            .partition_point(|(made_from, _)| *made_from < read);
        let missed = self.past.get(first).map_or(0, |(_, before)| total - before);
        let room = WHOLE.saturating_sub(missed) as f64 / WHOLE as f64 * self.budget;
        let step = match self.share {
            Share::OfTheRest(share) => share * room,
            Share::Equal => {
                let equal = self.budget / (version - read + 1) as f64;
                let fits = equal <= room + ROUNDING * self.budget;
                if fits { equal.min(room) } else { 0.0 }
            }
        };
        if step > 0.0 {
            self.past.push_back((version, self.total));
            self.total += in_parts(step / self.budget);
        }
        step
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share is from 0 to 1"
)]
fn in_parts(share: f64) -> Parts {
    (share * WHOLE as f64) as Parts
}

/// The rule of this budget.
fn rule(budget: f64, share: Share) -> Box<dyn StepSize> {
    let mut rule = DelayAdaptive::new(budget, share);
    formula(move |arrival, run| rule.step(arrival.read_version.number(), run.version.number()))
}

pub(super) const ADAPTIVE_1: Named<StepMaker> = Named {
    name: "piag",
    summary: "α·(γ − the steps missed), at least 0",
    reference: "Wu et al., ICML 2022, Adaptive 1",
    parameters: &[Parameter::new("α", Domain::SHARE).or("0.9")],
    what: StepMaker::within_budget(|budget, values| {
        rule(budget, Share::OfTheRest(values.real("α")))
    }),
};

pub(super) const ADAPTIVE_2: Named<StepMaker> = Named {
    name: "piag2",
    summary: "γ/(τ + 1) if the steps missed leave it room in γ, else 0",
    reference: "Wu et al., ICML 2022, Adaptive 2",
    parameters: &[],
    what: StepMaker::within_budget(|budget, _| rule(budget, Share::Equal)),
};

#[cfg(test)]
mod tests {
    use super::*;

    /// The step sizes for gradients of these versions, the first made from version 0.
    fn steps(share: Share, reads: impl IntoIterator<Item = u64>) -> Vec<f64> {
        let mut rule = DelayAdaptive::new(0.5, share);
        let reads = reads.into_iter().enumerate();
        reads.map(|(t, read)| rule.step(read, t as u64)).collect()
    }

    /// Reads that are late in a wild but fixed way: sometimes not at all, sometimes by hundreds of
    /// updates.
    fn wild(updates: u64) -> impl Iterator<Item = u64> {
        (0..updates).map(|t| t.saturating_sub((t * t * 7 + t / 3) % (1 + (t * 31) % 400)))
    }

    const SHARES: [Share; 3] = [Share::OfTheRest(1.0), Share::OfTheRest(0.9), Share::Equal];

    /// The steps that each gradient has missed, added up, and its own.
    fn missed_and_own(share: Share, reads: &[u64]) -> Vec<(f64, f64)> {
        let steps = steps(share, reads.iter().copied());
        assert!(steps.iter().filter(|step| **step > 0.0).count() > 100);
        let first = |read: u64| usize::try_from(read).expect("a small number");
        let pair = |(t, read): (usize, &u64)| (steps[first(*read)..t].iter().sum(), steps[t]);
        reads.iter().enumerate().map(pair).collect()
    }

    #[test]
    fn a_step_is_no_larger_than_what_the_steps_missed_leave_of_the_budget() {
        for share in SHARES {
            let reads: Vec<_> = wild(3000).collect();
            for (missed, own) in missed_and_own(share, &reads) {
                let room = (0.5 - missed).max(0.0);
                assert!(
                    (0.0..=room + 1e-12).contains(&own),
                    "{share:?}: {own} of {room}"
                );
            }
        }
    }

    #[test]
    fn steps_missed_and_own_add_up_to_the_budget_where_no_gradient_is_overtaken() {
        for share in SHARES {
            let mut latest = 0;
            let in_order = wild(3000).map(|read| {
                latest = read.max(latest);
                latest
            });
            let reads: Vec<_> = in_order.collect();
            for (missed, own) in missed_and_own(share, &reads) {
                assert!(missed + own <= 0.5 + 1e-12, "{share:?}: {missed} + {own}");
            }
        }
    }

    #[test]
    fn equal_shares_are_constant_at_constant_staleness() {
        for staleness in [0, 1, 2, 6, 40] {
            let reads = (0..4000u64).map(|t| t.saturating_sub(staleness));
            let steps = steps(Share::Equal, reads);
            let constant = 0.5 / (staleness + 1) as f64;
            let settled = &steps[2000..];
            assert!(
                settled.iter().all(|step| (step - constant).abs() < 1e-9),
                "{staleness}: {settled:?}"
            );
        }
    }

    /// γ' = 1/2, α = 1/2, staleness 0, 1, 2, 1, 3: 1/4; (1/2 − 1/4)/2 = 1/8; (1/2 − 3/8)/2 = 1/16;
    /// the step before is 1/16: (1/2 − 1/16)/2 = 7/32; the three before are 1/8, 1/16, 7/32: (1/2 −
    /// 13/32)/2 = 3/64.
    #[test]
    fn the_rest_is_shared_as_by_hand() {
        let steps = steps(Share::OfTheRest(0.5), [0, 0, 0, 2, 1]);
        assert_eq!(steps, [0.25, 0.125, 0.0625, 0.21875, 0.046875]);
    }

    #[test]
    fn what_is_too_old_to_matter_is_forgotten() {
        let mut rule = DelayAdaptive::new(0.5, Share::OfTheRest(0.9));
        for t in 0..100_000u64 {
            rule.step(t.saturating_sub(9), t);
        }
        assert!(rule.past.len() <= 20, "{}", rule.past.len());
    }
}
