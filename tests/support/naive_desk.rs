//! What the server of the naive simulation remembers: what was held, who waits, everybody's last
//! gradient, and how long they take.

use std::collections::VecDeque;

use super::naive::{Learning, Rule};
use super::naive_rules::{Decision, Held, mean};

/// What the server remembers, and what it decides from that.
pub(crate) struct Desk {
    rule: Rule,
    held: Held,
    /// Who has no job, in order of arrival.
    idle: Vec<usize>,
    rows: Vec<Option<Vec<f64>>>,
    clocks: Vec<usize>,
    /// How many gradients count, and their mean time in nanoseconds.
    times: Vec<(u64, f64)>,
    drawn_with: Vec<VecDeque<f64>>,
    /// The last job of each worker: when it was assigned, in jobs, and its version.
    last_job: Vec<(usize, usize)>,
    n_jobs: usize,
    tried: Vec<Tried>,
    limit: u64,
}

/// MindFlayer's trials of a worker: in this round, all, and how many of all were in time.
#[derive(Clone, Default)]
struct Tried {
    this_round: usize,
    all: usize,
    in_time: usize,
}

impl Desk {
    pub(crate) fn new(rule: Rule, n_workers: usize) -> Self {
        Self {
            rule,
            held: Held::new(rule, n_workers),
            idle: Vec::new(),
            rows: vec![None; n_workers],
            clocks: vec![0; n_workers],
            times: vec![(0, 0.0); n_workers],
            drawn_with: vec![VecDeque::new(); n_workers],
            last_job: vec![(0, 0); n_workers],
            n_jobs: 0,
            tried: vec![Tried::default(); n_workers],
            limit: match rule {
                Rule::Trials(_, limit) if limit > 0 => limit,
                _ => u64::MAX,
            },
        }
    }

    /// What of its time a job may use.
    pub(crate) fn limit(&self) -> u64 {
        self.limit
    }

    /// What the rule says of a gradient of this worker, which took so long, with a job of this
    /// version and at that one.
    pub(crate) fn decide(
        &mut self,
        worker: usize,
        took: u64,
        g: Vec<f64>,
        (read, version): (usize, usize),
    ) -> Decision {
        match self.rule {
            Rule::Stopped(r) => return self.step_and_stop(worker, g, version + 1, r),
            Rule::Trials(..) => {
                self.held.keep(worker, g);
                self.tried[worker].in_time += 1;
                return self.trial_is_over(worker);
            }
            _ => {}
        }
        self.idle.push(worker);
        self.clocks[worker] += 1;
        let (along, factor) = match self.rule {
            Rule::Table => {
                self.rows[worker] = Some(g);
                let rows = self.rows.iter().cloned().enumerate();
                let rows: Option<Vec<_>> = rows.map(|(worker, row)| Some((worker, row?))).collect();
                (rows.map(|rows| mean(&rows)), 1.0)
            }
            Rule::Rescaled(Learning { clip, memory }) => {
                self.learn(worker, took, memory);
                (Some(g), self.slowness(worker).min(clip))
            }
            Rule::Routed(Learning { memory, .. }) => {
                let factor = 1.0 / self.drawn_with[worker].pop_front().unwrap();
                self.learn(worker, took, memory);
                (Some(g), factor)
            }
            Rule::Bounded(_) => (Some(g), 1.0),
            _ => return self.held.decide(worker, g, version - read),
        };
        Decision {
            go_on: self.release(along.is_some()),
            along,
            factor,
            ..Decision::default()
        }
    }

    /// What the rule says of a job of this worker that was not in time.
    pub(crate) fn decide_without(&mut self, worker: usize) -> Decision {
        self.trial_is_over(worker)
    }

