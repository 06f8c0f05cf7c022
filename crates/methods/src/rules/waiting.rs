//! ```text
//! on gradient g from worker i:   sum ← sum + g;  remember i
//!     after b gradients:         x ← x − (γ/b)·sum;  sum ← 0
//!                                assign b jobs at the new x to next(i) for each remembered i
//! ```
//! The waiting variants of AsGrad (Islamov, Safaryan, Alistarh, AISTATS 2024): the senders idle
//! until the update. Pure assignment with b = n is mini-batch SGD. The buffer is a *mean*; an
//! adaptive step size is its last gradient's. The jobs of a lost worker go to whoever is next, with
//! pure assignment to nobody; b falls to the number of gradients that can still come.

use ps_core::WorkerId;
use ps_core::form::{Domain, Parameter};

use super::immediate::ASGRAD;
use super::profile::{HALF_THE_WORKERS, NamedMethod, Outstanding, Profile};
use crate::arrival::{Arrival, Gradient};
use crate::assignment::{Assignment, Permutation, Pure, Random, round_robin};
use crate::method::Method;
use crate::server::{Accumulator, Server};
use crate::theory;

/// Hold `b` gradients, step along their mean, then assign `b` jobs.
#[derive(Debug)]
pub struct Waiting {
    b: usize,
    assignment: Box<dyn Assignment>,
    sum: Accumulator,
    /// The arrivals of the held gradients, in order.
    held: Vec<Arrival>,
}

impl Waiting {
    /// The rule that waits for `b` gradients, at most as many as jobs are outstanding.
    pub fn new(b: usize, assignment: Box<dyn Assignment>) -> Self {
        Self {
            b,
            assignment,
            sum: Accumulator::default(),
            held: Vec::new(),
        }
    }

    fn update(&mut self, server: &mut Server<'_>) {
        let Some(last) = self.held.last() else {
            return;
        };
        let step_size = server.step_size(last);
        server.step_along(&mut self.sum, step_size / self.held.len() as f64);
        server.clear(&mut self.sum);
        for arrival in self.held.drain(..) {
            let next = self.assignment.next(arrival.worker, server);
            server.assign(next);
        }
        // A sender may have been lost since, and take no job.
        self.b = self.b.min(server.n_outstanding()).max(1);
    }
}

impl Method for Waiting {
    fn start(&mut self, server: &mut Server<'_>) {
        for job in 0..server.concurrency() {
            server.assign(round_robin(job, server));
        }
    }

    fn on_gradient(&mut self, arrival: &Arrival, gradient: Gradient<'_>, server: &mut Server<'_>) {
        server.hold(&gradient, &mut self.sum, 1.0);
        self.held.push(*arrival);
        if self.held.len() >= self.b {
            self.update(server);
        }
    }

    fn on_worker_lost(&mut self, worker: WorkerId, server: &mut Server<'_>) {
        self.assignment.reassign(worker, server);
        self.b = self.b.min(self.held.len() + server.n_outstanding());
        if self.held.len() >= self.b {
            self.update(server);
        }
    }
}

const HOW_MANY: Parameter = Parameter::new("b", Domain::POSITIVE)
    .meaning("gradients held back for each update")
    .default(HALF_THE_WORKERS);

pub(super) const MINIBATCH: NamedMethod = NamedMethod {
    name: "minibatch",
    summary: "wait for all workers, step along the mean: synchronous SGD",
    reference: "Dekel, Gilad-Bachrach, Shamir, Xiao, JMLR 2012",
    parameters: &[],
    what: Profile {
        outstanding: Outstanding::AllWorkers,
        theory: theory::MINIBATCH,
        ..Profile::of(|n_workers, _| Box::new(Waiting::new(n_workers, Box::new(Pure))))
    },
};

pub(super) const PURE_WAITING: NamedMethod = NamedMethod {
    name: "pure-waiting",
    summary: "wait for b gradients, step along the mean, the senders go on",
    reference: ASGRAD,
    parameters: &[HOW_MANY],
    what: Profile {
        waits_for: Some("b"),
        ..Profile::of(|_, v| Box::new(Waiting::new(v.size("b"), Box::new(Pure))))
    },
};

pub(super) const RANDOM_WAITING: NamedMethod = NamedMethod {
    name: "random-waiting",
    summary: "wait for b gradients, step along the mean, then b jobs to uniformly drawn workers",
    reference: ASGRAD,
    parameters: &[HOW_MANY],
    what: Profile {
        draws: true,
        waits_for: Some("b"),
        reassigns: true,
        ..Profile::of(|_, v| Box::new(Waiting::new(v.size("b"), Box::<Random>::default())))
    },
};

pub(super) const SHUFFLED_WAITING: NamedMethod = NamedMethod {
    name: "shuffled-waiting",
    summary: "wait for b gradients, step along the mean, then b jobs to the next workers of a permutation",
    reference: ASGRAD,
    parameters: &[HOW_MANY],
    what: Profile {
        draws: true,
        waits_for: Some("b"),
        reassigns: true,
        ..Profile::of(|_, v| Box::new(Waiting::new(v.size("b"), Box::new(Permutation::shuffled()))))
    },
};
