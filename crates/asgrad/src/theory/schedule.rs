//! Who was assigned what, in which order, and when it came back: what theory needs to know of a trace.

use std::collections::BTreeSet;
use std::mem;
use std::time::Duration;

use methods::rules::Weighing;
use ps_core::{Action, Event, Received, WorkerId};

use super::RecordedMachine;
use trace::recorded_jobs::RecordedJobs;
use trace::{Evaluation, Line, Trace, TraceError};

/// A job that was assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Assigned {
    pub(super) number: u64,
    pub(super) worker: WorkerId,
    /// The version it was to be computed at.
    pub(super) version: u64,
}

/// A job that came back or was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ended {
    pub(super) job: u64,
    /// How many jobs had been assigned before.
    pub(super) assigned: u64,
}

/// The order of a recorded run. The gradients counted are those that reached the model.
#[derive(Clone, Debug, Default)]
pub(super) struct Schedule {
    /// By number. Of a trace that is cut, those that had not come back are missing.
    pub(super) jobs: Vec<Assigned>,
    /// In order of arrival.
    pub(super) ends: Vec<Ended>,
    pub(super) machine: RecordedMachine,
    /// What each worker was at.
    times: RecordedJobs,
    /// How many workers are alive, and whether each update is a mean over them.
    alive: (usize, bool),
    lost: BTreeSet<WorkerId>,
    /// By version.
    pub(super) evaluations: Vec<Evaluation>,
    /// How many gradients had reached the model by each version.
    counts: Vec<u64>,
    /// The factors by which gradients reached the model, summed up.
    steps: f64,
    /// Gradients that wait for the next step along an accumulator.
    held: u64,
    /// Gradients received so far, without those that were discarded.
    received: u64,
    /// The largest age of a job, in gradients: also of jobs that were out at the end.
    pub(super) oldest: u64,
    /// The most jobs that were outstanding at once.
    pub(super) concurrency: usize,
    /// When the run ended.
    pub(super) end: Duration,
}

impl Schedule {
    pub(super) fn read(trace: &Trace) -> Result<Self, TraceError> {
        let named = trace.header().named();
        let is_mean = named.is_some_and(|named| named.what.weighing == Weighing::Updates);
        let mut schedule = Self {
            times: RecordedJobs::new(trace.header().workers()),
            alive: (trace.header().workers(), is_mean),
            counts: vec![0],
            ..Self::default()
        };
        for line in trace.lines()? {
            schedule.take(&line?.1);
        }
        let jobs = mem::take(&mut schedule.times).completed();
        let times = jobs
            .into_iter()
            .map(|jobs| jobs.into_iter().map(|job| job.2));
        schedule.machine.jobs = times.map(Iterator::collect).collect();
        schedule.jobs.sort_unstable();
        schedule
            .evaluations
            .sort_by_key(|evaluation| evaluation.version);
        Ok(schedule)
    }

    /// The last version.
    pub(super) fn last_version(&self) -> u64 {
        self.counts.len() as u64 - 1
    }

    /// How many gradients reached the model.
    pub(super) fn gradients(&self) -> u64 {
        self.received - self.held
    }

    /// The mean factor by which they did: the step size, divided by the number of gradients of which a method takes the
    /// mean.
    pub(super) fn step_size(&self) -> f64 {
        self.steps / self.gradients() as f64
    }

    fn take(&mut self, line: &Line) {
        self.times.take(line);
        match line {
            Line::Event(Event::Received(received)) => self.receive(received),
            Line::Event(Event::Updated(updated)) => {
                // Of a mean over workers each weighs the same, however many gradients it is of.
                let of = match self.alive {
                    (alive, true) => alive as f64,
                    (_, false) => self.held as f64,
                };
                self.steps += updated.step_size * of;
                self.held = 0;
                self.counts.push(self.received);
            }
            Line::Event(Event::CancelledInQueue(gone)) => {
                let job = (gone.job.number(), gone.worker, gone.read_version.number());
                self.end_job(job, gone.concurrency);
            }
            Line::Event(Event::Lost(lost)) => {
                self.alive.0 -= usize::from(self.lost.insert(lost.worker));
                let job = (lost.job.number(), lost.worker, lost.read_version.number());
                self.end_job(job, lost.concurrency);
            }
            Line::Event(Event::Assigned(out)) => {
                let version = out.version.number();
                self.assign((out.job.number(), out.worker, version));
                self.delay(version);
            }
            Line::Evaluated(evaluation) => self.evaluations.push(*evaluation),
            _ => {}
        }
        if !matches!(line, Line::Event(Event::Assigned(_)) | Line::Evaluated(_)) {
            self.end = self.end.max(line.time());
        }
    }

    fn receive(&mut self, received: &Received) {
        let (job, worker) = (received.job.number(), received.worker);
        let version = received.read_version.number();
        self.end_job((job, worker, version), received.concurrency);
        if !matches!(received.action, Action::Applied | Action::Held) {
            return;
        }
        self.delay(version);
        self.received += 1;
        match received.step_size {
            Some(step_size) => {
                self.steps += step_size;
                self.counts.push(self.received);
            }
            None => self.held += 1,
        }
    }

    fn assign(&mut self, (number, worker, version): (u64, WorkerId, u64)) {
        self.jobs.push(Assigned {
            number,
            worker,
            version,
        });
    }

    fn end_job(&mut self, job: (u64, WorkerId, u64), concurrency: usize) {
        self.concurrency = self.concurrency.max(concurrency);
        self.assign(job);
        self.ends.push(Ended {
            job: job.0,
            assigned: (self.ends.len() as u64).saturating_add(concurrency as u64),
        });
    }

    /// A gradient of this version reaches the server now.
    fn delay(&mut self, version: u64) {
        let by_then = usize::try_from(version)
            .ok()
            .and_then(|version| self.counts.get(version));
        if let Some(by_then) = by_then {
            self.oldest = self.oldest.max(self.received - by_then);
        }
    }
}
