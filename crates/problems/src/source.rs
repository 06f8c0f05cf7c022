//! Where data comes from.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use ps_core::Seed;
use ps_core::form::FormError;

#[cfg(feature = "csv")]
use crate::csv;
use crate::dataset::Dataset;
#[cfg(feature = "digits")]
use crate::digits;
use crate::libsvm;
use crate::problem_error::ProblemError;
use crate::synthetic::{Heterogeneity, Synthetic};

/// A data set by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Source {
    /// The handwritten digits that ship.
    #[default]
    Digits,
    /// Generated for as many workers as there are.
    Synthetic(Synthetic),
    /// A file of comma-separated values.
    Csv(PathBuf),
    /// A file of LIBSVM text.
    Libsvm(PathBuf),
}

/// A data set as a run uses it.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) data: Dataset,
    /// The labels that there may be, increasing: those of the whole data set, whatever part of it
    /// is used.
    pub(crate) classes: Vec<f64>,
}

impl Source {
    /// Every form that is read, and what it is.
    pub const FORMS: [(&str, &str); 5] = [
        (
            "digits",
            "1,797 handwritten digits of 8 × 8 pixels (Alpaydin, Kaynak 1998); ships with the program",
        ),
        (
            "synthetic:α,β",
            "the generator of Li et al. (FedProx): models differ by α, data by β",
        ),
        ("synthetic:iid", "the same, all workers alike"),
        (
            "FILE.csv",
            "comma-separated numbers, label last; a header is recognised",
        ),
        (
            "FILE",
            "LIBSVM text (https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/)",
        ),
    ];

    /// The data, or its first `rows` rows. Of generated data only so many rows are made, shared out
    /// equally.
    pub(crate) fn load(
        &self,
        rows: Option<usize>,
        n_workers: usize,
        seed: Seed,
    ) -> Result<Loaded, ProblemError> {
        let (data, classes) = match self {
            #[cfg(feature = "synthetic")]
            Self::Synthetic(synthetic) => return generate(*synthetic, rows, n_workers, seed),
            #[cfg(feature = "digits")]
            Self::Digits => (digits::load(), first_numbers(digits::N_CLASSES)),
            #[cfg(feature = "csv")]
            Self::Csv(path) => with_classes(csv::load(path)?),
            Self::Libsvm(path) => with_classes(libsvm::load(path)?),
            #[allow(unreachable_patterns, reason = "those that this build has no code for")]
            _ => {
                let _ = (n_workers, seed);
                let data = self.to_string();
                let feature = match self {
                    Self::Digits => "digits",
                    _ => "problems",
                };
                return Err(crate::LoadError::NotBuilt { data, feature }.into());
            }
        };
        let data = match rows {
            Some(rows) => data.first(rows)?,
            None => data,
        };
        Ok(Loaded { data, classes })
    }

    /// Whether it is a file of the user's.
    pub fn is_file(&self) -> bool {
        matches!(self, Self::Csv(_) | Self::Libsvm(_))
    }
}

/// How many rows may be generated: some gigabytes of them.
#[cfg(feature = "synthetic")]
const MAX_GENERATED_ROWS: usize = 10_000_000;

#[cfg(feature = "synthetic")]
fn generate(
    synthetic: Synthetic,
    rows: Option<usize>,
    n_workers: usize,
    seed: Seed,
) -> Result<Loaded, ProblemError> {
    let workers = n_workers;
    let rows_per_worker = match rows {
        _ if workers == 0 => return Err(crate::RequestError::NoWorkers.into()),
        Some(rows) if rows < workers => {
            return Err(crate::RequestError::MoreWorkersThanRows { workers, rows }.into());
        }
        Some(rows) => rows / workers,
        None => synthetic.rows_per_worker,
    };
    let rows = workers.saturating_mul(rows_per_worker);
    if rows > MAX_GENERATED_ROWS {
        let most = MAX_GENERATED_ROWS;
        return Err(crate::RequestError::TooManyRows { rows, most }.into());
    }
    let synthetic = Synthetic {
        rows_per_worker,
        ..synthetic
    };
    Ok(Loaded {
        data: synthetic.generate(n_workers, seed),
        classes: first_numbers(synthetic.n_classes),
    })
}

#[cfg(any(feature = "digits", feature = "synthetic"))]
fn first_numbers(n: usize) -> Vec<f64> {
    (0..n).map(|number| number as f64).collect()
}

fn with_classes(data: Dataset) -> (Dataset, Vec<f64>) {
    let classes = data.distinct_labels();
    (data, classes)
}

impl FromStr for Source {
    type Err = FormError;

    /// `digits`, `synthetic:α,β`, `synthetic:iid`, or else a file: CSV if its name ends in `.csv`,
    /// LIBSVM text if not.
    fn from_str(text: &str) -> Result<Self, FormError> {
        match text.split_once(':') {
            Some(("synthetic", rest)) => {
                let heterogeneity: Heterogeneity = rest.parse()?;
                Ok(Self::Synthetic(Synthetic::new(heterogeneity)))
            }
            None if text == "digits" => Ok(Self::Digits),
            None if ["", "synthetic"].contains(&text) => Err(FormError::Malformed {
                kind: "data",
                text: text.to_owned(),
                form: "digits, synthetic:α,β, synthetic:iid or FILE".to_owned(),
            }),
            _ => {
                let path = Path::new(text);
                let is_csv = path
                    .extension()
                    .is_some_and(|e| e.eq_ignore_ascii_case("csv"));
                let path = path.to_owned();
                Ok(if is_csv {
                    Self::Csv(path)
                } else {
                    Self::Libsvm(path)
                })
            }
        }
    }
}

/// As it is typed.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Digits => f.write_str("digits"),
            Self::Synthetic(synthetic) => write!(f, "synthetic:{}", synthetic.heterogeneity),
            Self::Csv(path) | Self::Libsvm(path) => path.display().fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_file_tells_its_format() {
        let parse = |text: &str| text.parse::<Source>().unwrap();
        assert_eq!(parse("a/b.csv"), Source::Csv("a/b.csv".into()));
        assert_eq!(parse("b.CSV"), Source::Csv("b.CSV".into()));
        for text in ["w7a", "w7a.txt", "a.csv.libsvm", "c:/data"] {
            assert_eq!(parse(text), Source::Libsvm(text.into()));
        }
    }

    #[test]
    fn what_is_typed_is_understood_and_written_the_same_way() {
        for word in [
            "digits",
            "synthetic:0.5,1",
            "synthetic:iid",
            "a/b.csv",
            "w7a",
        ] {
            assert_eq!(word.parse::<Source>().unwrap().to_string(), word);
        }
        let refuse = |word: &str| word.parse::<Source>().unwrap_err().to_string();
        let list = "its form is digits, synthetic:α,β, synthetic:iid or FILE";
        assert_eq!(refuse("synthetic"), format!("data `synthetic`: {list}"));
        assert_eq!(refuse(""), format!("data ``: {list}"));
    }
}
