//! The commands.

pub(crate) mod compare;
pub(crate) mod explain;
pub(crate) mod list;
pub(crate) mod replay;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod theory;
pub(crate) mod tune;
mod what_if;

use asgrad::{RunError, Scalar, Session, Summary};

use crate::failure::Failure;
use crate::interrupt::Interrupt;

/// Runs a session that Ctrl-C stops. A run that failed still has a summary; the second value says why it failed.
fn run_session<T: Scalar>(
    session: Session<T>,
    interrupt: &Interrupt,
) -> Result<(Summary<T>, Option<Failure>), Failure> {
    let _registered = interrupt.register(session.stop_handle());
    match session.run() {
        Ok(summary) => Ok((summary, None)),
        Err(RunError::Failed(summary)) => {
            let failure = Failure::failed(&summary.stop_reason);
            Ok((*summary, Some(failure)))
        }
        Err(RunError::Trace { source, summary }) => {
            let message = format!("the trace could not be written to its end: {source}");
            Ok((*summary, Some(Failure::failed(message))))
        }
        Err(error) => Err(error.into()),
    }
}
