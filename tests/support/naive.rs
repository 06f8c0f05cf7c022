//! A second implementation, as plain as possible, written from `methods.md` §0 and §1.1: an event loop without threads,
//! buffers or traits. What it shares with the real one is arithmetic on `f64` and nothing else.

use std::collections::VecDeque;

/// What happens to a gradient.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rule {
    /// Step at once, assign one job.
    Immediate,
    /// Collect so many, step along their mean, then assign as many jobs.
    Waiting(usize),
    /// Collect so many and step along their mean, but assign a job on every arrival.
    Buffered(usize),
    /// Step at once, but nobody begins more than so many gradients ahead of the slowest.
    Bounded(usize),
    /// Step along the mean of everybody's last gradient, once there are all; nobody goes on before.
    Table,
    /// Step at once and assign one job; the step in proportion to compute time.
    Rescaled(Learning),
    /// The same; the step in inverse proportion to the probability that the job's worker was drawn with.
    Routed(Learning),
}

/// How compute times are learnt: from so many gradients, and what ratio of them is the largest that counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Learning {
    pub(crate) clip: f64,
    pub(crate) memory: u64,
}

/// A gradient as it arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arrived {
    pub(crate) time: u64,
    pub(crate) worker: usize,
    pub(crate) job: usize,
    pub(crate) read_version: usize,
    pub(crate) version: usize,
}

/// What came out.
pub(crate) struct Outcome {
    /// Version `v` at position `v`.
    pub(crate) models: Vec<Vec<f64>>,
    pub(crate) arrivals: Vec<Arrived>,
}

type Gradient<'a> = dyn Fn(usize, usize, &[f64]) -> Vec<f64> + 'a;

/// A run to be simulated. Times are in nanoseconds.
pub(crate) struct Naive<'a> {
    pub(crate) n_workers: usize,
    pub(crate) concurrency: usize,
    pub(crate) rule: Rule,
    pub(crate) step_size: f64,
    /// Who gets this job, now that this worker has delivered (nobody has at the start).
    pub(crate) owner: &'a dyn Fn(usize, Option<usize>) -> usize,
    /// How long this job takes.
    pub(crate) lasts: &'a dyn Fn(usize, usize) -> u64,
    /// The gradient of this worker's function for this job, at a point.
    pub(crate) gradient: &'a Gradient<'a>,
}

struct Job {
    number: usize,
    version: usize,
    /// Known from when it is first in its queue.
    end: u64,
}

impl Outcome {
    pub(crate) fn staleness(&self) -> Vec<usize> {
        let arrivals = self.arrivals.iter();
        arrivals.map(|a| a.version - a.read_version).collect()
    }

    pub(crate) fn per_worker(&self, n_workers: usize) -> Vec<u64> {
        let mut counts = vec![0; n_workers];
        self.arrivals.iter().for_each(|a| counts[a.worker] += 1);
        counts
    }

    pub(crate) fn last(&self) -> &[f64] {
        self.models.last().unwrap()
    }
}

/// What the server remembers.
#[derive(Default)]
struct Desk {
    held: Vec<Vec<f64>>,
    /// Who has no job, in order of arrival.
    idle: Vec<usize>,
    rows: Vec<Option<Vec<f64>>>,
    clocks: Vec<usize>,
    /// How many gradients count, and their mean time in nanoseconds.
    times: Vec<(u64, u64)>,
    drawn_with: Vec<VecDeque<f64>>,
}

impl Desk {
    fn learn(&mut self, worker: usize, took: u64, memory: u64) {
        let (count, mean) = self.times[worker];
        let count = memory.min(count + 1);
        self.times[worker] = (count, (mean * (count - 1) + took) / count);
    }

    /// `s_i/s_A`.
    fn slowness(&self, worker: usize) -> f64 {
        let known = || self.times.iter().filter(|(count, _)| *count > 0);
        let sum: u64 = known().map(|(_, mean)| mean).sum();
        let mean = sum as f64 / known().count() as f64;
        if sum == 0 {
            1.0
        } else {
            self.times[worker].1 as f64 / mean
        }
    }

    /// `n·p_i`.
    fn ratio(&self, worker: usize, clip: f64) -> f64 {
        if self.times.iter().any(|(count, _)| *count == 0) {
            return 1.0;
        }
        let speed = |(_, mean): &(u64, u64)| 1.0 / (*mean).max(1) as f64;
        let n = self.times.len() as f64;
        let least = self.times.iter().map(speed).sum::<f64>() / n / clip;
        let sum: f64 = self.times.iter().map(|time| speed(time).max(least)).sum();
        n * speed(&self.times[worker]).max(least) / sum
    }

