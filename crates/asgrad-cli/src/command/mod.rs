//! The commands.

pub(crate) mod advise;
pub(crate) mod compare;
pub(crate) mod completions;
mod curve;
pub(crate) mod explain;
mod forecast;
pub(crate) mod list;
pub(crate) mod man;
mod print_config;
pub(crate) mod replay;
pub(crate) mod report;
pub(crate) mod run;
mod scaling;
pub(crate) mod theory;
pub(crate) mod tune;
mod watch;
mod what_if;

use std::path::Path;
use std::{fs, io};

use asgrad::trace::TraceError;
use asgrad::{RunError, Scalar, Session, Snapshot, Summary, Trace};

use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::study_of;

/// The trace of this path; `-` is standard input.
fn opened(path: &Path) -> Result<Trace, Failure> {
    let trace = if path == Path::new("-") {
        Trace::take("standard input", io::stdin().lock())
    } else {
        Trace::open(path)
    };
    trace.map_err(|error| unread(&error))
}

/// Why a trace is not read; of one that is gone from a study, what to do about it.
fn unread(error: &TraceError) -> Failure {
    let failure = Failure::failed(error);
    let study = match error {
        TraceError::Io { path, source } if source.kind() == io::ErrorKind::NotFound => {
            study_of(path)
        }
        _ => None,
    };
    match study {
        Some(command) => failure.hint(&format!(
            "it was of a study, which is completed when it is asked for again: `{command}`"
        )),
        None => failure,
    }
}

/// Refuses to write over a file that is read.
fn refuse_overwriting(option: &str, file: &Path, read: &[&Path]) -> Result<(), Failure> {
    let canonical = |path: &Path| fs::canonicalize(path).ok();
    let overwrites =
        |read: &&&Path| canonical(file).is_some_and(|file| canonical(read) == Some(file));
    match read.iter().find(overwrites) {
        None => Ok(()),
        Some(read) => Err(Failure::request(format!(
            "{option} {}: it would be written over {}, which is read; name another file",
            file.display(),
            read.display()
        ))),
    }
}

/// Refuses what is there twice: one would be written over the other.
fn refuse_twice(option: &str, values: impl Iterator<Item = String>) -> Result<(), Failure> {
    let mut known = Vec::new();
    for value in values {
        if known.contains(&value) {
            return Err(Failure::request(format!(
                "{option}: {value} is there twice; leave one out"
            )));
        }
        known.push(value);
    }
    Ok(())
}

/// What a file says of a model beside its numbers, where it can.
fn about_model<T: Scalar>(
    model: &Snapshot<T>,
    method: &str,
    seed: u64,
) -> [(&'static str, String); 3] {
    [
        ("method", method.to_owned()),
        ("seed", seed.to_string()),
        ("version", model.version().to_string()),
    ]
}

/// Runs a session that Ctrl-C stops, and keeps its last model however it ends. A run that failed
/// still has a summary; the second value says why it failed.
fn run_session<T: Scalar>(
    session: Session<T>,
    interrupt: &Interrupt,
    keep: impl FnOnce(&Snapshot<T>),
) -> Result<(Summary<T>, Option<Failure>), Failure> {
    let _registered = interrupt.register(session.stop_handle());
    let ended = session.run();
    let model = match &ended {
        Ok(summary) => Some(&summary.model),
        Err(error) => error.model(),
    };
    model.map(keep);
    match ended {
        Ok(summary) => {
            let loss = summary.loss.filter(|loss| !loss.is_finite());
            let failure = loss.map(|loss| {
                Failure::failed(format!(
                    "the loss ended at {loss}, which is no finite number"
                ))
            });
            Ok((summary, failure))
        }
        Err(RunError::Failed(summary)) => {
            let failure = Failure::failed(&summary.stop_reason);
            Ok((*summary, Some(failure)))
        }
        Err(error @ RunError::Trace { .. }) => {
            let failure = Failure::failed(&error);
            match error {
                RunError::Trace { summary, .. } => Ok((*summary, Some(failure))),
                _ => Err(failure),
            }
        }
        Err(error) => Err(error.into()),
    }
}
