//! ```text
//! on gradient g from worker i, computed at version π:
//!     if π is the newest:                 G_i ← G_i + g;  B_i ← B_i + 1
//!         if (1/n Σ_j 1/B_j)⁻¹ ≥ S/n:     x ← x − (γ/n) Σ_j G_j/B_j;  all G_j, B_j ← 0        (1/0 = ∞)
//!                                         (late=cancel: cancel all jobs;  assign a job at the new x to everybody)
//!     otherwise:                          assign a job at the current x to i
//! ```
//! Malenia SGD (Tyurin, Richtárik, NeurIPS 2023, arXiv 2305.12387), for any data: every worker
//! weighs 1/n in each update, however many gradients it delivered. The paper allows to ignore what
//! comes late (`late=discard`) or to stop it (`late=cancel`). With `late=use` older gradients count
//! too: no longer the paper's method, nor an unbiased estimate of ∇f at x. With S ≤ n a round ends
//! when everybody has delivered. A harmonic mean that is S/n but for rounding counts as reached.
//! Memory: n + 1 vectors of the model's size, because the weights `1/B_j` are known only at the
//! end.

use ps_core::WorkerId;
use ps_core::form::{Domain, Parameter};

use super::late::{LATE, Late};
use super::profile::{ALL_WORKERS, NamedMethod, Outstanding, Profile, Weighing};
use super::rennala::TYURIN_RICHTARIK;
use super::sums::Sums;
use crate::arrival::{Arrival, Gradient};
use crate::method::Method;
use crate::server::Server;
use crate::theory;

/// Hold gradients of the newest version worker by worker until the harmonic mean of their numbers
/// is `S/n`, step along the mean of the workers' means.
#[derive(Debug)]
struct Malenia {
    /// The paper's `S`.
    batch: usize,
    late: Late,
    sums: Sums,
}

impl Malenia {
    fn is_enough(&self, server: &Server<'_>) -> bool {
        if !self.sums.are_full(server) {
            return false;
        }
        let n = server.n_alive() as f64;
        let inverses: f64 = self.sums.counts().map(|count| 1.0 / count as f64).sum();
        inverses * self.batch as f64 <= n * n * (1.0 + 1e-12)
    }
}

impl Method for Malenia {
    fn start(&mut self, server: &mut Server<'_>) {
        self.sums = Sums::new(server);
        server.assign_to_all();
    }

    fn on_gradient(&mut self, arrival: &Arrival, gradient: Gradient<'_>, server: &mut Server<'_>) {
        if self.late.counts(arrival) {
            self.sums.hold(arrival.worker, &gradient, server);
            if self.is_enough(server) {
                self.sums.write_means(server);
                let step_size = server.step_size(arrival);
                self.sums.step_along_means(step_size, server);
                self.sums.clear(server);
                if self.late == Late::Cancel {
                    return Late::call_off_all(server);
                }
            }
        }
        server.assign(arrival.worker);
    }

    /// Its row leaves the mean, and n is the number of workers alive: the next fresh gradient can
    /// end the round. S stays.
    fn on_worker_lost(&mut self, worker: WorkerId, _server: &mut Server<'_>) {
        self.sums.forget(worker);
    }
}

const BATCH: Parameter = Parameter::new("batch", Domain::POSITIVE)
    .meaning("the harmonic mean of the workers' gradients in a round is to reach S/n, with the paper's S")
    .default(ALL_WORKERS);

pub(super) const ENTRY: NamedMethod = NamedMethod {
    name: "malenia",
    summary: "step along the mean of the workers' means of gradients of the newest version; for any data",
    reference: TYURIN_RICHTARIK,
    parameters: &[BATCH, LATE],
    what: Profile {
        outstanding: Outstanding::AllWorkers,
        weighing: Weighing::Updates,
        theory: theory::MALENIA,
        ..Profile::of(|_, v| {
            Box::new(Malenia {
                batch: v.size("batch"),
                late: Late::of(v),
                sums: Sums::default(),
            })
        })
    },
};
