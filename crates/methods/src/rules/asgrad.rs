//! The special cases of AsGrad: three rules, times an assignment and a number of jobs.

use ps_core::form::{Domain, Parameter};

use super::buffered::Buffered;
use super::immediate::Immediate;
use super::profile::{HALF_THE_WORKERS, NamedMethod, Outstanding, Profile};
use super::waiting::Waiting;
use crate::assignment::{Permutation, Pure, Random};
use crate::theory;

const ASGRAD: &str = "Islamov, Safaryan, Alistarh, AISTATS 2024, arXiv 2310.20452";
const RESHUFFLING: &str = "Mishchenko, Khaled, Richtárik, NeurIPS 2020, arXiv 2006.05988";

const WAITS_FOR: Parameter = Parameter::new("b", Domain::POSITIVE)
    .meaning("gradients held back for each update")
    .default(HALF_THE_WORKERS);

const BUFFER: Parameter = Parameter::new("b", Domain::POSITIVE)
    .meaning("gradients in the buffer, the paper's K")
    .or("10");

pub(super) const SGD: NamedMethod = NamedMethod {
    name: "sgd",
    summary: "one job at a time, at a uniformly drawn worker",
    reference: "Robbins, Monro 1951",
    parameters: &[],
    what: Profile {
        outstanding: Outstanding::One,
        theory: theory::SGD,
        ..Profile::drawing(|_, _| Box::new(Immediate::new(Box::new(Random::from_the_first_job()))))
    },
};

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
    what: Profile::drawing(|_, _| Box::new(Immediate::new(Box::<Random>::default()))),
};

pub(super) const SHUFFLED: NamedMethod = NamedMethod {
    name: "shuffled",
    summary: "step on arrival, the next job goes to the next worker of a permutation, reshuffled every epoch",
    reference: ASGRAD,
    parameters: &[],
    what: Profile::drawing(|_, _| Box::new(Immediate::new(Box::new(Permutation::shuffled())))),
};

pub(super) const PURE_WAITING: NamedMethod = NamedMethod {
    name: "pure-waiting",
    summary: "wait for b gradients, step along the mean, the senders go on",
    reference: ASGRAD,
    parameters: &[WAITS_FOR],
    what: Profile {
        waits_for: Some("b"),
        ..Profile::of(|_, v| Box::new(Waiting::new(v.size("b"), Box::new(Pure))))
    },
};

pub(super) const RANDOM_WAITING: NamedMethod = NamedMethod {
    name: "random-waiting",
    summary: "wait for b gradients, step along the mean, then b jobs to uniformly drawn workers",
    reference: ASGRAD,
    parameters: &[WAITS_FOR],
    what: Profile {
        waits_for: Some("b"),
        ..Profile::drawing(|_, v| Box::new(Waiting::new(v.size("b"), Box::<Random>::default())))
    },
};

pub(super) const SHUFFLED_WAITING: NamedMethod = NamedMethod {
    name: "shuffled-waiting",
    summary: "wait for b gradients, step along the mean, then b jobs to the next workers of a permutation",
    reference: ASGRAD,
    parameters: &[WAITS_FOR],
    what: Profile {
        waits_for: Some("b"),
        ..Profile::drawing(|_, v| {
            Box::new(Waiting::new(v.size("b"), Box::new(Permutation::shuffled())))
        })
    },
};

pub(super) const FEDBUFF: NamedMethod = NamedMethod {
    name: "fedbuff",
    summary: "buffer b gradients, step along the mean; jobs go out at once, to uniformly drawn workers",
    reference: "Nguyen et al., AISTATS 2022, arXiv 2106.06639, Algorithm 1",
    parameters: &[BUFFER],
    what: Profile::drawing(|_, v| Box::new(Buffered::new(v.size("b"), Box::<Random>::default()))),
};

pub(super) const RANDOM_RESHUFFLING: NamedMethod = NamedMethod {
    name: "random-reshuffling",
    summary: "one job at a time, workers in an order that is reshuffled every epoch",
    reference: RESHUFFLING,
    parameters: &[],
    what: Profile {
        outstanding: Outstanding::One,
        ..SHUFFLED.what
    },
};

pub(super) const SHUFFLE_ONCE: NamedMethod = NamedMethod {
    name: "shuffle-once",
    summary: "one job at a time, workers in one random order",
    reference: RESHUFFLING,
    parameters: &[],
    what: Profile {
        outstanding: Outstanding::One,
        ..Profile::drawing(|_, _| Box::new(Immediate::new(Box::new(Permutation::shuffle_once()))))
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
