//! ```text
//! γ_t = γ·(1 + τ)^−a
//! ```
//! The polynomial weight of `FedAsync`: Xie, Koyejo, Gupta, *Asynchronous federated optimization*,
//! 2019, arXiv 1903.03934. Between `constant` (a = 0) and, nearly, `staleness` (a = 1). `τ`:
//! staleness.

use ps_core::form::{Domain, Named, Parameter};
use ps_core::math;

use super::{StepMaker, formula};

pub(super) const ENTRY: Named<StepMaker> = Named {
    name: "polynomial",
    summary: "γ·(1 + τ)^−a",
    reference: "Xie, Koyejo, Gupta 2019, FedAsync",
    parameters: &[Parameter::new("a", Domain::NOT_NEGATIVE).or("0.5")],
    what: StepMaker::new(|step_size, values| {
        let power = values.real("a");
        formula(move |arrival, _| step_size * math::pow(1.0 + arrival.staleness as f64, -power))
    }),
};
