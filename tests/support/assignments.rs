//! When and at which version every job was to be assigned, from the arrivals and the rule alone.

use ps_core::{Event, Updated};
use std::time::Duration;

use asgrad::ps_core::Action;
use ps_core::Received;

use super::books::jobs;
use super::naive::{Late, Rule};

/// Every job was assigned when and at the version that follows from the arrivals and the rule; and
/// `concurrency` of every arrival says how many were out.
pub(crate) fn check_assignments(notes: &[Event], rule: Rule, concurrency: usize) {
    let mut expected = Expected {
        rule,
        concurrency,
        jobs: vec![(Duration::ZERO, 0); concurrency],
        version: 0,
        received: 0,
        idle: Vec::new(),
        clocks: vec![0; concurrency],
        reads: vec![0; concurrency],
        in_time: 0,
    };
    for note in notes {
        match note {
            Event::Received(r) => expected.received(r),
            Event::Updated(Updated { time, .. }) => expected.updated(*time),
            _ => {}
        }
    }
    let actual: Vec<_> = jobs(notes).iter().map(|j| (j.time, j.version)).collect();
    assert_eq!(actual, expected.jobs);
}

struct Expected {
    rule: Rule,
    concurrency: usize,
    jobs: Vec<(Duration, u64)>,
    version: u64,
    received: usize,
    /// Who has no job, in order of arrival.
    idle: Vec<usize>,
    /// How many jobs of each worker have come back.
    clocks: Vec<usize>,
    /// The version that each worker was last given.
    reads: Vec<u64>,
    /// How many trials of this round were in time.
    in_time: usize,
}

impl Expected {
    fn received(&mut self, r: &Received) {
        assert_eq!(r.concurrency, self.jobs.len() - self.received);
        self.received += 1;
        if r.action == Action::Cancelled {
            return;
        }
        self.version += u64::from(r.action == Action::Applied);
        let worker = r.worker.index();
        let free = match self.rule {
            Rule::Stopped(threshold) => self.sender_and_too_old(worker, threshold as u64),
            Rule::Waiting(_) | Rule::Table => self.wait(worker, false),
            // Who is late goes on, who is not waits.
            Rule::Round(_, late) => match late == Late::Use || r.staleness() == 0 {
                true => self.wait(worker, false),
                false => 1,
            },
            Rule::Bounded(s) => {
                self.clocks[worker] += 1;
                self.idle.push(worker);
                let slowest = self.clocks.iter().min().unwrap() + s;
                let clocks = &self.clocks;
                self.idle.extract_if(.., |i| clocks[*i] <= slowest).count()
            }
            Rule::Trials(trials, _) => self.tried(worker, trials, r.action == Action::Held),
            _ => 1,
        };
        let read = match self.rule {
            // The sender goes on where it was.
            Rule::Ringleader => r.read_version.number(),
            _ => self.version,
        };
        self.assign(free, r.time, read);
    }

    fn updated(&mut self, time: Duration) {
        self.version += 1;
        let free = match self.rule {
            Rule::Waiting(_) | Rule::Table | Rule::Trials(..) => self.idle.len(),
            Rule::Round(_, Late::Discard | Late::Use) => self.idle.len(),
            Rule::Round(_, Late::Cancel) => self.concurrency,
            // The job of the arrival that made the update already reads the new version.
            Rule::Fresh(_, Late::Cancel) | Rule::FreshOfAll(_, Late::Cancel) => {
                self.jobs.pop();
                self.concurrency
            }
            _ => {
                self.jobs.pop();
                1
            }
        };
        self.idle.clear();
        self.in_time = 0;
        self.assign(free, time, self.version);
    }

    fn assign(&mut self, n: usize, time: Duration, version: u64) {
        self.jobs.extend(std::iter::repeat_n((time, version), n));
    }

    /// The worker waits, and everybody goes on at once if this is over.
    fn wait(&mut self, worker: usize, is_over: bool) -> usize {
        self.idle.push(worker);
        if is_over {
            self.idle.drain(..).count()
        } else {
            0
        }
    }

    fn sender_and_too_old(&mut self, sender: usize, threshold: u64) -> usize {
        let version = self.version;
        let too_old = |(w, read): &(usize, &mut u64)| *w == sender || version - **read >= threshold;
        let begin = self.reads.iter_mut().enumerate().filter(too_old);
        begin.map(|(_, read)| *read = version).count()
    }

    /// A trial is over: the next one, or none before the round is over; without an update it is
    /// repeated at once.
    fn tried(&mut self, worker: usize, trials: usize, in_time: bool) -> usize {
        self.in_time += usize::from(in_time);
        self.clocks[worker] += 1;
        if !self.clocks[worker].is_multiple_of(trials) {
            return 1;
        }
        let is_last = self.idle.len() + 1 == self.concurrency;
        self.wait(worker, is_last && self.in_time == 0)
    }
}
