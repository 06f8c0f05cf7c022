//! Where data comes from.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use ps_core::form::FormError;
use ps_core::{Seed, Setting};

#[cfg(feature = "csv")]
use crate::csv;
#[cfg(feature = "digits")]
use crate::digits;
use crate::file;
use crate::libsvm;
use crate::load_error::LoadError;
use crate::loaded::Loaded;
use crate::problem_error::ProblemError;
use crate::reading::Reading;
use crate::request_error::{ReadingError, RequestError};
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
    /// A file of either, told by what is in it.
    File(PathBuf),
}

impl Source {
    /// Every form that is read, and what it is.
    pub const FORMS: [(&str, &str); 6] = [
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
            "FILE",
            "CSV (separated by commas, semicolons or tabs), label last unless --label says otherwise",
        ),
        (
            "FILE",
            "LIBSVM text (https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/)",
        ),
        (
            "-",
            "either, from standard input; a file or this may be gzip, bzip2 or zstd",
        ),
    ];

    /// The data, whole; of generated data as many rows as are asked for, shared out equally.
    pub(crate) fn load(
        &self,
        reading: &Reading,
        rows: Option<usize>,
        n_workers: usize,
        seed: Seed,
    ) -> Result<Loaded, ProblemError> {
        match self {
            #[cfg(feature = "synthetic")]
            Self::Synthetic(synthetic) => generate(*synthetic, rows, n_workers, seed),
            #[cfg(feature = "digits")]
            Self::Digits => {
                let classes = first_numbers(digits::N_CLASSES);
                Ok(Loaded::new(digits::load(), classes))
            }
            #[allow(unreachable_patterns, reason = "those that this build has no code for")]
            Self::Digits | Self::Synthetic(_) => {
                let _ = (rows, n_workers, seed);
                let feature = match self {
                    Self::Digits => "digits",
                    _ => "problems",
                };
                Err(self.not_built(feature).into())
            }
            Self::Csv(path) | Self::Libsvm(path) | Self::File(path) => {
                self.parse(&file::read(path)?, path, reading)
            }
        }
    }

    fn parse(&self, bytes: &[u8], path: &Path, reading: &Reading) -> Result<Loaded, ProblemError> {
        let is_libsvm = match self {
            Self::Csv(_) => false,
            Self::Libsvm(_) => true,
            _ => file::is_libsvm(bytes),
        };
        if is_libsvm {
            let of_csv = [
                ("label", reading.label.is_some()),
                ("header", reading.header.is_some()),
            ];
            if let Some((name, _)) = of_csv.iter().find(|(_, is_given)| *is_given) {
                let (setting, path) = (Setting(name), path.to_owned());
                return Err(RequestError::from(ReadingError::OnlyOfCsv { setting, path }).into());
            }
            return Ok(libsvm::read(bytes, path, reading)?);
        }
        if reading.index_base.is_some() {
            let path = path.to_owned();
            return Err(RequestError::from(ReadingError::OnlyOfLibsvm { path }).into());
        }
        #[cfg(feature = "csv")]
        let loaded = csv::read(bytes, path, reading).map(|mut loaded| {
            if matches!(self, Self::File(_)) {
                loaded.made_out.insert(0, "CSV".to_owned());
            }
            loaded
        });
        #[cfg(not(feature = "csv"))]
        let loaded = Err(self.not_built("problems").into());
        loaded
    }

    #[allow(dead_code, reason = "a build with every feature has code for all")]
    fn not_built(&self, feature: &'static str) -> LoadError {
        let data = self.to_string();
        LoadError::NotBuilt { data, feature }
    }

    /// Whether it is a file that gives what is in it only once, such as standard input.
    pub fn is_stream(&self) -> bool {
        match self {
            Self::Csv(path) | Self::Libsvm(path) | Self::File(path) => file::is_stream(path),
            Self::Digits | Self::Synthetic(_) => false,
        }
    }

    /// Whether it is a file of the user's.
    pub fn is_file(&self) -> bool {
        matches!(self, Self::Csv(_) | Self::Libsvm(_) | Self::File(_))
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
        _ if workers == 0 => return Err(RequestError::NoWorkers.into()),
        Some(0) => return Err(RequestError::NoRows.into()),
        Some(rows) if rows < workers => {
            return Err(RequestError::MoreWorkersThanRows { workers, rows }.into());
        }
        Some(rows) => rows / workers,
        None => synthetic.rows_per_worker,
    };
    let rows = workers.saturating_mul(rows_per_worker);
    if rows > MAX_GENERATED_ROWS {
        let most = MAX_GENERATED_ROWS;
        return Err(RequestError::TooManyRows { rows, most }.into());
    }
    let synthetic = Synthetic {
        rows_per_worker,
        ..synthetic
    };
    let data = synthetic.generate(n_workers, seed);
    Ok(Loaded::new(data, first_numbers(synthetic.n_classes)))
}

#[cfg(any(feature = "digits", feature = "synthetic"))]
fn first_numbers(n: usize) -> Vec<f64> {
    (0..n).map(|number| number as f64).collect()
}

impl FromStr for Source {
    type Err = FormError;

    /// `digits`, `synthetic:α,β`, `synthetic:iid`, or else a file: CSV if its name ends in `.csv` or
    /// `.tsv`, LIBSVM text if in `.libsvm`, `.svm` or `.svmlight`, otherwise what is in it tells.
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
                let path = PathBuf::from(text);
                // `x.csv.gz` is CSV as `x.csv` is.
                let is_packed = ["gz", "bz2", "zst", "xz"].iter().any(|packing| {
                    let extension = path.extension();
                    extension.is_some_and(|e| e.eq_ignore_ascii_case(packing))
                });
                let name = path.file_stem().filter(|_| is_packed);
                let name = name.map_or(path.clone(), PathBuf::from);
                let is_one_of = |names: &[&str]| {
                    let extension = name.extension();
                    extension.is_some_and(|e| names.iter().any(|n| e.eq_ignore_ascii_case(n)))
                };
                Ok(if is_one_of(&["csv", "tsv"]) {
                    Self::Csv(path)
                } else if is_one_of(&["libsvm", "svm", "svmlight"]) {
                    Self::Libsvm(path)
                } else {
                    Self::File(path)
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
            Self::Csv(path) | Self::Libsvm(path) | Self::File(path) => path.display().fmt(f),
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
        for text in ["b.CSV", "libsvm.tsv", "d/x.csv.gz", "x.tsv.ZST"] {
            assert_eq!(parse(text), Source::Csv(text.into()));
        }
        for text in ["a.csv.libsvm", "a.svm", "a.SVMLight", "a.svm.bz2"] {
            assert_eq!(parse(text), Source::Libsvm(text.into()));
        }
        for text in ["w7a", "w7a.txt", "iris.data", "c:/data", "w7a.gz", "-"] {
            assert_eq!(parse(text), Source::File(text.into()));
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
        for (word, key, value) in [
            ("synthetic:nan,1", "α", "nan"),
            ("synthetic:1,-2", "β", "-2"),
            ("synthetic:inf,1", "α", "inf"),
        ] {
            let message =
                format!("data `{word}`: {key} is {value}, and must be at least 0 and finite");
            assert_eq!(refuse(word), message);
        }
        assert!(refuse("synthetic:x,1").contains("its form is synthetic:α,β"));
    }
}
