//! ```text
//! on gradient g at this round's x:   sum ← sum + g
//!     after m:     x ← x − (γ/m)·sum;  sum ← 0;  cancel the others' jobs;  assign a job at the new x to everybody
//! ```
//! m-synchronous SGD: synchronous SGD with backup workers (Chen, Monga, Bengio, Jozefowicz 2016;
//! Begunov, Tyurin 2026, arXiv 2602.03802), for data that are alike: the slow are seldom among the
//! first m. A round also ends when all who are alive have delivered. With `late=discard` the others
//! run on, in vain. `late=use` counts their gradients: the waiting variant of asynchronous SGD, no
//! longer this method, whose gradients are all fresh.

use ps_core::WorkerId;
use ps_core::form::{Domain, Parameter};

use super::late::{LATE, Late};
use super::profile::{HALF_THE_WORKERS, NamedMethod, Outstanding, Profile};
use crate::arrival::{Arrival, Gradient};
use crate::method::Method;
use crate::server::{Accumulator, Server};
use crate::theory;

/// Step along the mean of the first `m` gradients of a round.
#[derive(Debug)]
struct MSynchronous {
    m: usize,
    late: Late,
    sum: Accumulator,
    /// The arrivals of the held gradients, in order. Their workers have no job, so that none of
    /// them can be lost.
    held: Vec<Arrival>,
}

impl MSynchronous {
    fn end_round_if_over(&mut self, server: &mut Server<'_>) {
        let is_over = self.held.len() >= self.m.min(server.n_alive());
        let (Some(last), true) = (self.held.last(), is_over) else {
            return;
        };
        let step_size = server.step_size(last);
        server.step_along(&mut self.sum, step_size / self.held.len() as f64);
        server.clear(&mut self.sum);
        let senders = self.held.drain(..);
        match self.late {
            Late::Cancel => Late::call_off_all(server),
            _ => senders.for_each(|arrival| server.assign(arrival.worker)),
        }
    }
}

impl Method for MSynchronous {
    fn start(&mut self, server: &mut Server<'_>) {
        server.assign_to_all();
    }

    fn on_gradient(&mut self, arrival: &Arrival, gradient: Gradient<'_>, server: &mut Server<'_>) {
        if !self.late.counts(arrival) {
            return server.assign(arrival.worker);
        }
        server.hold(&gradient, &mut self.sum, 1.0);
        self.held.push(*arrival);
        self.end_round_if_over(server);
    }

    /// The round does not wait for it.
    fn on_worker_lost(&mut self, _worker: WorkerId, server: &mut Server<'_>) {
        self.end_round_if_over(server);
    }
}

const ROUND: Parameter = Parameter::new("m", Domain::POSITIVE)
    .meaning("gradients in a round, of the fastest workers")
    .default(HALF_THE_WORKERS);

pub(super) const ENTRY: NamedMethod = NamedMethod {
    name: "m-synchronous",
    summary: "step along the mean of the first m gradients of a round",
    reference: "Chen, Monga, Bengio, Jozefowicz 2016, arXiv 1604.00981",
    parameters: &[ROUND, LATE.or("cancel")],
    what: Profile {
        outstanding: Outstanding::AllWorkers,
        waits_for: Some("m"),
        theory: theory::M_SYNCHRONOUS,
        ..Profile::of(|_, v| {
            Box::new(MSynchronous {
                m: v.size("m"),
                late: Late::of(v),
                sum: Accumulator::default(),
                held: Vec::new(),
            })
        })
    },
};
