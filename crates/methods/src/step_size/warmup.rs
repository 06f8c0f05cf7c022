//! ```text
//! γ_t = γ·min(1, (t + 1)/T)
//! ```
//! Linear warm-up over the first `T` updates: Goyal et al., *Accurate, large minibatch SGD*, 2017,
//! arXiv 1706.02677. `t`: the version on arrival.

use ps_core::form::Named;

use super::{StepMaker, UPDATES, formula};

pub(super) const ENTRY: Named<StepMaker> = Named {
    name: "warmup",
    summary: "γ·min(1, (t + 1)/T)",
    reference: "Goyal et al. 2017",
    parameters: &[UPDATES],
    what: StepMaker::new(|step_size, values| {
        let updates = values.count("T");
        formula(move |_, run| {
            let next = run.version.number() + 1;
            if next >= updates {
                step_size
            } else {
                step_size * (next as f64 / updates as f64)
            }
        })
    }),
};
