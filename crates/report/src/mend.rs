//! Traces that lack what can be made again.

use trace::Trace;

/// Gives a trace evaluations that its run was killed before it made, if it can.
pub type Mend<'a> = &'a dyn Fn(&Trace) -> Option<Trace>;
