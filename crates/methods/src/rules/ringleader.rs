//! ```text
//! rows (G_j, b_j) of this round and (G⁺_j, b⁺_j) of the next, all 0;  U ← ∅
//! on gradient g from worker i:
//!     U ≠ ∅ and i ∉ U:  G⁺_i ← G⁺_i + g;  b⁺_i ← b⁺_i + 1;  once more at the same version to i
//!     otherwise:        G_i ← G_i + g;  b_i ← b_i + 1;  if U = ∅ and all b_j > 0: U ← {0, …, n − 1}    (phase 2 begins)
//!         U = ∅:        once more at the same version to i
//!         U ≠ ∅:        x ← x − (γ/n) Σ_j G_j/b_j;  a job at the new x to i;  U ← U \ {i}
//!                       if now U = ∅:  (G, b) ← (G⁺, b⁺);  (G⁺, b⁺) ← 0                                (the round ends)
//! ```
//! Ringleader ASGD (Maranjyan, Richtárik, ICLR 2026, arXiv 2509.22860), for any data. A round is n
//! updates, one for each worker, which goes on at the version it last received; nothing is
//! discarded, nobody idles. The mean over the table is kept up gradient by gradient, and rebuilt
//! once a round against rounding. Memory: 2n + 1 vectors of the model's size.

use ps_core::WorkerId;

use super::profile::{NamedMethod, Outstanding, Profile, Weighing};
use super::sums::Sums;
use crate::arrival::{Arrival, Gradient};
use crate::method::Method;
use crate::server::Server;
use crate::theory;

/// Step along the mean of all workers' means, once a round for each worker.
#[derive(Debug, Default)]
struct Ringleader {
    now: Sums,
    next: Sums,
    /// Who still gets a new version in this round: `U`.
    owed: Vec<bool>,
    /// How many these are.
    n_owed: usize,
}

impl Ringleader {
    /// `U ← U \ {i}`, and the end of the round if that was the last.
    fn strike_off(&mut self, worker: WorkerId, server: &mut Server<'_>) {
        if !std::mem::take(&mut self.owed[worker.index()]) {
            return;
        }
        self.n_owed -= 1;
        if self.n_owed == 0 {
            self.now.give_way_to(&mut self.next, server);
        }
    }
}

impl Method for Ringleader {
    fn start(&mut self, server: &mut Server<'_>) {
        (self.now, self.next) = (Sums::new(server), Sums::new(server));
        self.owed = vec![false; server.n_workers()];
        server.assign_to_all();
    }

    fn on_gradient(&mut self, arrival: &Arrival, gradient: Gradient<'_>, server: &mut Server<'_>) {
        let i = arrival.worker;
        if self.n_owed > 0 && !self.owed[i.index()] {
            self.next.hold(i, &gradient, server);
            return server.repeat(arrival);
        }
        self.now.hold_in_means(i, &gradient, server);
        if self.n_owed == 0 {
            if !self.now.are_full(server) {
                return server.repeat(arrival);
            }
            for worker in server.workers() {
                self.owed[worker.index()] = server.is_alive(worker);
            }
            self.n_owed = server.n_alive();
        }
        let step_size = server.step_size(arrival);
        self.now.step_along_means(step_size, server);
        server.assign(i);
        self.strike_off(i, server);
    }

    /// Its rows leave the means, U loses it, and n is the number of workers alive. The next
    /// gradient may begin phase 2.
    fn on_worker_lost(&mut self, worker: WorkerId, server: &mut Server<'_>) {
        self.now.forget(worker);
        self.next.forget(worker);
        self.strike_off(worker, server);
        self.now.write_means(server);
    }
}

pub(super) const ENTRY: NamedMethod = NamedMethod {
    name: "ringleader",
    summary: "step along the mean of all workers' gradients, once a round for each worker; for any data",
    reference: "Maranjyan, Richtárik, ICLR 2026, arXiv 2509.22860",
    parameters: &[],
    what: Profile {
        outstanding: Outstanding::AllWorkers,
        weighing: Weighing::Updates,
        theory: theory::RINGLEADER,
        ..Profile::of(|_, _| Box::<Ringleader>::default())
    },
};
