//! The workers that are asked for: how many, and how fast.

use std::path::Path;
use std::time::Duration;

use asgrad::problems::ProblemKind;
use asgrad::{Cluster, MAX_WORKERS};

use crate::args::{Options, WorkerOptions};
use crate::failure::Failure;
use crate::values::{ComputeTimes, ProblemChoice, Speeds};

/// How many workers there are if nothing says so.
const DEFAULT_WORKERS: usize = 10;

const DEFAULT_UNIT: Duration = Duration::from_millis(1);

/// The cluster under the first of the laws that are asked for.
pub(crate) fn first(options: &Options) -> Result<Cluster, Failure> {
    let workers = &options.workers;
    let given = workers.speeds().given()?;
    let mut measured = None;
    for path in workers.compute.iter().filter_map(ComputeTimes::file) {
        measured = Some(read(path)?.n_workers());
    }
    let all_measured = workers.compute.iter().all(|times| times.file().is_some());
    let unused = [
        ("--speeds", workers.speeds.as_ref().map(Speeds::to_string)),
        ("--unit", workers.unit.map(|unit| format!("{unit:?}"))),
    ];
    for (option, value) in unused {
        if let Some(value) = value.filter(|_| all_measured) {
            return Err(Failure::request(format!(
                "{option} {value}: the times in the file of --compute say how fast the workers are; leave it out"
            )));
        }
    }
    let centres = match &options.problem.problem {
        Some(ProblemChoice::Kind(ProblemKind::Quadratic(centres))) => Some(centres.len()),
        _ => None,
    };
    let implied = given.as_ref().map(Vec::len).or(measured).or(centres);
    let n_workers = workers.workers.or(implied).unwrap_or(DEFAULT_WORKERS);
    if n_workers > MAX_WORKERS {
        let message = format!("--workers {n_workers}: at most {MAX_WORKERS}");
        return Err(Failure::request(message));
    }
    if let Some(given) = given.as_ref().filter(|given| given.len() != n_workers) {
        let given = given.len();
        return Err(Failure::request(format!(
            "--speeds has {given} numbers for --workers {n_workers}"
        )));
    }
    let fixed = ComputeTimes::default();
    under(
        workers,
        n_workers,
        workers.compute.first().unwrap_or(&fixed),
    )
}

/// So many workers whose computations take these times.
pub(crate) fn under(
    workers: &WorkerOptions,
    n_workers: usize,
    compute: &ComputeTimes,
) -> Result<Cluster, Failure> {
    let cluster = match compute {
        ComputeTimes::Drawn(law) => {
            let given = workers.speeds().given()?;
            let speeds = given.unwrap_or_else(|| workers.speeds().by_formula(n_workers));
            let unit = workers.unit.unwrap_or(DEFAULT_UNIT);
            let cluster = Cluster::new(speeds, unit).map_err(Failure::request)?;
            cluster.compute(*law)
        }
        ComputeTimes::Measured(path) => {
            let cluster = read(path)?;
            let measured = cluster.n_workers();
            if measured != n_workers {
                return Err(Failure::request(format!(
                    "--compute {compute}: it has times of {measured} workers, and there are {n_workers}"
                )));
            }
            cluster
        }
    };
    let cluster = cluster.download(workers.download).upload(workers.upload);
    let slowdowns = workers.slowdown.iter().flat_map(|slowdowns| &slowdowns.0);
    Ok(slowdowns.fold(cluster, |cluster, &slowdown| cluster.slowdown(slowdown)))
}

fn read(path: &Path) -> Result<Cluster, Failure> {
    let refuse = |error| Failure::failed(format!("--compute: {error}"));
    Cluster::measured(path).map_err(refuse)
}
