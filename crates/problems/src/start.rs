//! The first model of a run.

use ps_core::{Purpose, Scalar, Seed, distribution};

/// Where a run starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// At 0.
    #[default]
    Zeros,
    /// At 1 in every component.
    Ones,
    /// At independent draws from `N(0, 1/d)`.
    Random,
    /// At a model that a program gave, which no text holds.
    Own,
}

impl Start {
    /// The first model, with this many parameters; zeros where a program must give it.
    pub fn model<T: Scalar>(self, dim: usize, seed: Seed) -> Vec<T> {
        match self {
            Self::Zeros | Self::Own => vec![T::ZERO; dim],
            Self::Ones => vec![T::ONE; dim],
            Self::Random => {
                let mut rng = seed.stream_of_run(Purpose::Initialisation);
                let scale = 1.0 / (dim as f64).sqrt();
                let draws = (0..dim).map(|_| distribution::normal(&mut rng));
                draws.map(|normal| T::from_f64(normal * scale)).collect()
            }
        }
    }
}

ps_core::words!(
    Start, "start":
    "zeros" => Start::Zeros, "ones" => Start::Ones, "random" => Start::Random, "own" => Start::Own,
);
