//! A run that is reported on: what its trace says of it.

use std::io;
use std::path::Path;

use explain::{Activity, Explanation};
use trace::{Clock, Evaluation, Header, Trace};

use crate::ReportError;
use crate::mend::Mend;

/// A run.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    /// Where its trace is.
    pub(crate) path: String,
    pub(crate) explained: Explanation,
}

impl Run {
    /// Reads a trace whose path is relative to a folder; `-` is standard input.
    pub(crate) fn read(folder: &Path, path: &Path, mend: Mend<'_>) -> Result<Self, ReportError> {
        let trace = if path == Path::new("-") {
            Trace::take("standard input", io::stdin().lock())?
        } else {
            Trace::open(folder.join(path))?
        };
        let mut explained = Explanation::of(&trace)?;
        if explained.lacks_evaluations()
            && let Some(mended) = mend(&trace)
        {
            explained = Explanation::of(&mended)?;
        }
        let path = path.display().to_string();
        Ok(Self { path, explained })
    }

    /// The name of its trace, without the folder.
    pub(crate) fn file_name(&self) -> &str {
        let name = self.path.rsplit(['/', '\\']).next();
        name.unwrap_or(&self.path)
    }

    pub(crate) fn header(&self) -> &Header {
        &self.explained.header
    }

    pub(crate) fn evaluations(&self) -> &[Evaluation] {
        &self.explained.evaluations
    }

    /// Whether its time is that of a real clock.
    pub(crate) fn is_real(&self) -> bool {
        self.header().clock() == Clock::Real
    }

    /// How long it took, on its own clock.
    pub(crate) fn seconds(&self) -> f64 {
        self.explained.duration.as_secs_f64()
    }

    /// Why it stopped, in a word; nothing if its trace was cut before.
    pub(crate) fn stop(&self) -> Option<&str> {
        let stopped = self.explained.stopped.as_ref();
        stopped.map(|stopped| stopped.reason.as_str())
    }

    pub(crate) fn n_workers(&self) -> usize {
        self.explained.workers.len()
    }

    /// A worker's share of the updates.
    pub(crate) fn share(&self, worker: usize) -> f64 {
        let worker = self.explained.workers.get(worker);
        worker
            .and_then(|worker| worker.update_share)
            .unwrap_or_default()
    }

    /// A worker's share of the data, if that is known.
    pub(crate) fn data_share(&self, worker: usize) -> Option<f64> {
        self.explained.workers.get(worker)?.data_share
    }

    /// How many seconds a worker was at something.
    pub(crate) fn time_at(&self, worker: usize, activity: Activity) -> f64 {
        let worker = self.explained.workers.get(worker);
        worker.map_or(0.0, |worker| worker.times.at(activity).as_secs_f64())
    }
}
