//! The objective of a request, made of its data.

use std::sync::Arc;

use ps_core::{Objective, Scalar};

use super::{Division, ProblemSpec};
use crate::empirical_risk::EmpiricalRisk;
use crate::kind::{ProblemKind, Risk};
use crate::least_squares::LeastSquares;
use crate::load_error::LoadError;
use crate::loaded::Loaded;
use crate::logistic::{Logistic, Side};
use crate::model::Model;
use crate::problem_error::ProblemError;
use crate::request_error::{LabelsError, RequestError, TestDataError};
use crate::row::{Row, RowSet};
use crate::rows::{Rows, with_rows};
use crate::softmax::Softmax;
use crate::source::Source;

/// How many parameters a model may have. A run holds dozens of models.
const MAX_PARAMETERS: usize = 100_000_000;

/// What an objective is made of.
pub(super) struct Material<'a> {
    pub(super) loaded: &'a Loaded,
    pub(super) division: &'a Division,
    /// Rows of a file of their own, to measure accuracy on.
    pub(super) test: Option<&'a Loaded>,
}

impl ProblemSpec {
    pub(super) fn kind(&self, loaded: &Loaded) -> ProblemKind {
        let default = || match &loaded.classes[..] {
            _ if !self.data.is_file() => ProblemKind::softmax(),
            [_, _] => ProblemKind::logistic(),
            _ if !loaded.names.is_empty() => ProblemKind::softmax(),
            _ => ProblemKind::least_squares(),
        };
        self.problem.clone().unwrap_or_else(default)
    }

    pub(super) fn objective<T: Scalar>(
        &self,
        kind: &ProblemKind,
        of: &Material<'_>,
    ) -> Result<Arc<dyn Objective<T>>, ProblemError> {
        let loaded = of.loaded;
        match kind.entry().what {
            Risk::Softmax => {
                check_classes(&loaded.classes)?;
                let model = Softmax::new(loaded.classes.len());
                self.risk(model, |label| position(&loaded.classes, label), of)
            }
            Risk::Logistic => {
                let first_positive = self.first_positive(loaded)?;
                let side = |label| match label >= first_positive {
                    true => Side::Positive,
                    false => Side::Negative,
                };
                self.risk(Logistic, side, of)
            }
            Risk::LeastSquares if !loaded.names.is_empty() => {
                Err(RequestError::from(LabelsError::Text).into())
            }
            Risk::LeastSquares if of.test.is_some() => {
                Err(RequestError::from(TestDataError::NoAccuracy).into())
            }
            Risk::LeastSquares => self.risk(LeastSquares, |label| label, of),
            Risk::Quadratic => unreachable!("it has no data to load"),
        }
    }

    fn risk<T: Scalar, M: Model>(
        &self,
        model: M,
        meaning: impl Fn(f64) -> M::Label,
        of: &Material<'_>,
    ) -> Result<Arc<dyn Objective<T>>, ProblemError> {
        let rows = of.loaded.data.rows();
        let parameters = model.n_outputs().saturating_mul(rows.n_columns());
        if parameters > MAX_PARAMETERS {
            let most = MAX_PARAMETERS;
            return Err(RequestError::TooManyParameters { parameters, most }.into());
        }
        check_size::<T>(of.loaded)?;
        let labels = of.loaded.data.labels().iter().copied();
        let labels: Vec<M::Label> = labels.map(&meaning).collect();
        let risk = EmpiricalRisk::new(model, rows, &labels, &of.division.workers)?
            .regularizer(self.regularizer.clone())
            .weights(self.weights)
            .batch(self.batch)?;
        let Some(test) = of.test else {
            return Ok(Arc::new(risk.held_out(
                rows,
                &labels,
                &of.division.held_out,
            )));
        };
        check_size::<T>(test)?;
        let rows = same_features(test, rows.n_columns())?;
        let labels = same_labels(test, of.loaded)?.into_iter();
        let labels: Vec<M::Label> = labels.map(&meaning).collect();
        let all: Vec<usize> = (0..labels.len()).collect();
        Ok(Arc::new(risk.held_out(&rows, &labels, &all)))
    }

    /// Of two labels the larger is +1; of the digits, those from 5.
    fn first_positive(&self, loaded: &Loaded) -> Result<f64, RequestError> {
        match (&self.data, &loaded.classes[..]) {
            (Source::Digits, _) => Ok(5.0),
            (_, &[_, larger]) => Ok(larger),
            (_, classes) => {
                let labels = classes.len();
                Err(LabelsError::NotBinary { labels }.into())
            }
        }
    }
}

fn check_classes(classes: &[f64]) -> Result<(), RequestError> {
    const LIMIT: usize = 1000;
    let labels = classes.len();
    if let Some(&label) = classes.iter().find(|label| label.fract() != 0.0) {
        return Err(LabelsError::NotAClass { label }.into());
    }
    if !(2..=LIMIT).contains(&labels) {
        let limit = LIMIT;
        return Err(LabelsError::Classes { labels, limit }.into());
    }
    Ok(())
}

/// The position of a label among the classes.
fn position(classes: &[f64], label: f64) -> u32 {
    let position = classes.partition_point(|class| class.total_cmp(&label).is_lt());
    u32::try_from(position).expect("there are few classes")
}

/// Refuses a feature that is finite as it was read and infinite as a number of the run's type.
fn check_size<T: Scalar>(loaded: &Loaded) -> Result<(), RequestError> {
    let Some(origin) = &loaded.origin else {
        return Ok(());
    };
    let mut found = None;
    with_rows!(loaded.data.rows(), rows => {
        for row in 0..rows.n_rows() {
            rows.row(row).for_each(|column, value| {
                if found.is_none() && !T::from_f64(value).to_f64().is_finite() {
                    found = Some((row, column, value));
                }
            });
        }
    });
    found.map_or(Ok(()), |(row, column, value)| {
        Err(RequestError::TooLargeFeature {
            precision: T::NAME,
            path: origin.path.clone(),
            line: origin.lines[row],
            feature: column + 1,
            value,
        })
    })
}

/// The rows of a test file with as many columns as the training rows have. What sparse rows do not
/// mention is 0, so that these may have fewer.
fn same_features(test: &Loaded, expected: usize) -> Result<Rows<f64>, RequestError> {
    let found = test.data.n_features();
    match test.data.rows() {
        Rows::Sparse(rows) if found <= expected => Ok(rows.widened(expected).into()),
        Rows::Dense(rows) if found == expected => Ok(rows.clone().into()),
        _ => Err(TestDataError::Features { found, expected }.into()),
    }
}

/// The labels of a test file as the training data number them.
fn same_labels(test: &Loaded, training: &Loaded) -> Result<Vec<f64>, LoadError> {
    let mut numbered = Vec::with_capacity(test.data.n_rows());
    for (row, &label) in test.data.labels().iter().enumerate() {
        let name = test.names.get(position(&test.classes, label) as usize);
        let known = match (name, training.names.is_empty()) {
            (None, true) => {
                let classes = &training.classes;
                let class = classes.binary_search_by(|class| class.total_cmp(&label));
                class.ok().map(|class| classes[class])
            }
            (Some(name), false) => {
                let class = training.names.binary_search(name);
                class.ok().map(|class| class as f64)
            }
            _ => None,
        };
        let unknown = || LoadError::UnknownLabel {
            place: test.place_of_label(row),
            label: name.cloned().unwrap_or_else(|| label.to_string()),
        };
        numbered.push(known.ok_or_else(unknown)?);
    }
    Ok(numbered)
}
