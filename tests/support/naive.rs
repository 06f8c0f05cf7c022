//! A second implementation, as plain as possible, written from `methods.md` §0, §1.1 and §5 to §7: an event loop without
//! threads, buffers or traits. What it shares with the real one is arithmetic on `f64` and nothing else.

use std::collections::VecDeque;

use super::naive_rules::Held;

/// What happens to a gradient.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rule {
    /// Step at once, assign one job.
    Immediate,
    /// Collect so many, step along their mean, then assign as many jobs.
    Waiting(usize),
    /// Collect so many and step along their mean, but assign a job on every arrival.
    Buffered(usize),
    /// Rennala: collect so many of the newest version and step along their mean; drop older ones.
    Fresh(usize),
    /// Malenia: collect those of the newest version until the harmonic mean of the workers' numbers is this over `n`, and
    /// step along the mean of the workers' means; drop older ones.
    FreshOfAll(usize),
    /// Ringmaster: step with gradients of a staleness below this, drop others.
    Within(usize),
    /// Ringleader.
    Ringleader,
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

impl Naive<'_> {
    pub(crate) fn run(&self, start: &[f64], updates: usize) -> Outcome {
        let mut queues: Vec<VecDeque<Job>> = (0..self.n_workers).map(|_| VecDeque::new()).collect();
        let mut models = vec![start.to_vec()];
        let mut arrivals = Vec::new();
        let mut n_jobs = 0;
        for _ in 0..self.concurrency {
            self.assign(&mut queues, &mut n_jobs, None, 0, 0);
        }
        let mut held = Held::new(self.rule, self.n_workers);
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
            let decision = held.decide(worker, g, version - job.version);
            if let Some(along) = decision.along {
                let pairs = models[version].iter().zip(along);
                let next = pairs.map(|(x, d)| x - self.step_size * d).collect();
                models.push(next);
            }
            let newest = if decision.at_the_same {
                job.version
            } else {
                models.len() - 1
            };
            for sender in decision.go_on {
                self.assign(&mut queues, &mut n_jobs, Some(sender), time, newest);
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
    ) {
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
    }
}
