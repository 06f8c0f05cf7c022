//! Sums of gradients, a row for each worker.

use ps_core::WorkerId;

use crate::arrival::Gradient;
use crate::server::{Accumulator, Server};

/// What each worker has delivered: rows `(G_j, b_j)`, and room for `Σ_j G_j/b_j`. Whoever is lost is
/// to be [forgotten](Self::forget), and `n` is the number of workers alive.
#[derive(Debug, Default)]
pub(super) struct Sums {
    rows: Vec<Row>,
    means: Accumulator,
    /// How many rows are not empty.
    n_filled: usize,
}

/// The sum of the gradients of one worker, and how many they are.
#[derive(Debug, Default)]
struct Row {
    sum: Accumulator,
    count: u64,
}

impl Sums {
    /// An empty row for each worker.
    pub(super) fn new(server: &Server<'_>) -> Self {
        Self {
            rows: (0..server.n_workers()).map(|_| Row::default()).collect(),
            ..Self::default()
        }
    }

    /// `G_i ← G_i + g`, `b_i ← b_i + 1`.
    pub(super) fn hold(&mut self, i: WorkerId, g: &Gradient<'_>, server: &mut Server<'_>) {
        let row = &mut self.rows[i.index()];
        server.hold(g, &mut row.sum, 1.0);
        self.n_filled += usize::from(row.count == 0);
        row.count += 1;
    }

    /// The same, and `Σ_j G_j/b_j` is kept up: it changes by `(g − G_i/b_i)/(b_i + 1)`.
    pub(super) fn hold_in_means(&mut self, i: WorkerId, g: &Gradient<'_>, server: &mut Server<'_>) {
        let row = &self.rows[i.index()];
        let count = row.count as f64;
        server.hold(g, &mut self.means, 1.0 / (count + 1.0));
        if row.count > 0 {
            server.add(&mut self.means, -1.0 / (count * (count + 1.0)), &row.sum);
        }
        self.hold(i, g, server);
    }

    /// How many gradients each worker has delivered, of those that have.
    pub(super) fn counts(&self) -> impl Iterator<Item = u64> {
        self.rows
            .iter()
            .map(|row| row.count)
            .filter(|count| *count > 0)
    }

    /// Whether each worker that is alive has delivered.
    pub(super) fn are_full(&self, server: &Server<'_>) -> bool {
        self.n_filled == server.n_alive()
    }

    /// Empties the row of a lost worker.
    pub(super) fn forget(&mut self, worker: WorkerId) {
        let row = &mut self.rows[worker.index()];
        self.n_filled -= usize::from(row.count > 0);
        row.count = 0;
    }

    /// Writes `Σ_j G_j/b_j` anew.
    pub(super) fn write_means(&mut self, server: &mut Server<'_>) {
        server.clear(&mut self.means);
        for row in self.rows.iter().filter(|row| row.count > 0) {
            server.add(&mut self.means, 1.0 / row.count as f64, &row.sum);
        }
    }

    /// `x ← x − (γ/n) Σ_j G_j/b_j`, with the means as they were written or kept up.
    pub(super) fn step_along_means(&mut self, step_size: f64, server: &mut Server<'_>) {
        let n = server.n_alive() as f64;
        server.step_along(&mut self.means, step_size / n);
    }

    /// The rows of the next round take the place of these, and `next` is left empty.
    pub(super) fn give_way_to(&mut self, next: &mut Self, server: &mut Server<'_>) {
        std::mem::swap(&mut self.rows, &mut next.rows);
        std::mem::swap(&mut self.n_filled, &mut next.n_filled);
        next.clear(server);
        self.write_means(server);
    }

    /// All `G_j, b_j ← 0`.
    pub(super) fn clear(&mut self, server: &mut Server<'_>) {
        for row in self.rows.iter_mut().filter(|row| row.count > 0) {
            server.clear(&mut row.sum);
            row.count = 0;
        }
        self.n_filled = 0;
    }
}
