//! The update rules, and [`ALL`]: the one list of named methods.

mod advice;
mod buffered;
mod clocks;
mod generalized;
mod iag;
mod immediate;
mod key;
mod keys;
mod late;
mod m_synchronous;
mod malenia;
mod members;
mod mindflayer;
mod named;
mod reads;
mod rennala;
mod rescaled;
mod ringleader;
mod ringmaster;
mod ringmaster_stop;
mod ssp;
mod sums;
mod table;
mod theory;
mod trials;
mod waiting;

use std::time::Duration;

use ps_core::WorkerId;

use keys::{
    BUFFER_SIZE, CLIP, FRESH_GRADIENTS, FRESH_GRADIENTS_OF_ALL, HOW_MANY_TO_WAIT_FOR, LATE,
    LATE_IS_CANCELLED, LIMIT, MEMORY, ROUND_SIZE, STALENESS_BOUND, THRESHOLD, TRIALS,
};

pub use advice::PrescriptionError;
pub(crate) use advice::{Advice, Case};
pub use buffered::Buffered;
pub use generalized::Generalized;
pub use iag::Iag;
pub use immediate::Immediate;
pub(crate) use key::Values;
pub use key::{Bound, Key};
pub use late::Late;
pub use m_synchronous::MSynchronous;
pub use malenia::Malenia;
pub use mindflayer::MindFlayer;
pub(crate) use named::Settings;
pub use named::{Named, Outstanding, Theory, Weighing};
pub use rennala::Rennala;
pub use rescaled::Rescaled;
pub use ringleader::Ringleader;
pub use ringmaster::Ringmaster;
pub use ringmaster_stop::RingmasterStop;
pub use ssp::Ssp;
pub use waiting::Waiting;

use crate::assignment::{Assignment, Cyclic, Pure, Random, ShuffleOnce, Shuffled};
use crate::method::Method;
use crate::server::Server;

const ASGRAD: &str = "Islamov, Safaryan, Alistarh, AISTATS 2024, arXiv 2310.20452";

const TYURIN_RICHTARIK: &str = "Tyurin, Richtárik, NeurIPS 2023, arXiv 2305.12387";

