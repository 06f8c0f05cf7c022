//! ```text
//! on gradient g from worker i, after c others of its own in this round:
//!     x ← x − (γ/n)·g if c = 0, otherwise x ← x − (γ/qᶜ)·g;  assign a job at the new x to i
//!     once everybody has delivered:  cancel all jobs;  assign a job at the new x to everybody
//! ```
//! THROTTLE (Otsuka, Takezawa, Meyer, Koloskova, Yamada 2026), without its clipping; q = 2.

use asgrad::method_prelude::*;

/// Whoever runs ahead of the others counts less with every gradient, until the slowest has
/// delivered.
#[derive(Debug, Default)]
pub struct Throttle {
    /// How many gradients each worker has delivered in this round.
    pub delivered: Vec<i32>,
}

impl Throttle {
    /// Begins a new round if nobody who is alive has still to deliver in this one.
    fn next_round(&mut self, server: &mut Server<'_>) -> bool {
        let owes = |(i, count): (usize, &i32)| *count == 0 && server.is_alive(WorkerId::new(i));
        let is_over = !self.delivered.iter().enumerate().any(owes);
        if is_over {
            self.start(server);
        }
        is_over
    }
}

impl Method for Throttle {
    fn start(&mut self, server: &mut Server<'_>) {
        self.delivered = vec![0; server.n_workers()];
        for worker in server.workers() {
            server.cancel(worker);
            server.assign(worker);
        }
    }

    fn on_gradient(&mut self, arrival: &Arrival, gradient: Gradient<'_>, server: &mut Server<'_>) {
        let count = &mut self.delivered[arrival.worker.index()];
        let weight = match *count {
            0 => 1.0 / server.n_workers() as f64,
            ahead => 0.5_f64.powi(ahead),
        };
        *count += 1;
        let step_size = server.step_size(arrival);
        server.step(gradient, step_size * weight);
        if !self.next_round(server) {
            server.assign(arrival.worker);
        }
    }

    /// The round may have waited for this worker alone.
    fn on_worker_lost(&mut self, _worker: WorkerId, server: &mut Server<'_>) {
        self.next_round(server);
    }
}
