//! Data that is generated: `synthetic(α, β)` of T. Li, A. K. Sahu, M. Zaheer, M. Sanjabi, A.
//! Talwalkar, V. Smith, *Federated Optimization in Heterogeneous Networks* (FedProx), Proceedings
//! of Machine Learning and Systems 2, 2020, arXiv 1812.06127, section 5.1.
//!
//! Worker `k` has a model and an input distribution of its own:
//!
//! ```text
//! u_k ~ N(0, α)      W_k ~ N(u_k, 1) entry by entry, b_k ~ N(u_k, 1)        α: how much the models differ
//! B_k ~ N(0, β)      v_k ~ N(B_k, 1) entry by entry                         β: how much the inputs differ
//! x ~ N(v_k, Σ), Σ diagonal with Σ_jj = j^(−1.2), j from 1                  y = argmax softmax(W_k x + b_k)
//! ```
//!
//! As in the authors' generator, `α` and `β` are standard deviations, and `iid` means one
//! `W, b ~ N(0, 1)` for all workers and `v_k = 0`. Where theirs gives the workers log-normal
//! numbers of rows, here all have the same, one worker after the other, so that a contiguous
//! partition hands each its own. There is no intercept: `b` is not given away.

use std::fmt;
use std::str::FromStr;

use ps_core::form::{Domain, FormError, Limit, Value, text_of};

#[cfg(feature = "synthetic")]
mod generator;

/// A generator of data; its sizes may be changed.
///
/// # Examples
/// ```
/// use problems::{Heterogeneity, Synthetic};
/// use ps_core::Seed;
///
/// let heterogeneity = Heterogeneity::Devices { alpha: 1.0, beta: 1.0 };
/// let synthetic = Synthetic { rows_per_worker: 50, ..Synthetic::new(heterogeneity) };
/// let data = synthetic.generate(4, Seed::new(1));
/// assert_eq!((data.n_rows(), data.n_features()), (200, 60));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Synthetic {
    /// How much the workers differ.
    pub heterogeneity: Heterogeneity,
    /// The number of features; 60 in the paper.
    pub n_features: usize,
    /// The number of classes; 10 in the paper.
    pub n_classes: usize,
    /// The number of rows of each worker.
    pub rows_per_worker: usize,
}

/// How much the workers' data differ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Heterogeneity {
    /// Not at all: all rows are drawn alike.
    Iid,
    /// Each worker has a model and inputs of its own.
    Devices {
        /// How much the models differ.
        alpha: f64,
        /// How much the inputs differ.
        beta: f64,
    },
}

impl Synthetic {
    /// 60 features, 10 classes, 200 rows for each worker.
    pub fn new(heterogeneity: Heterogeneity) -> Self {
        Self {
            heterogeneity,
            n_features: 60,
            n_classes: 10,
            rows_per_worker: 200,
        }
    }
}

/// What follows `synthetic:`, as in `α,β` or `iid`.
impl FromStr for Heterogeneity {
    type Err = FormError;

    fn from_str(text: &str) -> Result<Self, FormError> {
        const NUMBERS: Domain = Domain::Reals(Limit::Included(0.0), Limit::Excluded(f64::INFINITY));
        if text == "iid" {
            return Ok(Self::Iid);
        }
        if let Ok(Value::Reals(numbers)) = NUMBERS.read(text)
            && let [alpha, beta] = numbers[..]
        {
            return Ok(Self::Devices { alpha, beta });
        }
        let (kind, whole) = ("data", format!("synthetic:{text}"));
        let parts: Vec<&str> = text.split(',').collect();
        let is_wrong = |part: &&str| NUMBERS.read(part).is_err();
        let wrong = parts.iter().position(is_wrong);
        if let (Some(at), [_, _]) = (wrong, &parts[..])
            && parts[at].trim().parse::<f64>().is_ok()
        {
            return Err(FormError::OutOfBounds {
                kind,
                text: whole,
                key: ["α", "β"][at],
                value: parts[at].to_owned(),
                bound: "at least 0 and finite".to_owned(),
                suggestion: None,
            });
        }
        Err(FormError::Malformed {
            kind,
            text: whole,
            form: "synthetic:α,β, both at least 0 and finite, or synthetic:iid".to_owned(),
        })
    }
}

/// As it is typed.
impl fmt::Display for Heterogeneity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Iid => f.write_str("iid"),
            Self::Devices { alpha, beta } => write!(f, "{},{}", text_of(*alpha), text_of(*beta)),
        }
    }
}
