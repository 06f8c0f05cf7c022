//! ```text
//! on gradient g from worker i, computed at version π:
//!     if π is the newest:   sum ← sum + g
//!         after S of them:  x ← x − (γ/S)·sum;  sum ← 0
//!                           (late=cancel: cancel all jobs;  assign a job at the new x to everybody)
//!     otherwise:            assign a job at the current x to i
//! ```
//! Rennala SGD (Tyurin, Richtárik, NeurIPS 2023, arXiv 2305.12387), for workers whose data are
//! alike: a mini-batch of S gradients at one point, from whoever is fast. The paper allows to
//! ignore (`late=discard`: an older gradient is discarded on arrival, and only then does its worker
//! go on at the current version) or to stop (`late=cancel`). With S = 1 it is Ringmaster with R
//! = 1. `late=use` counts older gradients too: buffered asynchronous SGD, no longer the paper's
//! method. Memory: one sum.

use ps_core::WorkerId;
use ps_core::form::{Domain, Parameter};

use super::late::{LATE, Late};
use super::profile::{ALL_WORKERS, NamedMethod, Outstanding, Profile};
use crate::arrival::{Arrival, Gradient};
use crate::method::Method;
use crate::server::{Accumulator, Server};
use crate::theory;

/// Hold `S` gradients of the newest version and step along their mean.
#[derive(Debug)]
struct Rennala {
    /// The paper's `S`.
    batch: usize,
    late: Late,
    sum: Accumulator,
    held: usize,
}

impl Method for Rennala {
    fn start(&mut self, server: &mut Server<'_>) {
        server.assign_to_all();
    }

    fn on_gradient(&mut self, arrival: &Arrival, gradient: Gradient<'_>, server: &mut Server<'_>) {
        if self.late.counts(arrival) {
            server.hold(&gradient, &mut self.sum, 1.0);
            self.held += 1;
            if self.held == self.batch {
                let step_size = server.step_size(arrival);
                server.step_along(&mut self.sum, step_size / self.batch as f64);
                server.clear(&mut self.sum);
                self.held = 0;
                if self.late == Late::Cancel {
                    return Late::call_off_all(server);
                }
            }
        }
        server.assign(arrival.worker);
    }

    /// Nothing to do: its held gradients stay, and the others deliver the rest of the mini-batch.
    fn on_worker_lost(&mut self, _worker: WorkerId, _server: &mut Server<'_>) {}
}

pub(super) const TYURIN_RICHTARIK: &str = "Tyurin, Richtárik, NeurIPS 2023, arXiv 2305.12387";

const BATCH: Parameter = Parameter::new("batch", Domain::POSITIVE)
    .meaning("gradients of the newest version for each update, the paper's S")
    .default(ALL_WORKERS);

pub(super) const ENTRY: NamedMethod = NamedMethod {
    name: "rennala",
    summary: "step along the mean of S gradients of the newest version; for data that are alike",
    reference: TYURIN_RICHTARIK,
    parameters: &[BATCH, LATE],
    what: Profile {
        outstanding: Outstanding::AllWorkers,
        theory: theory::RENNALA,
        ..Profile::of(|_, v| {
            Box::new(Rennala {
                batch: v.size("batch"),
                late: Late::of(v),
                sum: Accumulator::default(),
                held: 0,
            })
        })
    },
};
