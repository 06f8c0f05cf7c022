//! The problems that can be asked for by name.

use std::fmt;
use std::str::FromStr;

use crate::request_error::{RequestError, Word};

/// A kind of problem.
#[derive(Clone, Debug, PartialEq)]
pub enum ProblemKind {
    /// [`Softmax`](crate::Softmax) regression: one class of several.
    Softmax,
    /// [`Logistic`](crate::Logistic) regression: one class of two.
    Logistic,
    /// [`LeastSquares`](crate::LeastSquares) regression: a number.
    LeastSquares,
    /// One [`Quadratic`](crate::Quadratic) around each of these centres, one for each worker; without data.
    Quadratic(Vec<f64>),
}

impl FromStr for ProblemKind {
    type Err = RequestError;

    fn from_str(word: &str) -> Result<Self, RequestError> {
        const EXPECTED: &[&str] = &["softmax", "logistic", "least-squares", "quadratic:c1,c2,…"];
        let word = Word {
            option: "problem",
            word,
        };
        match word.split() {
            ("softmax", None) => Ok(Self::Softmax),
            ("logistic", None) => Ok(Self::Logistic),
            ("least-squares", None) => Ok(Self::LeastSquares),
            ("quadratic", Some(centres)) => {
                let centre = |text| word.number(text, "a finite number", |c: &f64| c.is_finite());
                let centres: Result<_, _> = centres.split(',').map(centre).collect();
                centres.map(Self::Quadratic)
            }
            _ => Err(word.unknown(EXPECTED)),
        }
    }
}

/// As it is typed.
impl fmt::Display for ProblemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Softmax => f.write_str("softmax"),
            Self::Logistic => f.write_str("logistic"),
            Self::LeastSquares => f.write_str("least-squares"),
            Self::Quadratic(centres) => {
                let centres: Vec<String> = centres.iter().map(f64::to_string).collect();
                write!(f, "quadratic:{}", centres.join(","))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_understood_and_written_the_same_way() {
        for word in ["softmax", "logistic", "least-squares", "quadratic:3,0,-6.5"] {
            assert_eq!(word.parse::<ProblemKind>().unwrap().to_string(), word);
        }
    }

    #[test]
    fn other_words_and_centres_that_are_no_numbers_are_refused() {
        let refuse = |word: &str| word.parse::<ProblemKind>().unwrap_err().to_string();
        let list = "expected softmax, logistic, least-squares, quadratic:c1,c2,…";
        for word in ["svm", "quadratic", "logistic:1"] {
            assert_eq!(refuse(word), format!("problem {word:?}: {list}"));
        }
        let message = "problem \"quadratic:1,,2\": \"\" is not a finite number";
        assert_eq!(refuse("quadratic:1,,2"), message);
    }
}
