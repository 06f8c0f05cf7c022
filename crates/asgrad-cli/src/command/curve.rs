//! The loss curve of a run that was killed: made again by a replay.

use asgrad::Trace;
use asgrad::problems::Source;
use asgrad::replay;

use crate::progress::Progress;

/// The trace with its evaluations made again, if it can be replayed; says so, or why not. The
/// trace was cut, and has none.
pub(super) fn again(trace: &Trace, data: Option<&Source>, progress: &Progress) -> Option<Trace> {
    let name = trace.path().display();
    if trace.header().spec.is_schedule {
        return None;
    }
    match replay::evaluated(trace, data.cloned()) {
        Ok(trace) => {
            progress.note(format_args!(
                "{name} was cut before its versions were evaluated: its loss curve was made by replaying it"
            ));
            Some(trace)
        }
        Err(error) => {
            progress.note(format_args!(
                "{name} was cut before its versions were evaluated, and has no loss curve: {error:#}"
            ));
            None
        }
    }
}