/// Every named method, in the order in which they are listed.
pub const ALL: &[Named] = &[
    Named {
        name: "sgd",
        summary: "one job at a time, at a uniformly drawn worker",
        reference: "Robbins, Monro 1951",
        keys: &[],
        outstanding: Outstanding::One,
        weighing: Weighing::Gradients,
        theory: theory::SGD,
        build: |_| Box::new(Immediate::new(Box::new(Random::from_the_first_job()))),
    },
    Named {
        name: "minibatch",
        summary: "wait for all workers, step along the mean: synchronous SGD",
        reference: "Dekel, Gilad-Bachrach, Shamir, Xiao, JMLR 2012",
        keys: &[],
        outstanding: Outstanding::AllWorkers,
        weighing: Weighing::Gradients,
        theory: theory::MINIBATCH,
        build: |s| Box::new(Waiting::new(s.n_workers, Box::new(Pure))),
    },
    Named {
        name: "pure",
        summary: "step on arrival, the sender goes on",
        reference: ASGRAD,
        keys: &[],
        outstanding: Outstanding::Choice,
        weighing: Weighing::Gradients,
        theory: theory::PURE,
        build: |_| Box::new(Immediate::new(Box::new(Pure))),
    },
    Named {
        name: "random",
        summary: "step on arrival, the next job goes to a uniformly drawn worker",
        reference: "Koloskova, Stich, Jaggi, NeurIPS 2022, arXiv 2206.08307, Algorithm 2",
        keys: &[],
        outstanding: Outstanding::Choice,
        weighing: Weighing::Gradients,
        theory: theory::NO_CONSTANTS,
        build: |_| Box::new(Immediate::new(Box::<Random>::default())),
    },
    Named {
        name: "shuffled",
        summary: "step on arrival, the next job goes to the next worker of a permutation, reshuffled every epoch",
        reference: ASGRAD,
        keys: &[],
        outstanding: Outstanding::Choice,
        weighing: Weighing::Gradients,
        theory: theory::NO_CONSTANTS,
        build: |_| Box::new(Immediate::new(Box::<Shuffled>::default())),
    },
    Named {
        name: "pure-waiting",
        summary: "wait for b gradients, step along the mean, the senders go on",
        reference: ASGRAD,
        keys: &[HOW_MANY_TO_WAIT_FOR],
        outstanding: Outstanding::Choice,
        weighing: Weighing::Gradients,
        theory: theory::NO_CONSTANTS,
        build: |s| waiting(Box::new(Pure), s),
    },
    Named {
        name: "random-waiting",
        summary: "wait for b gradients, step along the mean, then b jobs to uniformly drawn workers",
        reference: ASGRAD,
        keys: &[HOW_MANY_TO_WAIT_FOR],
        outstanding: Outstanding::Choice,
        weighing: Weighing::Gradients,
        theory: theory::NO_CONSTANTS,
        build: |s| waiting(Box::<Random>::default(), s),
    },
    Named {
        name: "shuffled-waiting",
        summary: "wait for b gradients, step along the mean, then b jobs to the next workers of a permutation",
        reference: ASGRAD,
        keys: &[HOW_MANY_TO_WAIT_FOR],
        outstanding: Outstanding::Choice,
        weighing: Weighing::Gradients,
        theory: theory::NO_CONSTANTS,
        build: |s| waiting(Box::<Shuffled>::default(), s),
    },
    Named {
        name: "fedbuff",
        summary: "buffer b gradients, step along the mean; jobs go out at once, to uniformly drawn workers",
        reference: "Nguyen et al., AISTATS 2022, arXiv 2106.06639, Algorithm 1",
        keys: &[BUFFER_SIZE],
        outstanding: Outstanding::Choice,
        weighing: Weighing::Gradients,
        theory: theory::NO_CONSTANTS,
        build: |s| Box::new(Buffered::new(s.value("b"), Box::<Random>::default())),
    },
    Named {
        name: "random-reshuffling",
        summary: "one job at a time, workers in an order that is reshuffled every epoch",
        reference: "Mishchenko, Khaled, Richtárik, NeurIPS 2020, arXiv 2006.05988",
        keys: &[],
        outstanding: Outstanding::One,
        weighing: Weighing::Gradients,
        theory: theory::NO_CONSTANTS,
        build: |_| Box::new(Immediate::new(Box::<Shuffled>::default())),
    },
    Named {
        name: "shuffle-once",
        summary: "one job at a time, workers in one random order",
        reference: "Mishchenko, Khaled, Richtárik, NeurIPS 2020, arXiv 2006.05988",
        keys: &[],
        outstanding: Outstanding::One,
        weighing: Weighing::Gradients,
        theory: theory::NO_CONSTANTS,
        build: |_| Box::new(Immediate::new(Box::<ShuffleOnce>::default())),
    },
    Named {
        name: "incremental",
        summary: "one job at a time, workers in the order 0, 1, …, n − 1",
        reference: "Bertsekas, Optimization for Machine Learning 2011, arXiv 1507.01030",
        keys: &[],
        outstanding: Outstanding::One,
        weighing: Weighing::Gradients,
        theory: theory::NO_CONSTANTS,
        build: |_| Box::new(Immediate::new(Box::<Cyclic>::default())),
    },
    Named {
        name: "rennala",
        summary: "step along the mean of S gradients of the newest version; for data that are alike",
        reference: TYURIN_RICHTARIK,
        keys: &[FRESH_GRADIENTS, LATE],
        outstanding: Outstanding::AllWorkers,
        weighing: Weighing::Gradients,
        theory: theory::RENNALA,
        build: |s| Box::new(Rennala::new(s.value("batch"), s.late())),
    },
    Named {
        name: "malenia",
        summary: "step along the mean of the workers' means of gradients of the newest version; for any data",
        reference: TYURIN_RICHTARIK,
        keys: &[FRESH_GRADIENTS_OF_ALL, LATE],
        outstanding: Outstanding::AllWorkers,
        weighing: Weighing::Updates,
        theory: theory::MALENIA,
        build: |s| Box::new(Malenia::new(s.value("batch"), s.late())),
    },
    Named {
        name: "ringmaster",
        summary: "step on arrival, the sender goes on; too stale gradients are discarded; for data that are alike",
        reference: "Maranjyan, Tyurin, Richtárik, ICML 2025, arXiv 2501.16168, Algorithm 4",
        keys: &[THRESHOLD],
        outstanding: Outstanding::Choice,
        weighing: Weighing::Gradients,
        theory: theory::RINGMASTER,
        build: |s| {
            let threshold = s.value("threshold") as u64;
            Box::new(Ringmaster::new(threshold))
        },
    },
    Named {
        name: "ringmaster-stop",
        summary: "step on arrival, the sender goes on; jobs that have become too old are cancelled",
        reference: "Maranjyan, Tyurin, Richtárik, ICML 2025, arXiv 2501.16168, Algorithm 5",
        keys: &[THRESHOLD],
        outstanding: Outstanding::AllWorkers,
        weighing: Weighing::Gradients,
        theory: theory::RINGMASTER,
        build: |s| Box::new(RingmasterStop::new(s.value("threshold") as u64)),
    },
    Named {
        name: "ringleader",
        summary: "step along the mean of all workers' gradients, once a round for each worker; for any data",
        reference: "Maranjyan, Richtárik, ICLR 2026, arXiv 2509.22860",
        keys: &[],
        outstanding: Outstanding::AllWorkers,
        weighing: Weighing::Updates,
        theory: theory::RINGLEADER,
        build: |_| Box::new(Ringleader::default()),
    },
    Named {
        name: "m-synchronous",
        summary: "step along the mean of the first m gradients of a round",
        reference: "Chen, Monga, Bengio, Jozefowicz 2016, arXiv 1604.00981",
        keys: &[ROUND_SIZE, LATE_IS_CANCELLED],
        outstanding: Outstanding::AllWorkers,
        weighing: Weighing::Gradients,
        theory: theory::M_SYNCHRONOUS,
        build: |s| Box::new(MSynchronous::new(s.value("m"), s.late())),
    },
    Named {
        name: "mindflayer",
        summary: "everybody tries B times within a limit, step along the sum over the number expected in time; for data that are alike",
        reference: "Maranjyan, Omar, Richtárik, UAI 2025, arXiv 2410.04285",
        keys: &[TRIALS, LIMIT],
        outstanding: Outstanding::AllWorkers,
        weighing: Weighing::Gradients,
        theory: theory::MINDFLAYER,
        build: |s| {
            let limit = match s.value("limit") as u64 {
                0 => Duration::MAX,
                microseconds => Duration::from_micros(microseconds),
            };
            let trials = s.value("trials") as u64;
            Box::new(MindFlayer::new(trials, limit))
        },
    },
    Named {
        name: "rescaled",
        summary: "pure with a step in proportion to the worker's compute time",
        reference: "Mahran, Maranjyan, Richtárik 2026, arXiv 2605.13434",
        keys: &[CLIP, MEMORY],
        outstanding: Outstanding::Choice,
        weighing: Weighing::Steps,
        theory: theory::NOT_STATED,
        build: |s| {
            let (clip, memory) = (s.value("clip") as f64, s.value("memory"));
            Box::new(Rescaled::new(s.n_workers, clip, memory))
        },
    },
    Named {
        name: "generalized",
        summary: "random with a worker drawn in proportion to its speed, and a step that makes up for it",
        reference: "Leconte, Jonckheere, Samsonov, Moulines, AISTATS 2024, arXiv 2405.00017",
        keys: &[CLIP, MEMORY],
        outstanding: Outstanding::Choice,
        weighing: Weighing::Steps,
        theory: theory::NOT_STATED,
        build: |s| {
            let (clip, memory) = (s.value("clip") as f64, s.value("memory"));
            Box::new(Generalized::new(s.n_workers, clip, memory))
        },
    },
    Named {
        name: "ssp",
        summary: "pure, but nobody gets too far ahead of the slowest: stale synchronous parallel",
        reference: "Ho et al., NIPS 2013",
        keys: &[STALENESS_BOUND],
        outstanding: Outstanding::AllWorkers,
        weighing: Weighing::Gradients,
        theory: theory::SSP,
        build: |s| Box::new(Ssp::new(s.n_workers, s.value("bound"))),
    },
    Named {
        name: "iag",
        summary: "step along the mean of everybody's last gradient (DuDe-ASGD, IA²SGD, ACE)",
        reference: "Wang, Sun, Wai, Zhang 2024, arXiv 2405.16966",
        keys: &[],
        outstanding: Outstanding::AllWorkers,
        weighing: Weighing::Updates,
        theory: theory::LENGTH_OF_RUN,
        build: |_| Box::new(Iag::default()),
    },
];

fn waiting(assignment: Box<dyn Assignment>, settings: Settings) -> Box<dyn Method> {
    Box::new(Waiting::new(settings.value("b"), assignment))
}

/// The first jobs of methods that keep one job at each worker.
fn one_job_each(server: &mut Server<'_>) {
    for worker in (0..server.n_workers()).map(WorkerId::new) {
        server.assign(worker);
    }
}

/// Gives the jobs of a lost worker to whoever is next. Pure assignment has no one, and goes on with fewer jobs.
fn reassign(lost: WorkerId, assignment: &mut dyn Assignment, server: &mut Server<'_>) {
    for _ in 0..server.outstanding(lost) {
        let next = assignment.next(lost, server);
        server.assign(next);
    }
}
