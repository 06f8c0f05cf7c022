//! The machine of a recorded run, to run other methods on it.

use std::fs;
use std::io::BufRead;
use std::path::Path;
use std::time::Duration;

use ps_core::JobTimes;
use workers::{Cluster, Latency};

use crate::compression;
use crate::error::TraceError;
use crate::read::Trace;
use crate::recorded_jobs::RecordedJobs;

impl Trace {
    /// Workers that take the times that this trace recorded, one job after the other: for a run in
    /// virtual time that answers what another method would have done on the same machine. A job
    /// that was cancelled or expired is given the time that longer ones of its worker took on
    /// average.
    ///
    /// # Errors
    /// If the trace cannot be read or was altered, or a worker finished no job in it, or none that
    /// took any time.
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
    ///     .time_limit(std::time::Duration::from_secs_f64(recorded.seconds))
    ///     .run()?;
    /// println!("{} updates instead of {}", other.updates, recorded.updates);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cluster(&self) -> Result<Cluster, TraceError> {
        let mut recorded = RecordedJobs::new(self.header().workers());
        let mut lines = self.lines()?;
        while let Some(line) = lines.next() {
            recorded.take(&line?.1);
            if let Some(line) = lines.altered() {
                return Err(TraceError::AlteredMachine { line });
            }
        }
        let counts = recorded.counts();
        let times = recorded.completed();
        for (worker, (times, &jobs)) in times.iter().zip(&counts).enumerate() {
            if times.is_empty() && jobs > 0 {
                return Err(TraceError::NothingFinished { worker, jobs });
            }
        }
        let times = times.into_iter().map(|jobs| jobs.into_iter().map(latency));
        Ok(Cluster::recorded(times.map(Iterator::collect).collect())?)
    }

    /// The same of the trace in this file; none if the file is there and is no trace: its first line
    /// is no JSON object.
    ///
    /// # Errors
    /// As [`cluster`](Self::cluster).
    pub fn cluster_in(path: &Path) -> Result<Option<Cluster>, TraceError> {
        let unread = |source| TraceError::Io {
            path: path.to_owned(),
            source,
        };
        // What can be read only once is left to whoever reads files of another kind.
        if !fs::metadata(path).map_err(unread)?.is_file() {
            return Ok(None);
        }
        let mut text = compression::open(path).map_err(unread)?;
        match text.fill_buf().map_err(unread)?.first() {
            Some(b'{') => Self::open(path)?.cluster().map(Some),
            _ => Ok(None),
        }
    }
}

fn latency((times, is_whole, took): (JobTimes, bool, Duration)) -> Latency {
    let upload = if is_whole {
        times.upload
    } else {
        Duration::ZERO
    };
    Latency {
        download: times.download,
        compute: Some(took.saturating_sub(times.download + upload)),
        upload,
    }
}
