//! ```text
//! γ_t = γ/max(1, τ)
//! ```
//! Zhang, Gupta, Lian, Liu, *Staleness-aware async-SGD for distributed deep learning*, IJCAI 2016,
//! arXiv 1511.05950. The rule of Mishchenko et al. with 1 in place of `n`: far more conservative.
//! `τ`: staleness.

use ps_core::form::Named;

use super::{StepMaker, formula};

pub(super) const ENTRY: Named<StepMaker> = Named {
    name: "staleness",
    summary: "γ/max(1, τ)",
    reference: "Zhang, Gupta, Lian, Liu, IJCAI 2016",
    parameters: &[],
    what: StepMaker::new(|step_size, _| {
        formula(move |arrival, _| step_size / arrival.staleness.max(1) as f64)
    }),
};
