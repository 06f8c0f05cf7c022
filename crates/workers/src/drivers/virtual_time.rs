//! The virtual clock: an exact event queue instead of sleeping.
//!
//! Events happen in the order of (time, job number), times are whole nanoseconds, and a gradient is
//! computed when it arrives, or not at all. So the same seed gives the same bits, on any number of
//! cores.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use ps_core::{
    Completion, Failure, JobId, JobTimes, Outbox, Outcome, Scalar, Service, StopReason, Version,
    WorkerId,
};

use crate::drivers::compute::compute_to_the_end;
use crate::drivers::report::{DriverReport, Leaving};
use crate::drivers::{Clock, Driver, DriverError, Finished, Prepared};
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
    let mut out = Outbox::new();
    let mut agenda = Agenda::new(run);
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
        // Very many jobs have ended without a new version while a worker does not answer: a method
        // waits for it that keeps the others busy.
        let is_in_vain = deadline.is_none() && agenda.newest.1 > agenda.max_in_vain;
        let Some(next) = next.filter(|_| !is_in_vain) else {
            if !agenda.lose_silent(service, now, &mut out) && next.is_none() {
                let alive = run.cluster.n_workers();
                service.stop(StopReason::Starved { alive }, now);
            }
            continue;
        };
        now = next;
        let mut done = agenda.take_next();
        if let (Outcome::Gradient, Some(oracle)) = (&done.outcome, &run.oracle) {
            done.outcome = compute_to_the_end(oracle.as_ref(), &mut done.job, run.seed);
        }
        service.complete(done, now, &mut out);
        agenda.begin(&mut out, now);
    }
    agenda.leave(now)
}

/// The end of a job: in nanoseconds, of which job, by whom.
type End = (u64, JobId, WorkerId);

/// What is going on, and when it will be finished.
struct Agenda<'a, T: Scalar> {
    run: &'a Prepared<T>,
    /// When each running job finishes, among others that end otherwise by now.
    ends: BinaryHeap<Reverse<End>>,
    /// Each worker's running job, as it will come back; its gradient is still to be computed.
    running: Vec<Option<Completion<T>>>,
    /// How many jobs each worker has taken up.
    n_taken: Vec<u64>,
    /// The newest version that a job was handed out with, and how many jobs ended since.
    newest: (Version, u64),
    /// Number of jobs without a new version after which the run waits in vain.
    max_in_vain: u64,
}

impl<'a, T: Scalar> Agenda<'a, T> {
    fn new(run: &'a Prepared<T>) -> Self {
        let n = run.cluster.n_workers();
        Self {
            run,
            ends: BinaryHeap::with_capacity(n),
            running: std::iter::repeat_with(|| None).take(n).collect(),
            n_taken: vec![0; n],
            newest: (Version::ZERO, 0),
            max_in_vain: match run.cluster.never_answers() {
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
            let latency = (self.run.cluster).latency(self.run.seed, job.worker, job.id, *nth, now);
            *nth += 1;
            let never = latency.compute == Some(NEVER);
            let mut finished = now;
            let mut next = |part: Duration| {
                let from = finished;
                // Whatever would happen later happens then, in order of job numbers.
                finished = finished.saturating_add(part).min(NEVER);
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
            let limit = job.limit.into_iter().chain(self.run.job_limit).min();
            let (times, outcome) = match limit.filter(|&limit| limit < finished - now) {
                None => (times, Outcome::Gradient),
                Some(limit) if job.limit == Some(limit) => {
                    (times.cut_at(now + limit), Outcome::Expired)
                }
                Some(limit) => (
                    times.cut_at(now + limit),
                    Outcome::Failed(Failure::Hung(limit)),
                ),
            };
            let worker = job.worker;
            if job.read_version() > self.newest.0 {
                self.newest = (job.read_version(), 0);
            }
            if !never || !matches!(outcome, Outcome::Gradient) {
                self.schedule(worker, times.finished, job.id);
            }
            self.running[worker.index()] = Some(Completion {
                job,
                times,
                outcome,
            });
        }
    }

    fn schedule(&mut self, worker: WorkerId, time: Duration, job: JobId) {
        self.ends.push(Reverse((nanoseconds(time), job, worker)));
    }

    /// A job that is cancelled comes back now.
    fn cancel(&mut self, worker: WorkerId, job: JobId, now: Duration) {
        let running = self.running[worker.index()].as_mut();
        let Some(running) = running.filter(|running| running.job.id == job) else {
            return;
        };
        running.times = running.times.cut_at(now);
        running.outcome = Outcome::Cancelled;
        self.schedule(worker, now, job);
        // What a job would have ended at is forgotten before there is more of it than of what is to
        // come.
        if self.ends.len() > 2 * self.running.len() + 64 {
            let running = &self.running;
            self.ends.retain(|Reverse(end)| is_current(running, *end));
        }
    }

    /// When the next job ends. What ended otherwise is passed over.
    fn next_time(&mut self) -> Option<Duration> {
        while let Some(&Reverse(end)) = self.ends.peek() {
            if is_current(&self.running, end) {
                return Some(Duration::from_nanos(end.0));
            }
            self.ends.pop();
        }
        None
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
        let never = running.filter(|running| running.times.finished == NEVER);
        let Some(hung) = never.min_by_key(|running| running.job.id) else {
            return false;
        };
        let worker = hung.job.worker;
        let failure = Failure::Hung(Duration::MAX);
        self.running[worker.index()] = None;
        service.lose(worker, &failure, now, out);
        self.begin(out, now);
        true
    }

    /// The job that ends next, once [`next_time`](Self::next_time) has said when.
    fn take_next(&mut self) -> Completion<T> {
        let Reverse((.., worker)) = self.ends.pop().expect("somebody is at work");
        self.newest.1 += 1;
        let running = self.running[worker.index()].take();
        running.expect("what ended otherwise was passed over")
    }

    fn leave(self, end: Duration) -> DriverReport {
        let workers = self.running.into_iter().enumerate();
        let leaving = workers.map(|(worker, running)| Leaving {
            time: end,
            worker: WorkerId::new(worker),
            serving: Duration::ZERO,
            last: running.map(|running| (running.job.id, running.times.cut_at(end))),
        });
        DriverReport {
            leaving: leaving.collect(),
            ..DriverReport::default()
        }
    }
}

/// Whether a job ends like this by now.
#[inline]
fn is_current<T>(running: &[Option<Completion<T>>], (time, job, worker): End) -> bool {
    let running = running[worker.index()].as_ref();
    running.is_some_and(|it| it.job.id == job && nanoseconds(it.times.finished) == time)
}

/// Number of jobs without a new version, or ten for each worker if that is more, after which a
/// method is taken to wait for a worker that never answers. (A method that needs more gradients
/// than this for one update needs an end in time beside such a worker.)
const MAX_IN_VAIN: u64 = 1_000_000;

#[inline]
fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).expect("nothing is later than the end of time")
}
