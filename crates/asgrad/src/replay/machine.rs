//! The machine of a recorded run, to run other methods on it.

use workers::{Cluster, Latency};

use super::ReplayError;
use crate::{Line, Trace};

impl Trace {
    /// Workers that take the times that this trace recorded, one job after the other: for a run in virtual time that
    /// answers what another method would have done on the same machine.
    ///
    /// # Errors
    /// If the trace cannot be read, or a worker finished no job in it, or none that took any time.
    ///
    /// # Examples
    /// ```
    /// use asgrad::prelude::*;
    /// use asgrad::Trace;
    ///
    /// let path = std::env::temp_dir().join("asgrad-doc-machine.jsonl");
    /// let oracle = || from_fn(1, |job, x: &[f64], out: &mut [f64]| {
    ///     out[0] = x[0] - job.worker().index() as f64;
    /// });
    /// let recorded = Experiment::new(oracle()).workers(2).method("minibatch").updates(500);
    /// let recorded = recorded.trace(&path).run()?;
    /// let other = Experiment::new(oracle())
    ///     .method("pure")
    ///     .cluster(Trace::open(&path)?.cluster()?)
    ///     .clock(Clock::Virtual)
    ///     .seconds(std::time::Duration::from_secs_f64(recorded.seconds))
    ///     .run()?;
    /// println!("{} updates instead of {}", other.updates, recorded.updates);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cluster(&self) -> Result<Cluster, ReplayError> {
        let mut times = vec![Vec::new(); self.header().workers];
        for line in self.lines()? {
            let (worker, run) = match line?.1 {
                // A job that was given up does not say how long it would have taken.
                Line::Received(received) if received.action.has_gradient() => {
                    (received.worker, received.times)
                }
                Line::Added(added) => (added.worker, added.times),
                _ => continue,
            };
            let busy = run.finished.saturating_sub(run.started);
            times[worker.index()].push(Latency {
                download: run.download,
                compute: Some(busy.saturating_sub(run.download + run.upload)),
                upload: run.upload,
            });
        }
        Ok(Cluster::recorded(times)?)
    }
}
