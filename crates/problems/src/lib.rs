//! Objectives and data: what the workers of asgrad compute gradients of.
//!
//! [`ProblemSpec`] makes a problem of what a user says (`digits`, `logistic`, `by-label`, …). What
//! it is made of can be used by itself:
//!
//! - [`EmpiricalRisk`]: `f = (1/n) Σ f_i`, each `f_i` the mean loss of a [`Model`] over one
//!   worker's rows plus a [`Regularizer`]; the models are [`Logistic`], [`Softmax`] and
//!   [`LeastSquares`], each a file that reads like its formula;
//! - [`Quadratic`]: one parabola for each worker, without data;
//! - [`Dataset`]: rows, sparse ([`Csr`]) or dense ([`Dense`]), from [`libsvm`] text, [`csv`], the
//!   [`digits`] that ship, or generated ([`Synthetic`]);
//! - [`Partition`] and [`HoldOut`]: which rows go to whom.
//!
//! Whatever is evaluated in parallel is cut into pieces that depend on the data alone and summed up
//! in their order: the number of threads changes no bit. A gradient allocates nothing once its
//! thread has computed one.
//!
//! # Examples
//! ```
//! use problems::{Batch, ProblemKind, ProblemSpec};
//! use ps_core::{Objective, Seed};
//!
//! let spec = ProblemSpec {
//!     problem: Some(ProblemKind::logistic()),
//!     batch: Batch::Full,
//!     ..ProblemSpec::new("digits".parse()?)
//! };
//! let problem = spec.load::<f64>(10, Seed::new(1))?;
//! let start = vec![0.0; problem.objective.dim()];
//! assert!((problem.objective.loss(&start) - 2.0f64.ln()).abs() < 1e-12);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

mod batch;
mod csr;
#[cfg(feature = "csv")]
pub mod csv;
mod dataset;
mod dense;
#[cfg(feature = "digits")]
pub mod digits;
mod doubt;
mod empirical_risk;
mod file;
mod files;
mod holdout;
mod kind;
mod least_squares;
pub mod libsvm;
mod load_error;
mod loaded;
mod logistic;
mod model;
mod number;
mod partition;
mod problem;
mod problem_error;
mod quadratic;
mod reading;
mod regularizer;
mod request_error;
mod row;
mod rows;
mod sampler;
mod softmax;
mod source;
mod spec;
mod start;
mod synthetic;
#[cfg(test)]
mod testing;
mod weights;

pub use batch::{Batch, BatchError};
pub use csr::{Csr, CsrError, CsrRow};
pub use dataset::{DataHash, Dataset};
pub use dense::Dense;
pub use doubt::Doubt;
pub use empirical_risk::{EmpiricalRisk, NoSuchWorker};
pub use files::Files;
pub use holdout::HoldOut;
pub use kind::{ProblemKind, Risk};
pub use least_squares::LeastSquares;
pub use load_error::{LoadError, Place};
pub use logistic::{Logistic, Side};
pub use model::Model;
pub use partition::{Partition, Shares, Sharing};
pub use problem::Problem;
pub use problem_error::ProblemError;
pub use quadratic::Quadratic;
pub use reading::{HeaderRow, IndexBase, LabelColumn, LabelColumnError, Reading};
pub use regularizer::{Penalty, Regularizer};
pub use request_error::{LabelsError, ReadingError, RequestError, TestDataError};
pub use row::{Row, RowSet};
pub use rows::Rows;
pub use softmax::Softmax;
pub use source::Source;
pub use spec::ProblemSpec;
pub use start::Start;
pub use synthetic::{Heterogeneity, Synthetic};
pub use weights::Weights;