    /// What to step along the mean of, and how much further than usual.
    fn receive(
        &mut self,
        rule: Rule,
        worker: usize,
        took: u64,
        g: Vec<f64>,
    ) -> (Vec<Vec<f64>>, f64) {
        self.idle.push(worker);
        self.clocks[worker] += 1;
        let mut factor = 1.0;
        match rule {
            Rule::Waiting(b) | Rule::Buffered(b) => {
                self.held.push(g);
                let is_full = self.held.len() == b;
                let full = is_full.then(|| std::mem::take(&mut self.held));
                return (full.unwrap_or_default(), 1.0);
            }
            Rule::Table => {
                self.rows[worker] = Some(g);
                let rows: Option<Vec<_>> = self.rows.iter().cloned().collect();
                return (rows.unwrap_or_default(), 1.0);
            }
            Rule::Rescaled(Learning { clip, memory }) => {
                self.learn(worker, took, memory);
                factor = self.slowness(worker).min(clip);
            }
            Rule::Routed(Learning { memory, .. }) => {
                factor = 1.0 / self.drawn_with[worker].pop_front().unwrap();
                self.learn(worker, took, memory);
            }
            Rule::Immediate | Rule::Bounded(_) => {}
        }
        (vec![g], factor)
    }

    /// Whose turn it is to be given a job.
    fn release(&mut self, rule: Rule, stepped: bool) -> Vec<usize> {
        match rule {
            Rule::Bounded(s) => {
                let slowest = *self.clocks.iter().min().unwrap();
                let clocks = &self.clocks;
                let may_go = |worker: &mut usize| clocks[*worker] <= slowest.saturating_add(s);
                self.idle.extract_if(.., may_go).collect()
            }
            Rule::Waiting(_) | Rule::Table if !stepped => Vec::new(),
            _ => std::mem::take(&mut self.idle),
        }
    }
}

impl Naive<'_> {
    pub(crate) fn run(&self, start: &[f64], updates: usize) -> Outcome {
        let mut queues: Vec<VecDeque<Job>> = (0..self.n_workers).map(|_| VecDeque::new()).collect();
        let mut models = vec![start.to_vec()];
        let mut arrivals = Vec::new();
        let mut n_jobs = 0;
        let mut desk = Desk {
            rows: vec![None; self.n_workers],
            clocks: vec![0; self.n_workers],
            times: vec![(0, 0); self.n_workers],
            drawn_with: vec![VecDeque::new(); self.n_workers],
            ..Desk::default()
        };
        for _ in 0..self.concurrency {
            let worker = self.assign(&mut queues, &mut n_jobs, None, 0, 0);
            desk.drawn_with[worker].push_back(1.0);
        }
        while models.len() <= updates {
            let heads = queues
                .iter()
                .enumerate()
                .filter_map(|(w, q)| q.front().map(|j| (j.end, j.number, w)));
            let (time, _, worker) = heads.min().expect("somebody works");
            let job = queues[worker].pop_front().unwrap();
            let version = models.len() - 1;
            arrivals.push(Arrived {
                time,
                worker,
                job: job.number,
                read_version: job.version,
                version,
            });
            if let Some(next) = queues[worker].front_mut() {
                next.end = time + (self.lasts)(next.number, worker);
            }
            let g = (self.gradient)(worker, job.number, &models[job.version]);
            let took = (self.lasts)(job.number, worker);
            let (along, factor) = desk.receive(self.rule, worker, took, g);
            if !along.is_empty() {
                models.push(mean_step(&models[version], self.step_size * factor, &along));
            }
            for sender in desk.release(self.rule, !along.is_empty()) {
                let newest = models.len() - 1;
                let worker = self.assign(&mut queues, &mut n_jobs, Some(sender), time, newest);
                if let Rule::Routed(Learning { clip, .. }) = self.rule {
                    let ratio = desk.ratio(worker, clip);
                    desk.drawn_with[worker].push_back(ratio);
                }
            }
        }
        Outcome { models, arrivals }
    }

    fn assign(
        &self,
        queues: &mut [VecDeque<Job>],
        n_jobs: &mut usize,
        sender: Option<usize>,
        now: u64,
        version: usize,
    ) -> usize {
        let number = *n_jobs;
        *n_jobs += 1;
        let worker = (self.owner)(number, sender);
        let queue = &mut queues[worker];
        let end = match queue.is_empty() {
            true => now + (self.lasts)(number, worker),
            false => u64::MAX,
        };
        queue.push_back(Job {
            number,
            version,
            end,
        });
        worker
    }
}

fn mean_step(x: &[f64], step_size: f64, along: &[Vec<f64>]) -> Vec<f64> {
    let mut next = x.to_vec();
    for (component, x) in next.iter_mut().enumerate() {
        let sum: f64 = along.iter().map(|g| g[component]).sum();
        *x -= step_size * (sum / along.len() as f64);
    }
    next
}
