//! ```text
//! a round:   every worker makes B_i trials at the same x, one after the other, each with a fresh sample and a time limit
//! on gradient g:              sum ← sum + g                       (a trial that is not in time adds nothing)
//! when all trials are over:   x ← x − (γ/B)·sum;  sum ← 0,  with B = Σ_i p_i B_i the expected number of gradients
//! ```
//! MindFlayer SGD (Maranjyan, Omar, Richtárik, UAI 2025, arXiv 2410.04285), for data that are
//! alike. `trials` is `B_i`, `limit` is `s_i + t_i`; without one `B = ΣB_i`. The paper knows `p_i`,
//! the probability of being in time: here it is the share of a worker's trials so far that were. A
//! round with none in time is repeated without a step; with twice the limit if less than 1 % ever
//! were.

use std::time::Duration;

use ps_core::WorkerId;
use ps_core::form::{Domain, Parameter};

use super::profile::{NamedMethod, Outstanding, Profile};
use super::trials::Trials;
use crate::arrival::{Arrival, Gradient};
use crate::method::Method;
use crate::server::Server;
use crate::theory;

/// Everybody tries so often within a limit; step along the sum over the number that was to be
/// expected in time.
#[derive(Debug)]
struct MindFlayer {
    /// Trials of each worker in a round.
    trials: u64,
    /// `Duration::MAX` is no limit.
    limit: Duration,
    round: Trials,
}

impl MindFlayer {
    /// A trial is over. Whoever has trials left has a job, so the round ends when nobody has one.
    fn is_over(&mut self, trial: &Arrival, server: &mut Server<'_>) {
        if self.round.has_more(trial, self.trials) {
            server.assign_within(trial.worker, self.limit);
        }
        self.end_round(server);
    }

    fn end_round(&mut self, server: &mut Server<'_>) {
        if server.n_outstanding() > 0 {
            return;
        }
        if let Some(last) = self.round.last() {
            let step_size = server.step_size(last);
            self.round.step(step_size, server);
        } else if self.round.is_too_short() {
            self.limit = self.limit.saturating_mul(2);
            self.round.forget();
        }
        self.round.begin(self.limit, server);
    }
}

impl Method for MindFlayer {
    fn start(&mut self, server: &mut Server<'_>) {
        self.round = Trials::new(server);
        self.round.begin(self.limit, server);
    }

    fn on_gradient(&mut self, arrival: &Arrival, gradient: Gradient<'_>, server: &mut Server<'_>) {
        self.round.hold(arrival, &gradient, server);
        self.is_over(arrival, server);
    }

    fn on_expired(&mut self, job: &Arrival, server: &mut Server<'_>) {
        self.is_over(job, server);
    }

    /// The trials that it had not made are over, and count no more in B.
    fn on_worker_lost(&mut self, _worker: WorkerId, server: &mut Server<'_>) {
        self.end_round(server);
    }
}

const TRIALS: Parameter = Parameter::new("trials", Domain::POSITIVE)
    .meaning("trials of each worker in a round, the paper's B_i")
    .or("1");

const LIMIT: Parameter = Parameter::new("limit", Domain::Microseconds)
    .meaning("microseconds after which a trial expires, the paper's s_i + t_i; 0 is for no limit")
    .or("0");

pub(super) const ENTRY: NamedMethod = NamedMethod {
    name: "mindflayer",
    summary: "everybody tries B times within a limit, step along the sum over the number expected in time; for data that are alike",
    reference: "Maranjyan, Omar, Richtárik, UAI 2025, arXiv 2410.04285",
    parameters: &[TRIALS, LIMIT],
    what: Profile {
        outstanding: Outstanding::AllWorkers,
        theory: theory::MINDFLAYER,
        ..Profile::of(|_, v| {
            let limit = match v.time("limit") {
                Duration::ZERO => Duration::MAX,
                limit => limit,
            };
            Box::new(MindFlayer {
                trials: v.count("trials"),
                limit,
                round: Trials::default(),
            })
        })
    },
};
