//! ```text
//! on gradient g from worker i:   u ← u + (g − row_i)/n;  row_i ← g
//!     until every row is filled: i waits;  then for the first time  x ← x − γ·u,  and a job at the new x to everybody
//!     ever after:                x ← x − γ·u;  assign a job at the new x to i
//! ```
//! Incremental aggregated gradients: a step along the mean of everybody's last gradient, so that data may differ as much as
//! they like. The rule of DuDe-ASGD and IA²SGD (Wang, Sun, Wai, Zhang, arXiv 2405.16966) and of ACE (Chang et al., arXiv
//! 2511.19066). The first gradients are all at `x_0`, and the first step comes as soon as the table is full. An adaptive step
//! size is that of the oldest row, as in PIAG. Memory: n + 1 vectors.
//!
//! A worker that never answers delays the first step for ever. Once one is lost, then or later, its row is taken out and
//! the mean is over the others.

use ps_core::{Version, WorkerId};

use super::{one_job_each, reads::Reads, table::Table};
use crate::method::{Arrival, Gradient, Method};
use crate::server::Server;
use crate::step_size::StepSize;

/// Step along the mean of everybody's last gradient.
#[derive(Debug)]
pub struct Iag {
    step_size: Box<dyn StepSize>,
    table: Option<Table>,
    reads: Reads,
    /// The arrivals of those that have no job, in order.
    waiting: Vec<Arrival>,
}

impl Iag {
    /// The rule with an empty table.
    #[must_use]
    pub fn new(step_size: Box<dyn StepSize>) -> Self {
        Self {
            step_size,
            table: None,
            reads: Reads::default(),
            waiting: Vec::new(),
        }
    }

    fn update(&mut self, server: &mut Server<'_>) {
        if let (Some(table), Some(newest)) = (&self.table, self.waiting.last()) {
            let oldest = self.reads.oldest(newest, server);
            let step_size = self.step_size.at(&oldest, server);
            table.step_along_mean(step_size, server);
            for arrival in self.waiting.drain(..) {
                self.reads.assigned(arrival.worker, server);
                server.assign(arrival.worker);
            }
        }
    }
}

impl Method for Iag {
    fn start(&mut self, server: &mut Server<'_>) {
        self.table = Some(Table::new(server));
        self.reads = Reads::new(server);
        one_job_each(server);
    }

    fn on_gradient(&mut self, arrival: &Arrival, gradient: Gradient<'_>, server: &mut Server<'_>) {
        let table = self.table.as_mut().expect("made at the start");
        table.write(arrival.worker, &gradient, server);
        self.reads.written(arrival);
        self.waiting.push(*arrival);
        // While the table fills, no job is out once the last row is there.
        if server.version() > Version::ZERO || server.n_outstanding() == 0 {
            self.update(server);
        }
    }

    fn on_worker_lost(&mut self, worker: WorkerId, server: &mut Server<'_>) {
        let table = self.table.as_mut().expect("made at the start");
        table.remove(worker, server);
        if server.n_outstanding() == 0 {
            self.update(server);
        }
    }
}
