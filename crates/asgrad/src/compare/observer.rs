//! Looking on while methods are compared.

use std::any::Any;
use std::path::PathBuf;

use ps_core::Scalar;

use super::{CompareError, Compared, SetupError, Tuned};
use crate::error::ConfigError;
use crate::run_error::RunError;
use crate::session::Session;
use crate::summary::Summary;

/// What a run is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// To try a step size.
    Tuning,
    /// To set the target.
    Aiming,
    /// To be compared.
    Measuring,
}

/// A run that a comparison makes.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Run<'a> {
    /// What it is made for.
    pub stage: Stage,
    /// The method, as it was named.
    pub method: &'a str,
    /// Its step size `γ`.
    pub step_size: f64,
    /// The seed.
    pub seed: u64,
}

impl<'a> Run<'a> {
    pub(super) fn new(stage: Stage, method: &'a str, step_size: f64, seed: u64) -> Self {
        Self {
            stage,
            method,
            step_size,
            seed,
        }
    }

    /// What its trace is called in a folder of traces: `METHOD-seedS.jsonl.gz`, without colons;
    /// `….jsonl` in a program that was built without `compression`.
    pub fn trace_name(&self) -> String {
        // Colons are for no file system.
        let method = self.method.replace(':', "-");
        let ending = if cfg!(feature = "compression") {
            ".gz"
        } else {
            ""
        };
        format!("{method}-seed{}.jsonl{ending}", self.seed)
    }
}

/// Looks on while methods are compared, to show progress, write what there is, or end it. Whoever
/// does not care for something leaves that function out. An error ends the comparison, as
/// [`CompareError::Setup`].
pub trait CompareObserver<T: Scalar = f64>: Sync {
    /// So many runs are about to be made for this.
    fn stage(&mut self, _stage: Stage, _n_runs: u64) {}

    /// A run is about to begin, while tuning several at once. What is returned is dropped when it
    /// has ended.
    fn begins(&self, _run: &Run<'_>, _session: &Session<T>) -> Box<dyn Any> {
        Box::new(())
    }

    /// The step size of a method that was tuned before: it is not tuned again.
    fn known_step_size(&self, _method: &str) -> Option<f64> {
        None
    }

    /// The summary of a run that is compared, if it was made before: it is not made again, and is
    /// passed on as if it had been ([`ran`](Self::ran)).
    fn earlier(&mut self, _run: &Run<'_>) -> Option<Summary<T>> {
        None
    }

    /// A method's step sizes have been tried.
    fn tuned(&mut self, _tuned: &Tuned) {}

    /// Where a run that is compared is to be traced. Default: where the comparison says.
    ///
    /// # Errors
    /// If there can be no such file.
    fn trace(&mut self, _run: &Run<'_>) -> Result<Option<PathBuf>, SetupError> {
        Ok(None)
    }

    /// The trace of the run that is about to begin cannot be made; without an error it runs without
    /// one.
    ///
    /// # Errors
    /// If the comparison is to end. Default: it does.
    fn untraced(&mut self, error: ConfigError) -> Result<(), SetupError> {
        Err(error.into())
    }

    /// A run that is compared has ended, well or not.
    ///
    /// # Errors
    /// If it cannot be taken note of.
    fn ran(&mut self, _summary: &Summary<T>) -> Result<(), SetupError> {
        Ok(())
    }

    /// A run was interrupted, and is not compared.
    ///
    /// # Errors
    /// If it cannot be taken note of.
    fn cut(&mut self, _summary: &Summary<T>) -> Result<(), SetupError> {
        Ok(())
    }

    /// The runs of one more seed have been made: what there is so far.
    ///
    /// # Errors
    /// If it cannot be taken note of.
    fn compared(&mut self, _so_far: &Compared) -> Result<(), SetupError> {
        Ok(())
    }

    /// Whether to make an end. The run that is going on ends when it is stopped
    /// ([`Session::stop_handle`], with [`StopReason::Interrupted`](crate::StopReason)).
    fn is_interrupted(&self) -> bool {
        false
    }
}

/// Nobody.
impl<T: Scalar> CompareObserver<T> for () {}

/// Runs a session to its end. A run that failed still has a summary; the second value says why it
/// failed.
pub(super) fn finish<T: Scalar>(
    session: Session<T>,
    run: &Run<'_>,
    observer: &dyn CompareObserver<T>,
) -> Result<(Summary<T>, Option<String>), CompareError> {
    let _kept = observer.begins(run, &session);
    let error = match session.run() {
        Ok(summary) => return Ok((summary, None)),
        Err(error) => error,
    };
    let fault = error.to_string();
    match error {
        RunError::Failed(summary) | RunError::Trace { summary, .. } => Ok((*summary, Some(fault))),
        RunError::Config(error) => Err(error.into()),
        RunError::Driver { error, .. } => Err(error.into()),
    }
}
