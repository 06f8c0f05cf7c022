//! ```text
//! on gradient g from worker i:   x ← x − γ·g;  c_i ← c_i + 1;  park i
//!                                for each parked j with c_j − min_l c_l ≤ s, longest parked first:
//!                                    assign a job at the new x to j
//! ```
//! Stale synchronous parallel (Ho et al., NIPS 2013), with updates applied on arrival: nobody is
//! more than `s` gradients ahead of the slowest when it begins one (our `bound` is its s). So
//! clocks differ by at most s + 1 and a gradient is at most (n − 1)(2s + 1) updates late; all
//! contribute equally in the long run, at the pace of the slowest. With `s = 0` all begin together;
//! a bound that is never reached gives pure asynchronous SGD.
//!
//! The slowest stops everybody else if it never answers. Once it is lost its clock counts no more,
//! and those that waited for it go on.

use ps_core::WorkerId;
use ps_core::form::{Domain, Parameter};

use super::clocks::Clocks;
use super::profile::{NamedMethod, Outstanding, Profile};
use crate::arrival::{Arrival, Gradient};
use crate::method::Method;
use crate::server::Server;
use crate::theory;

/// Step on arrival; the sender goes on unless it is too far ahead of the slowest.
#[derive(Debug)]
struct Ssp {
    /// How many gradients a worker may be ahead of the slowest.
    bound: usize,
    clocks: Clocks,
    /// Who has no job, in order of arrival.
    parked: Vec<WorkerId>,
}

impl Ssp {
    /// Gives those a job that are not too far ahead.
    fn release(&mut self, server: &mut Server<'_>) {
        let goes = |worker: &mut WorkerId| self.clocks.lead(*worker) <= self.bound;
        let released = self.parked.extract_if(.., goes);
        released.for_each(|worker| server.assign(worker));
    }
}

impl Method for Ssp {
    fn start(&mut self, server: &mut Server<'_>) {
        server.assign_to_all();
    }

    fn on_gradient(&mut self, arrival: &Arrival, gradient: Gradient<'_>, server: &mut Server<'_>) {
        let step_size = server.step_size(arrival);
        server.step(gradient, step_size);
        if self.clocks.tick(arrival.worker, server) {
            self.release(server);
        }
        if self.clocks.lead(arrival.worker) <= self.bound {
            server.assign(arrival.worker);
        } else {
            self.parked.push(arrival.worker);
        }
    }

    fn on_worker_lost(&mut self, worker: WorkerId, server: &mut Server<'_>) {
        if self.clocks.forget(worker, server) {
            self.release(server);
        }
    }
}

const BOUND: Parameter = Parameter::new("bound", Domain::Count(0, u64::MAX))
    .meaning("gradients that a worker may be ahead of the slowest, the paper's s; 0 is allowed")
    .or("4");

pub(super) const ENTRY: NamedMethod = NamedMethod {
    name: "ssp",
    summary: "pure, but nobody gets too far ahead of the slowest: stale synchronous parallel",
    reference: "Ho et al., NIPS 2013",
    parameters: &[BOUND],
    what: Profile {
        outstanding: Outstanding::AllWorkers,
        holds_back: true,
        theory: theory::SSP,
        ..Profile::of(|n_workers, v| {
            Box::new(Ssp {
                bound: v.size("bound"),
                clocks: Clocks::new(n_workers),
                parked: Vec::new(),
            })
        })
    },
};
