//! A problem by what a user says of it.

use std::sync::Arc;

use ps_core::{Objective, Scalar, Seed, Setting};

use crate::batch::Batch;
use crate::dataset::DataHash;
use crate::empirical_risk::EmpiricalRisk;
use crate::files::Files;
use crate::holdout::HoldOut;
use crate::kind::{ProblemKind, Risk};
use crate::least_squares::LeastSquares;
use crate::loaded::Loaded;
use crate::logistic::{Logistic, Side};
use crate::model::Model;
use crate::partition::Partition;
use crate::problem_error::ProblemError;
use crate::quadratic::Quadratic;
use crate::reading::Reading;
use crate::regularizer::Regularizer;
use crate::request_error::RequestError;
use crate::softmax::Softmax;
use crate::source::Source;

/// How many parameters a model may have. A run holds dozens of models.
const MAX_PARAMETERS: usize = 100_000_000;

/// What a user says of a problem; [`load`](Self::load) makes it.
///
/// # Examples
/// ```
/// use problems::{ProblemKind, ProblemSpec};
/// use ps_core::Seed;
///
/// let spec = ProblemSpec::new("digits".parse()?);
/// let problem = spec.load::<f64>(10, Seed::new(1))?;
/// assert_eq!(problem.kind, ProblemKind::softmax());
/// assert_eq!(problem.objective.dim(), 650);
/// assert_eq!(problem.objective.accuracy(&[0.0; 650]), Some(178.0 / 1797.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProblemSpec {
    /// Where the data comes from.
    pub data: Source,
    /// How a file is read.
    pub reading: Reading,
    /// Only the first so many rows. For generated data: so many rows in all.
    pub rows: Option<usize>,
    /// Which problem; by default softmax for digits, generated data and more than two labels that
    /// are text, logistic for a file with two labels, otherwise least squares.
    pub problem: Option<ProblemKind>,
    /// What is added to every `f_i`.
    pub regularizer: Regularizer,
    /// Which rows go to whom; by default by label for digits, otherwise contiguous.
    pub partition: Option<Partition>,
    /// Which share of the rows is set aside to measure accuracy on.
    pub holdout: Option<f64>,
    /// The rows of one gradient.
    pub batch: Batch,
}

/// A problem that is ready to be solved, and what is to be said of it.
#[non_exhaustive]
pub struct Problem<T> {
    /// What is minimised.
    pub objective: Arc<dyn Objective<T>>,
    /// Which kind it is, asked for or by default.
    pub kind: ProblemKind,
    /// How the rows were shared out; nothing without data.
    pub partition: Option<Partition>,
    /// The rows of one gradient, as a number where each worker has so many.
    pub batch: Batch,
    /// How many rows each worker has; 0 without data.
    pub rows_per_worker: Vec<usize>,
    /// How many rows nobody has.
    pub unused_rows: usize,
    /// How many rows only accuracy is measured on.
    pub held_out_rows: usize,
    /// How many features a row has; 0 without data.
    pub n_features: usize,
    /// The fingerprint of the rows used, shared out or not; nothing without data.
    pub data_hash: Option<DataHash>,
    /// The label column that was taken by default and another one whose name says that it has the
    /// labels, if there is one.
    pub other_label: Option<[String; 2]>,
    /// One line for people.
    pub description: String,
}

/// The rows as they are divided up.
struct Division {
    workers: Vec<Vec<usize>>,
    held_out: Vec<usize>,
    unused: usize,
    partition: Partition,
}

ps_core::compiled! {
    fn load<T>(asked: (ProblemSpec, Files, usize, Seed)) -> Result<Problem<T>, ProblemError> {
        asked.0.load_here(&asked.1, asked.2, asked.3)
    }
}

impl ProblemSpec {
    /// A problem with everything else as it is by default.
    pub fn new(data: Source) -> Self {
        Self {
            data,
            ..Self::default()
        }
    }

    /// The problem with its rows shared out among this many workers. Generated data, rows held out
    /// and random partitions follow from the seed.
    ///
    /// # Errors
    /// [`ProblemError::Data`] if a file cannot be read or is malformed; [`ProblemError::Request`]
    /// if the settings do not fit together or do not fit the data.
    pub fn load<T: Scalar>(
        &self,
        n_workers: usize,
        seed: Seed,
    ) -> Result<Problem<T>, ProblemError> {
        self.load_with(&self.read()?, n_workers, seed)
    }

