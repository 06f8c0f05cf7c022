//! ```text
//! on gradient g from worker i:   u ← u + (g − row_i)/n;  row_i ← g
//!     until every row is filled: i waits;  then for the first time  x ← x − γ·u,  and a job at the new x to everybody
//!     ever after:                x ← x − γ·u;  assign a job at the new x to i
//! ```
//! Incremental aggregated gradients: a step along the mean of everybody's last gradient, so that
//! data may differ as much as they like. The rule of DuDe-ASGD and IA²SGD (Wang, Sun, Wai, Zhang,
//! arXiv 2405.16966) and of ACE (Chang et al., arXiv 2511.19066). The first gradients are all at
//! `x_0`, and the first step comes as soon as the table is full. An adaptive step size is that of
//! the oldest row, as in PIAG. Memory: n + 1 vectors.
//!
//! A worker that never answers delays the first step for ever. Once one is lost, then or later, its
//! row is taken out and the mean is over the others.

use ps_core::{Version, WorkerId};

use super::profile::{NamedMethod, Outstanding, Profile, Weighing};
use super::reads::Reads;
use super::table::Table;
use crate::arrival::{Arrival, Gradient};
use crate::method::Method;
use crate::server::Server;
use crate::theory;

/// Step along the mean of everybody's last gradient.
#[derive(Debug, Default)]
struct Iag {
    table: Table,
    reads: Reads,
    /// The arrivals of those that have no job, in order.
    waiting: Vec<Arrival>,
}

impl Iag {
    fn update(&mut self, server: &mut Server<'_>) {
        if let Some(newest) = self.waiting.last() {
            let oldest = self.reads.oldest(newest, server);
            let step_size = server.step_size(&oldest);
            self.table.step_along_mean(step_size, server);
            for arrival in self.waiting.drain(..) {
                self.reads.assigned(arrival.worker, server);
                server.assign(arrival.worker);
            }
        }
    }
}

impl Method for Iag {
    fn start(&mut self, server: &mut Server<'_>) {
        self.table = Table::new(server.n_workers());
        self.reads = Reads::new(server);
        server.assign_to_all();
    }

    fn on_gradient(&mut self, arrival: &Arrival, gradient: Gradient<'_>, server: &mut Server<'_>) {
        self.table.write(arrival.worker, &gradient, server);
        self.reads.written(arrival);
        self.waiting.push(*arrival);
        // While the table fills, no job is out once the last row is there.
        if server.version() > Version::ZERO || server.n_outstanding() == 0 {
            self.update(server);
        }
    }

    fn on_worker_lost(&mut self, worker: WorkerId, server: &mut Server<'_>) {
        self.table.remove(worker, server);
        if server.n_outstanding() == 0 {
            self.update(server);
        }
    }
}

pub(super) const ENTRY: NamedMethod = NamedMethod {
    name: "iag",
    summary: "step along the mean of everybody's last gradient (DuDe-ASGD, IA²SGD, ACE)",
    reference: "Wang, Sun, Wai, Zhang 2024, arXiv 2405.16966",
    parameters: &[],
    what: Profile {
        outstanding: Outstanding::AllWorkers,
        weighing: Weighing::Updates,
        theory: theory::LENGTH_OF_RUN,
        ..Profile::of(|_, _| Box::<Iag>::default())
    },
};
