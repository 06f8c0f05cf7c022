//! ```text
//! γ_t = γ·n/max(n, τ)
//! ```
//! Mishchenko, Bach, Even, Woodworth, *Asynchronous SGD beats minibatch SGD under arbitrary
//! delays*, NeurIPS 2022. `τ`: staleness.

use ps_core::form::Named;

use super::{StepMaker, formula, shortened};

pub(super) const ENTRY: Named<StepMaker> = Named {
    name: "mishchenko",
    summary: "γ·min(1, n/τ)",
    reference: "Mishchenko, Bach, Even, Woodworth, NeurIPS 2022",
    parameters: &[],
    what: StepMaker::new(|step_size, _| {
        formula(move |arrival, run| shortened(step_size, run.n_workers, arrival))
    }),
};