    /// The data files, to make several problems of them.
    ///
    /// # Errors
    /// If a file cannot be read or is malformed, or is not as the settings say.
    pub fn read(&self) -> Result<Files, ProblemError> {
        if self.centres().is_some() || !self.data.is_file() {
            return Ok(Files::default());
        }
        // Neither workers nor a seed make a difference to a file.
        let data = self.data.load(&self.reading, None, 1, Seed::new(0))?;
        Ok(Files {
            data: Some(Arc::new(data)),
        })
    }

    /// The same as [`load`](Self::load), of files that this spec has [read](Self::read).
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_with<T: Scalar>(
        &self,
        files: &Files,
        n_workers: usize,
        seed: Seed,
    ) -> Result<Problem<T>, ProblemError> {
        load((self.clone(), files.clone(), n_workers, seed))
    }

    fn load_here<T: Scalar>(
        &self,
        files: &Files,
        n_workers: usize,
        seed: Seed,
    ) -> Result<Problem<T>, ProblemError> {
        if let Some(centres) = self.centres() {
            return Ok(self.quadratic(centres, n_workers)?);
        }
        let loaded = self.loaded(files, n_workers, seed)?;
        let division = self.divide(loaded.data.labels(), n_workers, seed)?;
        let kind = self.kind(&loaded);
        let objective = self.objective(&kind, &loaded, &division)?;
        Ok(self.problem(kind, objective, &loaded, &division))
    }

    /// The data, or their first rows.
    fn loaded(
        &self,
        files: &Files,
        n_workers: usize,
        seed: Seed,
    ) -> Result<Arc<Loaded>, ProblemError> {
        let load = || self.data.load(&self.reading, self.rows, n_workers, seed);
        let loaded = match &files.data {
            Some(read) => Arc::clone(read),
            None => Arc::new(load()?),
        };
        match self.rows {
            Some(rows) if !matches!(self.data, Source::Synthetic(_)) => {
                Ok(Arc::new(loaded.first(rows)?))
            }
            _ => Ok(loaded),
        }
    }

    /// Number of centres of a quadratic: of as many workers it is a problem.
    pub fn n_centres(&self) -> Option<usize> {
        self.centres().map(|centres| centres.len())
    }

    fn centres(&self) -> Option<Vec<f64>> {
        self.problem.as_ref()?.centres()
    }

    fn quadratic<T: Scalar>(
        &self,
        centres: Vec<f64>,
        workers: usize,
    ) -> Result<Problem<T>, RequestError> {
        let unused = [
            ("label", self.reading.label.is_some()),
            ("header", self.reading.header.is_some()),
            ("index-base", self.reading.index_base.is_some()),
            ("rows", self.rows.is_some()),
            ("partition", self.partition.is_some()),
            ("holdout", self.holdout.is_some()),
        ];
        if let Some((name, _)) = unused.into_iter().find(|(_, is_given)| *is_given) {
            let setting = Setting(name);
            return Err(RequestError::NoData { setting });
        }
        if centres.len() != workers {
            let centres = centres.len();
            return Err(RequestError::Centres { centres, workers });
        }
        let objective = Quadratic::new(&centres).regularizer(self.regularizer.clone());
        let kind = ProblemKind::quadratic(centres);
        Ok(Problem {
            objective: Arc::new(objective),
            description: format!("{kind} + {}", self.regularizer),
            kind,
            partition: None,
            batch: self.batch.among(&[]),
            rows_per_worker: vec![0; workers],
            unused_rows: 0,
            held_out_rows: 0,
            n_features: 0,
            data_hash: None,
            other_label: None,
        })
    }

    fn divide(
        &self,
        labels: &[f64],
        n_workers: usize,
        seed: Seed,
    ) -> Result<Division, RequestError> {
        let sides = HoldOut::draw(self.holdout.unwrap_or(0.0), labels.len(), seed)?;
        let default = || match self.data {
            Source::Digits => Partition::by_label(),
            _ => Partition::contiguous(),
        };
        let partition = self.partition.clone().unwrap_or_else(default);
        let labels: Vec<f64> = sides.training.iter().map(|&row| labels[row]).collect();
        let mut shares = partition.share_out(&labels, n_workers, seed)?;
        for row in shares.workers.iter_mut().flatten() {
            *row = sides.training[*row];
        }
        Ok(Division {
            workers: shares.workers,
            held_out: sides.held_out,
            unused: shares.unused,
            partition,
        })
    }

    fn kind(&self, loaded: &Loaded) -> ProblemKind {
        let default = || match &loaded.classes[..] {
            _ if !self.data.is_file() => ProblemKind::softmax(),
            [_, _] => ProblemKind::logistic(),
            _ if !loaded.names.is_empty() => ProblemKind::softmax(),
            _ => ProblemKind::least_squares(),
        };
        self.problem.clone().unwrap_or_else(default)
    }

