//! A round of trials: how often workers have tried in it, and how often they were in time.

use std::time::Duration;

use ps_core::WorkerId;

use crate::arrival::{Arrival, Gradient};
use crate::server::{Accumulator, Server};

/// What has come of the trials of a round, and what is known of those before it.
#[derive(Debug, Default)]
pub(super) struct Trials {
    sum: Accumulator,
    /// The last gradient of this round.
    last: Option<Arrival>,
    tried: Vec<Tried>,
    /// Who has no trial to make in this round any more, in order.
    done: Vec<WorkerId>,
}

/// The trials of one worker that are over.
#[derive(Clone, Copy, Debug, Default)]
struct Tried {
    this_round: u64,
    /// Since the limit was last changed; and how many of those were in time.
    all: u64,
    in_time: u64,
}

impl Trials {
    /// Nobody has tried yet, and no round has begun.
    pub(super) fn new(server: &Server<'_>) -> Self {
        Self {
            sum: Accumulator::default(),
            last: None,
            tried: vec![Tried::default(); server.n_workers()],
            done: (0..server.n_workers()).map(WorkerId::new).collect(),
        }
    }

    /// A trial was in time: `sum ← sum + g`.
    pub(super) fn hold(&mut self, arrival: &Arrival, g: &Gradient<'_>, server: &mut Server<'_>) {
        server.hold(g, &mut self.sum, 1.0);
        self.last = Some(*arrival);
        self.tried[arrival.worker.index()].in_time += 1;
    }

    /// A trial is over, in time or not. Returns whether its worker has some of `trials` left in
    /// this round.
    pub(super) fn has_more(&mut self, trial: &Arrival, trials: u64) -> bool {
        let tried = &mut self.tried[trial.worker.index()];
        tried.this_round += 1;
        tried.all += 1;
        let has_more = tried.this_round < trials;
        if !has_more {
            self.done.push(trial.worker);
        }
        has_more
    }

    /// The last gradient of this round.
    pub(super) fn last(&self) -> Option<&Arrival> {
        self.last.as_ref()
    }

    /// `x ← x − (γ/B)·sum;  sum ← 0`, with `B = Σ_i p_i B_i`. The trials that were made in this
    /// round count for `B_i`, and in `p_i` too; if all ever were in time, B is exactly their
    /// number.
    pub(super) fn step(&mut self, step_size: f64, server: &mut Server<'_>) {
        let tried = self.tried.iter().filter(|tried| tried.this_round > 0);
        let share = |tried: &Tried| tried.in_time as f64 / tried.all as f64;
        let expected: f64 = tried.map(|t| t.this_round as f64 * share(t)).sum();
        server.step_along(&mut self.sum, step_size / expected);
        server.clear(&mut self.sum);
    }

    /// Whether less than 1 % of the trials since the limit was last changed were in time. Without a
    /// longer limit a run might never come to its next update: those that were in time may be lost
    /// by now, or have become slow.
    pub(super) fn is_too_short(&self) -> bool {
        let sums = self.tried.iter().map(|tried| (tried.in_time, tried.all));
        let (in_time, all) = sums.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        in_time * 100 < all
    }

    /// The limit is another: what was learnt under the old one counts no more.
    pub(super) fn forget(&mut self) {
        self.tried.fill(Tried::default());
    }

    /// A round begins: everybody's first trial, in the order in which they finished the last round.
    pub(super) fn begin(&mut self, limit: Duration, server: &mut Server<'_>) {
        self.last = None;
        self.tried.iter_mut().for_each(|tried| tried.this_round = 0);
        for worker in self.done.drain(..) {
            server.assign_within(worker, limit);
        }
    }
}
