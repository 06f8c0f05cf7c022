//! Runs of problems that the library knows: a spec is enough to make them.

use std::io::ErrorKind;
use std::sync::Arc;

use problems::{Files, Problem, ProblemSpec};
use ps_core::{Scalar, Seed};
use trace::{RunSpec, Trace, TraceError};
use workers::{Cluster, ClusterSpec, ComputeTimes};

use super::Experiment;
use super::build::bounded;
use crate::data_facts::DataFacts;
use crate::error::ConfigError;
use crate::warning::Warning;

impl<T: Scalar> Experiment<T> {
    /// The run that a spec says, whose problem the library knows; its data are loaded.
    ///
    /// # Errors
    /// If the problem is one of the user's own, or its data cannot be loaded.
    ///
    /// # Examples
    /// ```
    /// use asgrad::prelude::*;
    ///
    /// let mut spec = RunSpec::default();
    /// for (setting, text) in [("data", "digits"), ("method", "shuffled"), ("workers", "10"), ("updates", "50")] {
    ///     spec.set(setting, text)?;
    /// }
    /// let summary = Experiment::<f64>::of(spec)?.run()?;
    /// assert_eq!(summary.updates, 50);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of(mut spec: RunSpec) -> Result<Self, ConfigError> {
        spec.workers = Some(n_workers(&spec)?);
        let problem = load(&spec)?;
        Ok(Self::on(spec, problem.as_ref()))
    }

    /// The run that a spec says, with its problem loaded before; `None`: the schedule alone.
    pub fn on(spec: RunSpec, problem: Option<&Arc<Problem<T>>>) -> Self {
        let mut experiment = match problem {
            Some(problem) => Self::with_objective(Arc::clone(&problem.objective)),
            None => Self::schedule_only(),
        };
        experiment.spec = spec;
        let Some(problem) = problem else {
            return experiment;
        };
        if let Some(asked) = &mut experiment.spec.problem {
            asked.problem = Some(problem.kind.clone());
            asked.batch = problem.batch;
            asked.partition = problem.partition.clone().or(asked.partition.take());
        }
        let unused = problem.unused_rows;
        experiment.data = DataFacts {
            unused_rows: unused,
            largest_feature: problem.largest_feature,
            touched_share: problem.touched_share,
        };
        let rows = problem.rows_per_worker.iter().sum::<usize>() + unused;
        if 100 * unused > rows {
            let warning = Warning::UnusedRows { unused, rows };
            experiment.warnings.push(warning);
        }
        let doubts = problem.doubts.iter().cloned().map(Warning::Data);
        experiment.warnings.extend(doubts);
        experiment
            .describe("data_hash", problem.data_hash.map(|hash| hash.to_string()))
            .describe("rows_per_worker", problem.rows_per_worker.clone())
            .describe("largest_feature", problem.largest_feature)
    }
}

/// The problem of a spec; `None` if only its schedule is run.
///
/// # Errors
/// If the problem is one of the user's own, or its data cannot be loaded.
pub fn load<T: Scalar>(spec: &RunSpec) -> Result<Option<Arc<Problem<T>>>, ConfigError> {
    match known_problem(spec)? {
        Some(_) => load_with(spec, &read_data(spec)?),
        None => Ok(None),
    }
}

/// The data files of a spec, to load problems of them for several seeds.
///
/// # Errors
/// As [`load`].
pub fn read_data(spec: &RunSpec) -> Result<Files, ConfigError> {
    match known_problem(spec)? {
        Some(problem) => Ok(problem.read()?),
        None => Ok(Files::default()),
    }
}

/// The problem of a spec, of files that were [read](read_data) before.
///
/// # Errors
/// As [`load`].
pub fn load_with<T: Scalar>(
    spec: &RunSpec,
    files: &Files,
) -> Result<Option<Arc<Problem<T>>>, ConfigError> {
    let Some(problem) = known_problem(spec)? else {
        return Ok(None);
    };
    let n_workers = n_workers(spec)?;
    let loaded = problem.load_with(files, n_workers, Seed::new(spec.seed))?;
    Ok(Some(Arc::new(loaded)))
}

/// What a spec says of its problem; `None` if only its schedule is run.
fn known_problem(spec: &RunSpec) -> Result<Option<&ProblemSpec>, ConfigError> {
    if spec.is_schedule {
        return Ok(None);
    }
    let problem = spec.problem.as_ref().ok_or_else(|| ConfigError::OwnPart {
        name: "own:problem".to_owned(),
    })?;
    Ok(Some(problem))
}

/// Number of workers of a spec whose problem the library knows: as asked for, or as many as the
/// times or centres are of, or ten.
///
/// # Errors
/// If a file of times cannot be read, or there are none or too many.
pub fn n_workers(spec: &RunSpec) -> Result<usize, ConfigError> {
    const DEFAULT_WORKERS: usize = 10;
    let n_workers = match spec.workers {
        Some(asked) => asked,
        None => {
            let of_centres = || spec.problem.as_ref()?.n_centres();
            let of_times = n_workers_of_times(&spec.cluster)?;
            of_times.or_else(of_centres).unwrap_or(DEFAULT_WORKERS)
        }
    };
    bounded(n_workers)
}

/// The latency model of this many workers. Measured times may be those of a trace.
///
/// # Errors
/// If a file cannot be read, or is of another number of workers, or the times make no sense.
pub fn cluster(spec: &ClusterSpec, n_workers: usize) -> Result<Cluster, ConfigError> {
    let cluster = match recorded(spec)? {
        Some(recorded) => spec.with_times_of(recorded, n_workers),
        None => spec.cluster(n_workers),
    };
    Ok(cluster?)
}

/// Number of workers that the times are of, where they say so.
pub(super) fn n_workers_of_times(spec: &ClusterSpec) -> Result<Option<usize>, ConfigError> {
    match recorded(spec)? {
        Some(recorded) => Ok(Some(recorded.n_workers())),
        None => Ok(spec.n_workers()?),
    }
}

/// The workers of the trace that measured times are in, if it is one.
fn recorded(spec: &ClusterSpec) -> Result<Option<Cluster>, ConfigError> {
    let ComputeTimes::Measured(path) = &spec.compute else {
        return Ok(None);
    };
    match Trace::cluster_in(path) {
        // Whoever reads a table says what cannot be read.
        Err(TraceError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => Ok(None),
        found => found.map_err(|source| ConfigError::RecordedTimes {
            path: path.clone(),
            source,
        }),
    }
}
