//! What a method is: a state machine without floats.

use std::fmt::Debug;

use ps_core::WorkerId;

use crate::arrival::{Arrival, Gradient};
use crate::server::Server;

/// A rule of asynchronous SGD: what happens to a gradient, and who computes next.
///
/// It never sees a component of the model, a clock, a lock or a channel, so the same lines run on
/// threads, in virtual time and from a recording. `docs/write-your-own-method.md` takes one of
/// forty lines from its pseudo-code to its tests.
pub trait Method: Send + Debug {
    /// The first jobs are a decision too.
    fn start(&mut self, server: &mut Server<'_>);

    /// A gradient has arrived. Step with it, hold it, or drop it; then assign jobs. They go out
    /// after this call, at the version that is the newest by then.
    fn on_gradient(&mut self, arrival: &Arrival, gradient: Gradient<'_>, server: &mut Server<'_>);

    /// A job that was assigned with a limit has come back without a gradient, because it took too
    /// long. Default: nothing.
    fn on_expired(&mut self, _job: &Arrival, _server: &mut Server<'_>) {}

    /// A worker is lost and its jobs with it. During this call `server.outstanding(worker)` still
    /// tells how many those were; assigning to it does nothing.
    fn on_worker_lost(&mut self, worker: WorkerId, server: &mut Server<'_>);
}
