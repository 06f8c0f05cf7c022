//! How much each worker counts.

/// How much the mean loss of each worker counts in the objective.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weights {
    /// As much as that of any other: `f = (1/n) Σ f_i`, a mean over workers.
    #[default]
    Workers,
    /// As much as it has rows: `f = Σ (n_i/N) f_i`, the mean over all rows.
    Rows,
}

ps_core::words!(Weights, "weights": "workers" => Weights::Workers, "rows" => Weights::Rows);
