//! What the server of the naive simulation remembers: what was held, who waits, everybody's last gradient, and how long they
//! take.

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
        }
    }

    /// What the rule says of a gradient of this worker, which took so long.
    pub(crate) fn decide(
        &mut self,
        worker: usize,
        took: u64,
        g: Vec<f64>,
        staleness: usize,
    ) -> Decision {
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
            _ => return self.held.decide(worker, g, staleness),
        };
        Decision {
            go_on: self.release(along.is_some()),
            along,
            factor,
            at_the_same: false,
        }
    }

    /// Remembers with which weight a worker was given its job.
    pub(crate) fn has_assigned(&mut self, worker: usize) {
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
