//! ```text
//! on gradient g from worker i:   x ← x − γ·g
//!                                k ← next(i);  assign a job at the new x to k
//! ```
//! AsGrad, Algorithm 1 (Islamov, Safaryan, Alistarh, AISTATS 2024, arXiv 2310.20452): every
//! gradient is one update. The assignment `next` makes it pure, random or shuffled asynchronous
//! SGD; with one job outstanding it is SGD, random reshuffling, shuffle-once or incremental SGD.

use ps_core::WorkerId;

use super::profile::{NamedMethod, Outstanding, Profile};
use crate::arrival::{Arrival, Gradient};
use crate::assignment::{Assignment, Permutation, Pure, Random};
use crate::method::Method;
use crate::server::Server;
use crate::theory;

/// Step on arrival, then assign one job.
#[derive(Debug)]
pub struct Immediate {
    assignment: Box<dyn Assignment>,
}

impl Immediate {
    /// The rule with this assignment and step size.
    pub fn new(assignment: Box<dyn Assignment>) -> Self {
        Self { assignment }
    }
}

impl Method for Immediate {
    fn start(&mut self, server: &mut Server<'_>) {
        for job in 0..server.concurrency() {
            let worker = self.assignment.first(job, server);
            server.assign(worker);
        }
    }

    fn on_gradient(&mut self, arrival: &Arrival, gradient: Gradient<'_>, server: &mut Server<'_>) {
        let step_size = server.step_size(arrival);
        server.step(gradient, step_size);
        let next = self.assignment.next(arrival.worker, server);
        server.assign(next);
    }

    /// Its jobs go to whoever is next; pure assignment has no one, and goes on with fewer jobs.
    fn on_worker_lost(&mut self, worker: WorkerId, server: &mut Server<'_>) {
        self.assignment.reassign(worker, server);
    }
}

pub(super) const ASGRAD: &str = "Islamov, Safaryan, Alistarh, AISTATS 2024, arXiv 2310.20452";

pub(super) const SGD: NamedMethod = NamedMethod {
    name: "sgd",
    summary: "one job at a time, at a uniformly drawn worker",
    reference: "Robbins, Monro 1951",
    parameters: &[],
    what: Profile {
        outstanding: Outstanding::One,
        draws: true,
        reassigns: true,
        theory: theory::SGD,
        ..Profile::of(|_, _| Box::new(Immediate::new(Box::new(Random::from_the_first_job()))))
    },
};

pub(super) const PURE: NamedMethod = NamedMethod {
    name: "pure",
    summary: "step on arrival, the sender goes on",
    reference: ASGRAD,
    parameters: &[],
    what: Profile {
        theory: theory::PURE,
        ..Profile::of(|_, _| Box::new(Immediate::new(Box::new(Pure))))
    },
};

pub(super) const RANDOM: NamedMethod = NamedMethod {
    name: "random",
    summary: "step on arrival, the next job goes to a uniformly drawn worker",
    reference: "Koloskova, Stich, Jaggi, NeurIPS 2022, arXiv 2206.08307, Algorithm 2",
    parameters: &[],
    what: Profile {
        draws: true,
        reassigns: true,
        ..Profile::of(|_, _| Box::new(Immediate::new(Box::<Random>::default())))
    },
};

pub(super) const SHUFFLED: NamedMethod = NamedMethod {
    name: "shuffled",
    summary: "step on arrival, the next job goes to the next worker of a permutation, reshuffled every epoch",
    reference: ASGRAD,
    parameters: &[],
    what: Profile {
        draws: true,
        reassigns: true,
        ..Profile::of(|_, _| Box::new(Immediate::new(Box::new(Permutation::shuffled()))))
    },
};

pub(super) const RANDOM_RESHUFFLING: NamedMethod = NamedMethod {
    name: "random-reshuffling",
    summary: "one job at a time, workers in an order that is reshuffled every epoch",
    reference: "Mishchenko, Khaled, Richtárik, NeurIPS 2020, arXiv 2006.05988",
    parameters: &[],
    what: Profile {
        outstanding: Outstanding::One,
        draws: true,
        reassigns: true,
        ..Profile::of(|_, _| Box::new(Immediate::new(Box::new(Permutation::shuffled()))))
    },
};

pub(super) const SHUFFLE_ONCE: NamedMethod = NamedMethod {
    name: "shuffle-once",
    summary: "one job at a time, workers in one random order",
    reference: "Mishchenko, Khaled, Richtárik, NeurIPS 2020, arXiv 2006.05988",
    parameters: &[],
    what: Profile {
        outstanding: Outstanding::One,
        draws: true,
        reassigns: true,
        ..Profile::of(|_, _| Box::new(Immediate::new(Box::new(Permutation::shuffle_once()))))
    },
};

pub(super) const INCREMENTAL: NamedMethod = NamedMethod {
    name: "incremental",
    summary: "one job at a time, workers in the order 0, 1, …, n − 1",
    reference: "Bertsekas, Optimization for Machine Learning 2011, arXiv 1507.01030",
    parameters: &[],
    what: Profile {
        outstanding: Outstanding::One,
        reassigns: true,
        ..Profile::of(|_, _| Box::new(Immediate::new(Box::new(Permutation::cyclic()))))
    },
};
