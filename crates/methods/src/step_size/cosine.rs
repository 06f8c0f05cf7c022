//! ```text
//! γ_t = γ·(1 + cos(π·t/T))/2   for t < T, then 0
//! ```
//! Loshchilov, Hutter, *SGDR: stochastic gradient descent with warm restarts*, ICLR 2017,
//! arXiv 1608.03983, without restarts. `t`: the version on arrival. `T` should be the number of
//! updates of the run: after it the model stands still.

use std::f64::consts::PI;

use ps_core::form::Named;
use ps_core::math;

use super::{StepMaker, UPDATES, formula};

pub(super) const ENTRY: Named<StepMaker> = Named {
    name: "cosine",
    summary: "γ·(1 + cos(π·t/T))/2 up to update T, then 0",
    reference: "Loshchilov, Hutter, ICLR 2017",
    parameters: &[UPDATES],
    what: StepMaker::new(|step_size, values| {
        let updates = values.count("T") as f64;
        formula(move |_, run| {
            let share = run.version.number() as f64 / updates;
            step_size * (1.0 + math::cos(PI * share.min(1.0))) / 2.0
        })
    }),
};
