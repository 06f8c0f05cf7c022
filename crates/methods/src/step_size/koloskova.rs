//! ```text
//! γ_t = γ            if τ ≤ τ_C
//!       γ·τ_C/τ      otherwise
//! ```
//! Koloskova, Stich, Jaggi, *Sharper convergence guarantees for asynchronous SGD*, NeurIPS 2022:
//! any value below `1/(4Lτ)` is allowed for a late gradient; with `γ = 1/(4Lτ_C)` this is exactly
//! that bound. `τ`: staleness; `τ_C`: concurrency.

use ps_core::form::Named;

use super::{StepMaker, formula, shortened};

pub(super) const ENTRY: Named<StepMaker> = Named {
    name: "koloskova",
    summary: "γ·min(1, C/τ)",
    reference: "Koloskova, Stich, Jaggi, NeurIPS 2022",
    parameters: &[],
    what: StepMaker::new(|step_size, _| {
        formula(move |arrival, run| shortened(step_size, run.concurrency, arrival))
    }),
};
