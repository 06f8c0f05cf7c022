//! A problem by what a user says of it.

mod objective;

use std::sync::Arc;

use ps_core::{Objective, Scalar, Seed, Setting};

use crate::batch::Batch;
use crate::dataset::Dataset;
use crate::files::Files;
use crate::holdout::HoldOut;
use crate::kind::ProblemKind;
use crate::loaded::Loaded;
use crate::partition::Partition;
use crate::problem::Problem;
use crate::problem_error::ProblemError;
use crate::quadratic::Quadratic;
use crate::reading::Reading;
use crate::regularizer::Regularizer;
use crate::request_error::{ReadingError, RequestError, TestDataError};
use crate::source::Source;
use crate::weights::Weights;
use ps_core::form::count;

use objective::Material;

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
    /// The file of rows that accuracy is measured on.
    pub test_data: Option<Source>,
    /// The rows of one gradient.
    pub batch: Batch,
    /// How much each worker counts.
    pub weights: Weights,
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
        if self.centres().is_some() {
            return Ok(Files::default());
        }
        self.check_test_data()?;
        if !self.data.is_file() {
            let of_files = self.reading.given().next().map(|setting| {
                let data = self.data.to_string();
                ReadingError::OnlyOfFiles { setting, data }
            });
            return of_files.map_or(Ok(Files::default()), |error| {
                Err(RequestError::from(error).into())
            });
        }
        // Neither workers nor a seed make a difference to a file.
        let read = |source: &Source| {
            source
                .load(&self.reading, None, 1, Seed::new(0))
                .map(Arc::new)
        };
        let data = read(&self.data)?;
        let test = self.test_data.as_ref().map(read);
        Ok(Files {
            data: Some(data),
            test: test
                .transpose()
                .map_err(|error| error.of(Setting("test-data")))?,
        })
    }

    fn check_test_data(&self) -> Result<(), RequestError> {
        let Some(test) = &self.test_data else {
            return Ok(());
        };
        if self.holdout.is_some() {
            return Err(TestDataError::WithHoldOut.into());
        }
        if !self.data.is_file() || !test.is_file() {
            return Err(TestDataError::NoFile.into());
        }
        if test.is_stream() && *test == self.data {
            let path = test.to_string();
            return Err(TestDataError::OneStream { path }.into());
        }
        Ok(())
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
        let of = Material {
            loaded: &loaded,
            division: &division,
            test: files.test.as_deref(),
        };
        let objective = self.objective(&kind, &of)?;
        Ok(self.problem(kind, objective, &of))
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
            ("data", self.data != Source::default()),
            ("batch-size", self.batch != Batch::default()),
            ("rows", self.rows.is_some()),
            ("partition", self.partition.is_some()),
            ("holdout", self.holdout.is_some()),
            ("test-data", self.test_data.is_some()),
            ("weights", self.weights != Weights::default()),
        ];
        let unused = unused.into_iter().filter(|(_, is_given)| *is_given);
        let unused = unused.map(|(name, _)| Setting(name));
        if let Some(setting) = self.reading.given().chain(unused).next() {
            return Err(RequestError::NoData { setting });
        }
        if centres.len() != workers {
            let centres = centres.len();
            return Err(RequestError::Centres { centres, workers });
        }
        let is_too_large = |centre: &&f64| !T::from_f64(**centre).is_finite();
        if let Some(&centre) = centres.iter().find(is_too_large) {
            let precision = T::NAME;
            return Err(RequestError::TooLargeCentre { precision, centre });
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
            largest_feature: 0.0,
            touched_share: 1.0,
            data_hash: None,
            doubts: Vec::new(),
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

    fn touched_share(&self, data: &Dataset, division: &Division) -> f64 {
        let rows = division.workers.iter().map(Vec::len).max().unwrap_or(0);
        let rows = self.batch.drawn(rows).unwrap_or(rows) as f64;
        let values = data.rows().n_values() as f64 / data.n_rows() as f64;
        (rows * values / data.n_features() as f64).min(1.0)
    }

    fn problem<T: Scalar>(
        &self,
        kind: ProblemKind,
        objective: Arc<dyn Objective<T>>,
        of: &Material<'_>,
    ) -> Problem<T> {
        let (loaded, division) = (of.loaded, of.division);
        let data = &loaded.data;
        let weighted = match self.weights {
            Weights::Workers => "",
            Weights::Rows => ", weighted by rows",
        };
        let unused = match division.unused {
            0 => String::new(),
            rows => format!("; {} nobody has", count(rows, "row")),
        };
        let n_test = of.test.map_or(0, |test| test.data.n_rows());
        let test = self.test_data.as_ref().filter(|_| n_test > 0);
        let test = test.map(|test| format!("; accuracy on {} of {test}", count(n_test, "row")));
        let test = test.unwrap_or_default();
        let description = format!(
            "{kind} + {} on {}{}: {} of {}, {} among {}{weighted}{unused}{test}",
            self.regularizer,
            self.data,
            loaded.remarks(),
            count(data.n_rows(), "row"),
            count(data.n_features(), "feature"),
            division.partition,
            count(division.workers.len(), "worker"),
        );
        let rows_per_worker: Vec<_> = division.workers.iter().map(Vec::len).collect();
        Problem {
            objective,
            kind,
            partition: Some(division.partition.clone()),
            batch: self.batch.among(&rows_per_worker),
            rows_per_worker,
            unused_rows: division.unused,
            held_out_rows: division.held_out.len() + n_test,
            n_features: data.n_features(),
            largest_feature: data.largest_feature(),
            touched_share: self.touched_share(data, division),
            data_hash: Some(data.hash()),
            doubts: loaded.doubts.clone(),
            description,
        }
    }
}

#[cfg(test)]
mod tests;
