//! A run, as far as it is shown: read from its trace.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use asgrad::explain::{Activities, Activity, Span};
use asgrad::{Action, Clock, Ending, Evaluation, Header, JobId, Line, Received, Trace};

use crate::ReportError;

/// No more spans of the first moments are kept; more could not be told apart.
const MOST_SPANS: usize = 500;

/// A run.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) header: Header,
    pub(crate) path: String,
    /// How long it took, on its own clock.
    pub(crate) seconds: f64,
    pub(crate) updates: u64,
    pub(crate) evaluations: Vec<Evaluation>,
    /// How many gradients had which staleness.
    pub(crate) staleness: BTreeMap<u64, u64>,
    pub(crate) workers: Vec<Worker>,
    pub(crate) first_moments: FirstMoments,
    /// What is worth knowing, in sentences.
    pub(crate) findings: Vec<String>,
    /// Why it stopped, in a word; nothing if the trace was cut before.
    pub(crate) stop: Option<String>,
}

/// What a worker did.
#[derive(Clone, Debug, Default)]
pub(crate) struct Worker {
    /// Its share of the gradients that were used.
    pub(crate) share: f64,
    /// Its share of the rows of data, if that is known.
    pub(crate) data: Option<f64>,
    /// Seconds at each of `Activity::ALL`.
    pub(crate) time: Vec<f64>,
}

/// The beginning of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct FirstMoments {
    /// Until when everything is known.
    pub(crate) end: f64,
    pub(crate) spans: Vec<Span>,
    pub(crate) jobs: BTreeMap<JobId, Received>,
}

impl Run {
    pub(crate) fn read(path: &Path) -> Result<Self, ReportError> {
        let trace = Trace::open(path)?;
        let header = trace.header().clone();
        let n_workers = header.workers;
        let mut run = Self {
            path: path.display().to_string(),
            seconds: 0.0,
            updates: 0,
            evaluations: Vec::new(),
            staleness: BTreeMap::new(),
            workers: vec![
                Worker {
                    time: vec![0.0; Activity::ALL.len()],
                    ..Worker::default()
                };
                n_workers
            ],
            first_moments: FirstMoments::default(),
            findings: Vec::new(),
            stop: None,
            header,
        };
        let mut activities = Activities::new(n_workers);
        let mut lines = trace.lines()?;
        let mut last = Duration::ZERO;
        let mut spans = Vec::new();
        for line in lines.by_ref() {
            let (_, line) = line?;
            last = last.max(line.time());
            run.take(&line);
            activities.take(&line, &mut |span| spans.push(span));
        }
        if lines.ending() != Some(&Ending::Whole) {
            activities.finish(last, &mut |span| spans.push(span));
        }
        run.seconds = last.as_secs_f64();
        for span in &spans {
            let index = Activity::ALL
                .iter()
                .position(|a| *a == span.activity)
                .unwrap_or(0);
            run.workers[span.worker.index()].time[index] += span.length().as_secs_f64();
        }
        spans.sort_by_key(|s| s.from);
        spans.truncate(MOST_SPANS);
        run.first_moments.end = spans.last().map_or(0.0, |s| s.from.as_secs_f64());
        run.first_moments.spans = spans;
        let total: f64 = run.workers.iter().map(|w| w.share).sum();
        let rows: Vec<f64> = run
            .header
            .description
            .get("rows_per_worker")
            .and_then(|v| serde_json::from_value(v.clone()).ok())
            .unwrap_or_default();
        let all: f64 = rows.iter().sum();
        for (i, worker) in run.workers.iter_mut().enumerate() {
            worker.share /= total.max(1.0);
            worker.data = rows.get(i).map(|r| r / all);
        }
        Ok(run)
    }

    fn take(&mut self, line: &Line) {
        match line {
            Line::Received(received) => {
                if matches!(received.action, Action::Applied | Action::Held) {
                    *self.staleness.entry(received.staleness()).or_default() += 1;
                    self.workers[received.worker.index()].share += 1.0;
                }
                if self.first_moments.jobs.len() < MOST_SPANS {
                    self.first_moments.jobs.insert(received.job, *received);
                }
                if received.action == Action::Applied {
                    self.updates += 1;
                }
            }
            Line::Updated(_) => self.updates += 1,
            Line::Evaluated(evaluation) => self.evaluations.push(*evaluation),
            Line::Stopped(stopped) => {
                self.updates = stopped.version.number();
                self.stop = Some(stopped.reason.clone());
            }
            _ => {}
        }
    }

    /// Whether its time is that of a real clock.
    pub(crate) fn is_real(&self) -> bool {
        self.header.clock == Clock::Real
    }
}
