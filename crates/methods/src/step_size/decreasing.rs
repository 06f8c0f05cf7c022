//! `γ_t = γ/√(t + 1)`, with `t` the version on arrival: the classical schedule of stochastic
//! approximation.

use ps_core::form::Named;

use super::{StepMaker, formula};

pub(super) const ENTRY: Named<StepMaker> = Named {
    name: "decreasing",
    summary: "γ/√(t + 1)",
    reference: "",
    parameters: &[],
    what: StepMaker::new(|step_size, _| {
        formula(move |_, run| step_size / ((run.version.number() + 1) as f64).sqrt())
    }),
};
