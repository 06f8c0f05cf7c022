//! One row a worker.

use ps_core::WorkerId;

use crate::arrival::Gradient;
use crate::server::{Accumulator, Server};

/// The last gradient of every worker, and their mean. Kept as a sum, which is made anew from the
/// rows after every `n` gradients, so that rounding errors do not pile up.
#[derive(Debug, Default)]
pub(super) struct Table {
    rows: Vec<Accumulator>,
    sum: Accumulator,
    /// How many rows count.
    n: usize,
    /// How many rows have been written since the sum was made from all of them.
    since_rebuilt: usize,
}

impl Table {
    /// An empty row for every worker.
    pub(super) fn new(n: usize) -> Self {
        Self {
            rows: (0..n).map(|_| Accumulator::default()).collect(),
            sum: Accumulator::default(),
            n,
            since_rebuilt: 0,
        }
    }

    /// `u ← u + (g − row_i)/n;  row_i ← g`.
    pub(super) fn write(&mut self, i: WorkerId, g: &Gradient<'_>, server: &mut Server<'_>) {
        let row = &mut self.rows[i.index()];
        server.add(&mut self.sum, -1.0, row);
        server.clear(row);
        server.hold(g, row, 1.0);
        server.hold(g, &mut self.sum, 1.0);
        self.since_rebuilt += 1;
        if self.since_rebuilt >= self.n {
            self.rebuild(server);
        }
    }

    /// `x ← x − γ·u`.
    pub(super) fn step_along_mean(&mut self, step_size: f64, server: &mut Server<'_>) {
        server.step_along(&mut self.sum, step_size / self.n as f64);
    }

    /// Takes the row of a worker out of the mean.
    pub(super) fn remove(&mut self, i: WorkerId, server: &mut Server<'_>) {
        server.clear(&mut self.rows[i.index()]);
        self.n -= 1;
        self.rebuild(server);
    }

    fn rebuild(&mut self, server: &mut Server<'_>) {
        server.clear(&mut self.sum);
        for row in &self.rows {
            server.add(&mut self.sum, 1.0, row);
        }
        self.since_rebuilt = 0;
    }
}
