//! The first model of a run.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use ps_core::{Purpose, Scalar, Seed, UnknownWord, distribution};

/// Where a run starts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
    /// At the model in a file, whose name ends in `.npy` or `.safetensors`.
    File(PathBuf),
}

impl Start {
    /// The first model, with this many parameters; zeros where a program or a file must give it.
    pub fn model<T: Scalar>(&self, dim: usize, seed: Seed) -> Vec<T> {
        match self {
            Self::Zeros | Self::Own | Self::File(_) => vec![T::ZERO; dim],
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

impl fmt::Display for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zeros => f.pad("zeros"),
            Self::Ones => f.pad("ones"),
            Self::Random => f.pad("random"),
            Self::Own => f.pad("own"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

impl FromStr for Start {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        match text {
            "zeros" => Ok(Self::Zeros),
            "ones" => Ok(Self::Ones),
            "random" => Ok(Self::Random),
            "own" => Ok(Self::Own),
            _ if text.ends_with(".npy") || text.ends_with(".safetensors") => {
                Ok(Self::File(text.into()))
            }
            _ => Err(UnknownWord {
                kind: "start",
                found: text.to_owned(),
                known: &["zeros", "ones", "random", "FILE.npy", "FILE.safetensors"],
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_start_is_read_as_it_is_written() {
        for text in [
            "zeros",
            "ones",
            "random",
            "own",
            "a b/m.npy",
            "m.safetensors",
        ] {
            let start: Start = text.parse().unwrap();
            assert_eq!(start.to_string(), text);
        }
        assert!("m.txt".parse::<Start>().is_err());
    }
}
