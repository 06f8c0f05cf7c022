//! The machine of a recorded run, to run other methods on it.

use std::time::Duration;

use ps_core::JobTimes;
use workers::{Cluster, Latency};

use super::ReplayError;
use crate::job_times::{JobTime, completed};
use crate::{Line, Trace};

impl Trace {
    /// Workers that take the times that this trace recorded, one job after the other: for a run in virtual time that
    /// answers what another method would have done on the same machine. A job that was called off, or took too long, is
    /// given the time that longer ones of its worker took on average.
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
        let mut jobs = vec![Vec::new(); self.header().workers];
        for line in self.lines()? {
            let (worker, job) = match line?.1 {
                Line::Received(received) => {
                    let is_whole = received.action.has_gradient();
                    (received.worker, (received.times, is_whole))
                }
                Line::Added(added) => (added.worker, (added.times, true)),
                _ => continue,
            };
            jobs[worker.index()].push(job);
        }
        let workers = jobs.iter().enumerate();
        let times = workers.map(|(worker, jobs)| latencies(worker, jobs));
        Ok(Cluster::recorded(times.collect::<Result<_, _>>()?)?)
    }
}

/// What the jobs of a worker took, or would have taken if they had come to their end.
fn latencies(worker: usize, jobs: &[(JobTimes, bool)]) -> Result<Vec<Latency>, ReplayError> {
    let busy = |times: &JobTimes| times.finished.saturating_sub(times.started);
    let times: Vec<JobTime> = jobs
        .iter()
        .map(|(times, is_whole)| JobTime {
            time: busy(times),
            is_whole: *is_whole,
        })
        .collect();
    let completed = completed(&times);
    if completed.len() < jobs.len() {
        let given_up = jobs.len();
        return Err(ReplayError::NothingFinished { worker, given_up });
    }
    let latency = |(&(times, is_whole), total): (&(JobTimes, bool), Duration)| {
        let upload = if is_whole {
            times.upload
        } else {
            Duration::ZERO
        };
        Latency {
            download: times.download,
            compute: Some(total.saturating_sub(times.download + upload)),
            upload,
        }
    };
    Ok(jobs.iter().zip(completed).map(latency).collect())
}