    fn objective<T: Scalar>(
        &self,
        kind: &ProblemKind,
        loaded: &Loaded,
        division: &Division,
    ) -> Result<Arc<dyn Objective<T>>, RequestError> {
        match kind.entry().what {
            Risk::Softmax => {
                let labels = classes(loaded)?;
                self.risk(
                    Softmax::new(loaded.classes.len()),
                    &labels,
                    loaded,
                    division,
                )
            }
            Risk::Logistic => {
                let labels = self.sides(loaded)?;
                self.risk(Logistic, &labels, loaded, division)
            }
            Risk::LeastSquares if !loaded.names.is_empty() => Err(RequestError::TextLabels),
            Risk::LeastSquares => self.risk(LeastSquares, loaded.data.labels(), loaded, division),
            Risk::Quadratic => unreachable!("it has no data to load"),
        }
    }

    fn risk<T: Scalar, M: Model>(
        &self,
        model: M,
        labels: &[M::Label],
        loaded: &Loaded,
        division: &Division,
    ) -> Result<Arc<dyn Objective<T>>, RequestError> {
        let rows = loaded.data.rows();
        let parameters = model.n_outputs().saturating_mul(rows.n_columns());
        if parameters > MAX_PARAMETERS {
            let most = MAX_PARAMETERS;
            return Err(RequestError::TooManyParameters { parameters, most });
        }
        let risk = EmpiricalRisk::new(model, rows, labels, &division.workers)?
            .regularizer(self.regularizer.clone())
            .batch(self.batch)?
            .held_out(rows, labels, &division.held_out);
        Ok(Arc::new(risk))
    }

    /// Of two labels the larger is +1; of the digits, those from 5.
    fn sides(&self, loaded: &Loaded) -> Result<Vec<Side>, RequestError> {
        let first_positive = match (&self.data, &loaded.classes[..]) {
            (Source::Digits, _) => 5.0,
            (_, &[_, larger]) => larger,
            (_, classes) => {
                let labels = classes.len();
                return Err(RequestError::NotBinary { labels });
            }
        };
        let side = |label: &f64| {
            if *label >= first_positive {
                Side::Positive
            } else {
                Side::Negative
            }
        };
        Ok(loaded.data.labels().iter().map(side).collect())
    }

    fn problem<T: Scalar>(
        &self,
        kind: ProblemKind,
        objective: Arc<dyn Objective<T>>,
        loaded: &Loaded,
        division: &Division,
    ) -> Problem<T> {
        let data = &loaded.data;
        let unused = match division.unused {
            0 => String::new(),
            1 => "; 1 row nobody has".to_owned(),
            rows => format!("; {rows} rows nobody has"),
        };
        let description = format!(
            "{kind} + {} on {}{}: {} rows of {} features, {} among {} workers{unused}",
            self.regularizer,
            self.data,
            loaded.remarks(),
            data.n_rows(),
            data.n_features(),
            division.partition,
            division.workers.len(),
        );
        let rows_per_worker: Vec<_> = division.workers.iter().map(Vec::len).collect();
        Problem {
            objective,
            kind,
            partition: Some(division.partition.clone()),
            batch: self.batch.among(&rows_per_worker),
            rows_per_worker,
            unused_rows: division.unused,
            held_out_rows: division.held_out.len(),
            n_features: data.n_features(),
            data_hash: Some(data.hash()),
            other_label: loaded.other_label.clone(),
            description,
        }
    }
}

/// Each label by its position among the classes.
fn classes(loaded: &Loaded) -> Result<Vec<u32>, RequestError> {
    const LIMIT: usize = 1000;
    let labels = loaded.classes.len();
    if let Some(&label) = loaded.classes.iter().find(|label| label.fract() != 0.0) {
        return Err(RequestError::NotAClass { label });
    }
    if !(2..=LIMIT).contains(&labels) {
        let limit = LIMIT;
        return Err(RequestError::Classes { labels, limit });
    }
    let position = |label: &f64| {
        let below = |class: &f64| class.total_cmp(label).is_lt();
        let position = loaded.classes.partition_point(below);
        u32::try_from(position).expect("there are few classes")
    };
    Ok(loaded.data.labels().iter().map(position).collect())
}

ps_core::debug_fields!([T] Problem<T>: description, rows_per_worker, unused_rows, held_out_rows, data_hash);

#[cfg(test)]
mod tests;
