//! `γ_t = γ`.

use ps_core::form::Named;

use super::{StepMaker, formula};

pub(super) const ENTRY: Named<StepMaker> = Named {
    name: "constant",
    summary: "γ",
    reference: "",
    parameters: &[],
    what: StepMaker::new(|step_size, _| formula(move |_, _| step_size)),
};
