//! The virtual clock: an exact event queue instead of sleeping.
//!
//! Events happen in the order of (time, job number), times are whole nanoseconds, and a gradient is
//! computed when it arrives, or not at all. So the same seed gives the same bits, on any number of
//! cores.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use ps_core::{
    Completion, Failure, Job, JobId, JobTimes, Outbox, Outcome, Scalar, Seed, Service, StopReason,
    Version, WorkerId,
};

use crate::drivers::compute::compute_to_the_end;
use crate::drivers::report::{DriverReport, Leaving};
use crate::drivers::{Clock, Driver, DriverError, Finished, Prepared};
use crate::latency::cluster::Cluster;
use crate::latency::cluster::NEVER;

/// The driver in virtual time.
///
/// Without an oracle no gradient is computed and buffers keep what they hold: for schedules, with a
/// model of no parameters. A worker that is longer at one job than the limit is taken for lost;
/// without a limit one that never answers is, once nothing else happens or the others' work leads
/// to no update.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VirtualTime;

impl<T: Scalar> Driver<T> for VirtualTime {
    fn clock(&self) -> Clock {
        Clock::Virtual
    }

    fn drive(self: Box<Self>, mut run: Prepared<T>) -> Result<Finished<T>, DriverError> {
        let mut server = run.take_server()?;
        let report = until_it_stops(server.as_mut(), &run);
        Ok(Finished::of(server.as_ref(), report))
    }
}

fn until_it_stops<T: Scalar>(service: &mut dyn Service<T>, run: &Prepared<T>) -> DriverReport {
    let (cluster, seed) = (run.cluster.as_ref(), run.seed);
    let oracle = run.oracle.as_deref();
    let mut out = Outbox::new();
    let mut agenda = Agenda::new(cluster, seed, run.job_limit);
    service.start(Duration::ZERO, &mut out);
    agenda.begin(&mut out, Duration::ZERO);
    let mut now = Duration::ZERO;
    while service.stopped().is_none() {
        if let Some(reason) = run.requests.poll() {
            service.stop(reason, now);
            break;
        }
        let next = agenda.next_time();
        let deadline = service.deadline();
        if let Some(deadline) = deadline.filter(|&deadline| next.is_none_or(|next| next > deadline))
        {
            service.stop(StopReason::Seconds, deadline);
            now = deadline;
            break;
        }
        let is_in_vain = deadline.is_none() && agenda.is_in_vain();
        let Some(next) = next.filter(|_| !is_in_vain) else {
            if !agenda.lose_silent(service, now, &mut out) && next.is_none() {
                let alive = cluster.n_workers();
                service.stop(StopReason::Starved { alive }, now);
            }
            continue;
        };
        now = next;
        let Running {
            mut job,
            times,
            end,
        } = agenda.take_next();
        let outcome = match (end, oracle) {
            (End::Gradient, Some(oracle)) => compute_to_the_end(oracle, &mut job, seed),
            (End::Gradient, None) => Outcome::Gradient,
            (End::Expired, _) => Outcome::Expired,
            (End::Cancelled, _) => Outcome::Cancelled,
            (End::Lost, _) => {
                let failure = Failure::Hung(times.finished.saturating_sub(times.started));
                Outcome::Failed(failure)
            }
        };
        service.complete(
            Completion {
                job,
                times,
                outcome,
            },
            now,
            &mut out,
        );
        agenda.begin(&mut out, now);
    }
    agenda.leave(now)
}

/// A job that is with its worker.
struct Running<T> {
    job: Job<T>,
    times: JobTimes,
    end: End,
}

/// How a job comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Gradient,
    Expired,
    Cancelled,
    Lost,
}

/// What is going on, and when it will be finished.
struct Agenda<'a, T: Scalar> {
    cluster: &'a Cluster,
    seed: Seed,
    /// When each running job finishes: (nanoseconds, job number, worker).
    ends: BinaryHeap<Reverse<(u64, u64, u32)>>,
    /// How many of them are of jobs that end otherwise by now.
    stale: usize,
    /// Each worker's running job.
    running: Vec<Option<Running<T>>>,
    /// How many jobs each worker has taken up.
    n_taken: Vec<u64>,
    job_limit: Option<Duration>,
    /// The newest version that a job was handed out with, and how many jobs ended since.
    newest: (Version, u64),
    /// Number of jobs without a new version after which the run waits in vain.
    max_in_vain: u64,
}

impl<'a, T: Scalar> Agenda<'a, T> {
    fn new(cluster: &'a Cluster, seed: Seed, job_limit: Option<Duration>) -> Self {
        let n = cluster.n_workers();
        Self {
            cluster,
            seed,
            ends: BinaryHeap::with_capacity(n),
            stale: 0,
            running: std::iter::repeat_with(|| None).take(n).collect(),
            n_taken: vec![0; n],
            job_limit,
            newest: (Version::ZERO, 0),
            max_in_vain: match cluster.never_answers() {
                Some(_) => MAX_IN_VAIN.max(10 * n as u64),
                None => u64::MAX,
            },
        }
    }

