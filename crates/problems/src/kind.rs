//! The problems that can be asked for by name.

use ps_core::choice;
use ps_core::form::{Domain, Kind, Limit, Named, Parameter, Syntax};

choice! {
    /// A kind of problem.
    pub struct ProblemKind(Risk);

    /// [`Softmax`](crate::Softmax) regression: one class of several.
    fn softmax();
    /// [`Logistic`](crate::Logistic) regression: one class of two.
    fn logistic();
    /// [`LeastSquares`](crate::LeastSquares) regression: a number.
    fn least_squares();
    /// One [`Quadratic`](crate::Quadratic) around each of these centres, one for each worker;
    /// without data.
    fn quadratic(centres: Vec<f64>);
}

/// What a problem minimises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Risk {
    /// The loss of [`Softmax`](crate::Softmax).
    Softmax,
    /// The loss of [`Logistic`](crate::Logistic).
    Logistic,
    /// The loss of [`LeastSquares`](crate::LeastSquares).
    LeastSquares,
    /// A [`Quadratic`](crate::Quadratic).
    Quadratic,
}

const CENTRES: Parameter = Parameter::new(
    "c1,c2,…",
    Domain::Reals(
        Limit::Excluded(f64::NEG_INFINITY),
        Limit::Excluded(f64::INFINITY),
    ),
);

impl Kind for Risk {
    const NAME: &'static str = "problem";
    const SYNTAX: Syntax = Syntax::Positional(':');
    const ALL: &'static [Named<Self>] = &[
        Named::new(
            "softmax",
            "multinomial logistic regression; with digits: ten classes, d = 650",
            &[],
            Self::Softmax,
        ),
        Named::new(
            "logistic",
            "binary logistic regression; with digits: digit ≥ 5, d = 65",
            &[],
            Self::Logistic,
        ),
        Named::new(
            "least-squares",
            "½ mean (a·x − y)²",
            &[],
            Self::LeastSquares,
        ),
        Named::new(
            "quadratic",
            "f_i = ½(x − c_i)², one number a worker: shows the bias of pure asynchronous SGD",
            &[CENTRES],
            Self::Quadratic,
        ),
    ];
}

impl ProblemKind {
    /// The centres of a quadratic.
    pub fn centres(&self) -> Option<Vec<f64>> {
        let is_quadratic = self.entry().what == Risk::Quadratic;
        is_quadratic.then(|| self.values().reals(CENTRES.name))
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
        let list = "there are softmax, logistic, least-squares, quadratic:c1,c2,…";
        assert_eq!(refuse("svm"), format!("unknown problem `svm`; {list}"));
        for (word, form) in [
            ("quadratic", "quadratic:c1,c2,…"),
            ("logistic:1", "logistic"),
        ] {
            assert_eq!(
                refuse(word),
                format!("problem `{word}`: its form is {form}")
            );
        }
        let message = "problem `quadratic:1,,2`: c1,c2,… is ``, and must be a finite number, or several of them";
        assert_eq!(refuse("quadratic:1,,2"), message);
    }
}
