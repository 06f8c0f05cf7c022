//! A second implementation, as plain as possible, written from `methods.md`: an event loop without
//! threads, buffers or traits. What it shares with the real one is arithmetic on `f64` and nothing
//! else.

use std::collections::VecDeque;

use super::naive_desk::Desk;

/// What happens to a gradient.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rule {
    /// Step at once, assign one job.
    Immediate,
    /// Collect so many, step along their mean, then assign as many jobs.
    Waiting(usize),
    /// Collect so many and step along their mean, but assign a job on every arrival.
    Buffered(usize),
    /// Rennala: collect so many of the newest version and step along their mean.
    Fresh(usize, Late),
    /// Malenia: collect those of the newest version until the harmonic mean of the workers' numbers
    /// is this over `n`, and step along the mean of the workers' means.
    FreshOfAll(usize, Late),
    /// Ringmaster: step with gradients of a staleness below this, drop others.
    Within(usize),
    /// Ringmaster that stops: step at once, and cancel every job that has become this old.
    Stopped(usize),
    /// Synchronous SGD with backup workers: collect so many, step along their mean, and all begin
    /// anew.
    Round(usize, Late),
    /// MindFlayer: everybody makes so many trials of so many nanoseconds each, then step along the
    /// sum over the number that was to be expected in time.
    Trials(usize, u64),
    /// Ringleader.
    Ringleader,
    /// Step at once, but nobody begins more than so many gradients ahead of the slowest.
    Bounded(usize),
    /// Step along the mean of everybody's last gradient, once there are all; nobody goes on before.
    Table,
    /// Step at once and assign one job; the step in proportion to compute time.
    Rescaled(Learning),
    /// The same; the step in inverse proportion to the probability that the job's worker was drawn
    /// with.
    Routed(Learning),
}

/// What becomes of the jobs that are out when an update is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Late {
    /// They run on, and what they deliver is dropped.
    Discard,
    /// They are cancelled, and all begin anew.
    Cancel,
    /// They run on, and what they deliver counts.
    Use,
}

/// How compute times are learnt: from so many gradients, and what ratio of them is the largest that
/// counts.
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
    /// Whether it was not cancelled, nor given up.
    pub(crate) has_gradient: bool,
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
    /// What of its time it may use.
    limit: u64,
    /// Known from when it is first in its queue.
    end: u64,
    is_called_off: bool,
}

impl Outcome {
    pub(crate) fn staleness(&self) -> Vec<usize> {
        let arrivals = self.arrivals.iter();
        arrivals.map(|a| a.version - a.read_version).collect()
    }

    pub(crate) fn per_worker(&self, n_workers: usize) -> Vec<u64> {
        let mut counts = vec![0; n_workers];
        let delivered = self.arrivals.iter().filter(|a| a.has_gradient);
        delivered.for_each(|a| counts[a.worker] += 1);
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
        let mut desk = Desk::new(self.rule, self.n_workers);
        for _ in 0..self.concurrency {
            let limit = desk.limit();
            let worker = self.assign(&mut queues, &mut n_jobs, None, 0, (0, limit));
            desk.has_assigned(worker, 0);
        }
        while models.len() <= updates {
            let heads = queues
                .iter()
                .enumerate()
                .filter_map(|(w, q)| q.front().map(|j| (j.end, j.number, w)));
            let (time, _, worker) = heads.min().expect("somebody works");
            let job = queues[worker].pop_front().unwrap();
            let version = models.len() - 1;
            let is_late = (self.lasts)(job.number, worker) > job.limit;
            arrivals.push(Arrived {
                time,
                worker,
                job: job.number,
                read_version: job.version,
                version,
                has_gradient: !job.is_called_off && !is_late,
            });
            if let Some(next) = queues[worker].front_mut() {
                next.end = time + (self.lasts)(next.number, worker).min(next.limit);
            }
            if job.is_called_off {
                continue;
            }
            let g = || (self.gradient)(worker, job.number, &models[job.version]);
            let took = (self.lasts)(job.number, worker);
            let decision = match is_late {
                true => desk.decide_without(worker),
                false => desk.decide(worker, took, g(), (job.version, version)),
            };
            if let Some(along) = decision.along {
                let pairs = models[version].iter().zip(along);
                let step_size = self.step_size * decision.factor;
                models.push(pairs.map(|(x, d)| x - step_size * d).collect());
            }
            let newest = match decision.at_the_same {
                true => job.version,
                false => models.len() - 1,
            };
            for worker in decision.call_off {
                if let Some(job) = queues[worker].front_mut() {
                    (job.end, job.is_called_off) = (time, true);
                }
            }
            for sender in decision.go_on {
                let what = (newest, desk.limit());
                let worker = self.assign(&mut queues, &mut n_jobs, Some(sender), time, what);
                desk.has_assigned(worker, newest);
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
        (version, limit): (usize, u64),
    ) -> usize {
        let number = *n_jobs;
        *n_jobs += 1;
        let worker = (self.owner)(number, sender);
        let queue = &mut queues[worker];
        let end = match queue.is_empty() {
            true => now + (self.lasts)(number, worker).min(limit),
            false => u64::MAX,
        };
        queue.push_back(Job {
            number,
            version,
            limit,
            end,
            is_called_off: false,
        });
        worker
    }
}