    fn begin(&mut self, out: &mut Outbox<T>, now: Duration) {
        for (worker, job) in out.drain_cancelled() {
            self.cancel(worker, job, now);
        }
        for job in out.drain() {
            let nth = &mut self.n_taken[job.worker.index()];
            let which = (job.id, *nth);
            let latency = self.cluster.latency(self.seed, job.worker, which, now);
            *nth += 1;
            let never = latency.compute == Some(NEVER);
            let mut finished = now;
            let mut next = |part: Duration| {
                let from = finished;
                finished = finished.saturating_add(part).min(END_OF_TIME);
                finished - from
            };
            let times = JobTimes {
                started: now,
                download: next(latency.download),
                computed: next(latency.compute.unwrap_or_default()),
                upload: next(latency.upload),
                finished,
                ..JobTimes::default()
            };
            let limits = [(job.limit, End::Expired), (self.job_limit, End::Lost)];
            let limits = limits
                .into_iter()
                .filter_map(|(limit, end)| Some((limit?, end)));
            let limit = limits.min_by_key(|(limit, _)| *limit);
            let limit = limit.map(|(limit, end)| (now.saturating_add(limit), end));
            let (times, end) = match limit.filter(|&(limit, _)| limit < finished) {
                Some((limit, end)) => (times.cut_at(limit), end),
                None => (times, End::Gradient),
            };
            let worker = job.worker;
            if job.snapshot.version() > self.newest.0 {
                self.newest = (job.snapshot.version(), 0);
            }
            if !never || end != End::Gradient {
                self.schedule(worker, times.finished, job.id);
            }
            self.running[worker.index()] = Some(Running { job, times, end });
        }
    }

    fn schedule(&mut self, worker: WorkerId, time: Duration, job: JobId) {
        let end = (nanoseconds(time), job.number(), index(worker));
        self.ends.push(Reverse(end));
    }

    /// A job that is cancelled comes back now.
    fn cancel(&mut self, worker: WorkerId, job: JobId, now: Duration) {
        let running = self.running[worker.index()].as_mut();
        let Some(running) = running.filter(|running| running.job.id == job) else {
            return;
        };
        running.times = running.times.cut_at(now);
        running.end = End::Cancelled;
        self.schedule(worker, now, job);
        self.stale += 1;
        // What a job would have ended at is forgotten before there is more of it than of what is to
        // come.
        if self.stale > self.running.len() + 64 {
            let running = &self.running;
            self.ends.retain(|Reverse(end)| is_current(running, *end));
            self.stale = 0;
        }
    }

    /// When the next job ends. What ended otherwise is passed over.
    fn next_time(&mut self) -> Option<Duration> {
        while let Some(&Reverse(end)) = self.ends.peek() {
            if is_current(&self.running, end) {
                return Some(Duration::from_nanos(end.0));
            }
            self.ends.pop();
            self.stale = self.stale.saturating_sub(1);
        }
        None
    }

    /// Whether very many jobs have ended without a new version while a worker does not answer, so
    /// that a method waits for it that keeps the others busy.
    fn is_in_vain(&self) -> bool {
        self.newest.1 > self.max_in_vain
    }

    /// Takes the worker for lost whose job is the first of those that never end, if there is one.
    fn lose_silent(
        &mut self,
        service: &mut dyn Service<T>,
        now: Duration,
        out: &mut Outbox<T>,
    ) -> bool {
        self.newest.1 = 0;
        let running = self.running.iter().flatten();
        let never = running.filter(|running| running.times.finished == END_OF_TIME);
        let Some(hung) = never.min_by_key(|running| running.job.id) else {
            return false;
        };
        let worker = hung.job.worker;
        let failure = Failure::Hung(now.saturating_sub(hung.times.started));
        self.running[worker.index()] = None;
        service.lose(worker, &failure, now, out);
        self.begin(out, now);
        true
    }

    /// The job that ends next, once [`next_time`](Self::next_time) has said when.
    fn take_next(&mut self) -> Running<T> {
        let Reverse((.., worker)) = self.ends.pop().expect("somebody is at work");
        self.newest.1 += 1;
        let running = self.running[worker as usize].take();
        running.expect("what ended otherwise was passed over")
    }

    fn leave(self, end: Duration) -> DriverReport {
        let workers = self.running.into_iter().enumerate();
        let leaving = workers.map(|(worker, running)| {
            let last = running.map(|running| (running.job.id, running.times));
            Leaving::at(
                end,
                WorkerId::new(worker),
                (Duration::ZERO, last),
                Duration::ZERO,
            )
        });
        DriverReport {
            leaving: leaving.collect(),
            ..DriverReport::default()
        }
    }
}

/// Whether a job ends like this by now.
fn is_current<T: Scalar>(
    running: &[Option<Running<T>>],
    (time, job, worker): (u64, u64, u32),
) -> bool {
    running[worker as usize].as_ref().is_some_and(|running| {
        running.job.id.number() == job && nanoseconds(running.times.finished) == time
    })
}

/// Number of jobs without a new version, or ten for each worker if that is more, after which a
/// method is taken to wait for a worker that never answers. (A method that needs more gradients
/// than this for one update needs an end in time beside such a worker.)
const MAX_IN_VAIN: u64 = 1_000_000;

/// After five centuries: whatever would happen later happens then, in order of job numbers.
const END_OF_TIME: Duration = Duration::from_nanos(u64::MAX);

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).expect("nothing is later than the end of time")
}

fn index(worker: WorkerId) -> u32 {
    u32::try_from(worker.index()).expect("worker ids have 32 bits")
}