    /// Ringmaster that stops: those that are too old at the new version begin anew, oldest first.
    fn step_and_stop(&self, worker: usize, g: Vec<f64>, version: usize, r: usize) -> Decision {
        let others = self.last_job.iter().enumerate();
        let too_old = others.filter(|(w, (_, read))| *w != worker && version - read >= r);
        let mut too_old: Vec<_> = too_old.map(|(w, (job, _))| (*job, w)).collect();
        too_old.sort_unstable();
        let call_off: Vec<usize> = too_old.into_iter().map(|(_, w)| w).collect();
        Decision {
            along: Some(g),
            go_on: [&[worker], &call_off[..]].concat(),
            call_off,
            ..Decision::default()
        }
    }

    fn trial_is_over(&mut self, worker: usize) -> Decision {
        let Rule::Trials(trials, _) = self.rule else {
            panic!("only trials have a limit");
        };
        self.tried[worker].this_round += 1;
        self.tried[worker].all += 1;
        if self.tried[worker].this_round < trials {
            return Decision {
                go_on: vec![worker],
                ..Decision::default()
            };
        }
        self.idle.push(worker);
        if self.idle.len() < self.tried.len() {
            return Decision::default();
        }
        let share = |t: &Tried| (t.in_time as f64 / t.all as f64) * t.this_round as f64;
        let expected: f64 = self.tried.iter().map(share).sum();
        let along = self.held.take_sum();
        let in_time: usize = self.tried.iter().map(|t| t.in_time).sum();
        let all: usize = self.tried.iter().map(|t| t.all).sum();
        if along.is_none() && (in_time as f64) < 0.01 * all as f64 {
            self.limit *= 2;
            self.tried.iter_mut().for_each(|t| *t = Tried::default());
        }
        self.tried.iter_mut().for_each(|t| t.this_round = 0);
        Decision {
            along,
            factor: 1.0 / expected,
            go_on: std::mem::take(&mut self.idle),
            ..Decision::default()
        }
    }

    /// Remembers with which weight a worker was given its job, and which version it is at.
    pub(crate) fn has_assigned(&mut self, worker: usize, version: usize) {
        self.last_job[worker] = (self.n_jobs, version);
        self.n_jobs += 1;
        if let Rule::Routed(Learning { clip, .. }) = self.rule {
            let ratio = self.ratio(worker, clip);
            self.drawn_with[worker].push_back(ratio);
        }
    }

    fn learn(&mut self, worker: usize, took: u64, memory: u64) {
        let (count, mean) = self.times[worker];
        let count = memory.min(count + 1);
        let sum = mean * (count - 1) as f64 + took as f64;
        self.times[worker] = (count, sum / count as f64);
    }

    /// `s_i/s_A`.
    fn slowness(&self, worker: usize) -> f64 {
        let known = || self.times.iter().filter(|(count, _)| *count > 0);
        let sum: f64 = known().map(|(_, mean)| mean).sum();
        let mean = sum / known().count() as f64;
        if sum == 0.0 {
            1.0
        } else {
            self.times[worker].1 / mean
        }
    }

    /// `n·p_i`.
    fn ratio(&self, worker: usize, clip: f64) -> f64 {
        if self.times.iter().any(|(count, _)| *count == 0) {
            return 1.0;
        }
        let speed = |(_, mean): &(u64, f64)| 1.0 / mean.max(1.0);
        let n = self.times.len() as f64;
        let least = self.times.iter().map(speed).sum::<f64>() / n / clip;
        let sum: f64 = self.times.iter().map(|time| speed(time).max(least)).sum();
        n * speed(&self.times[worker]).max(least) / sum
    }

    /// Whose turn it is to be given a job.
    fn release(&mut self, has_stepped: bool) -> Vec<usize> {
        match self.rule {
            Rule::Bounded(s) => {
                let slowest = *self.clocks.iter().min().unwrap();
                let clocks = &self.clocks;
                let may_go = |worker: &mut usize| clocks[*worker] <= slowest.saturating_add(s);
                self.idle.extract_if(.., may_go).collect()
            }
            Rule::Table if !has_stepped => Vec::new(),
            _ => std::mem::take(&mut self.idle),
        }
    }
}
