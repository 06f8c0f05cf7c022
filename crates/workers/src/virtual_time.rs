//! The virtual clock: an exact event queue instead of sleeping.
//!
//! Events happen in the order of (time, job number), times are whole nanoseconds, and a gradient is computed when it
//! arrives, or not at all. So the same seed gives the same bits, on any number of cores.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use ps_core::sync::Flag;
use ps_core::{
    Completion, Job, JobTimes, Oracle, Outbox, Outcome, Scalar, Seed, Service, StopReason, WorkerId,
};

use crate::compute::compute;
use crate::{Cluster, Leaving, Report, StopRequests};

/// Runs a server in virtual time until it stops.
///
/// Without an oracle no gradient is computed and buffers keep what they hold: for schedules, with a model of no
/// parameters. Returns what each worker was at when the run ended.
pub fn run<T: Scalar>(
    service: &mut dyn Service<T>,
    oracle: Option<&dyn Oracle<T>>,
    cluster: &Cluster,
    seed: Seed,
    requests: &StopRequests,
) -> Report {
    let wanted = Flag::new();
    let mut out = Outbox::new();
    let mut agenda = Agenda::new(cluster, seed);
    service.start(Duration::ZERO, &mut out);
    agenda.begin(&mut out, Duration::ZERO);
    let mut now = Duration::ZERO;
    while service.stopped().is_none() {
        if let Some(reason) = requests.poll() {
            service.stop(reason, now);
            break;
        }
        let Some(next) = agenda.next_time() else {
            break;
        };
        if let Some(deadline) = service.deadline().filter(|&deadline| next > deadline) {
            service.stop(StopReason::Seconds, deadline);
            now = deadline;
            break;
        }
        now = next;
        let (mut job, times) = agenda.take_next();
        let outcome = match oracle {
            Some(oracle) => compute(oracle, &mut job, seed, &wanted),
            None => Outcome::Gradient,
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

/// What is going on, and when it will be finished.
struct Agenda<'a, T: Scalar> {
    cluster: &'a Cluster,
    seed: Seed,
    /// When each running job finishes: (nanoseconds, job number, worker).
    ends: BinaryHeap<Reverse<(u64, u64, u32)>>,
    /// Each worker's running job.
    running: Vec<Option<(Job<T>, JobTimes)>>,
    /// How many jobs each worker has taken up.
    n_taken: Vec<u64>,
}

impl<'a, T: Scalar> Agenda<'a, T> {
    fn new(cluster: &'a Cluster, seed: Seed) -> Self {
        let n = cluster.n_workers();
        Self {
            cluster,
            seed,
            ends: BinaryHeap::with_capacity(n),
            running: std::iter::repeat_with(|| None).take(n).collect(),
            n_taken: vec![0; n],
        }
    }

    fn begin(&mut self, out: &mut Outbox<T>, now: Duration) {
        for job in out.drain() {
            let nth = &mut self.n_taken[job.worker.index()];
            let latency = self.cluster.latency(self.seed, job.worker, job.id, *nth);
            *nth += 1;
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
            let (id, worker) = (job.id.number(), job.worker);
            self.ends
                .push(Reverse((nanoseconds(finished), id, index(worker))));
            self.running[worker.index()] = Some((job, times));
        }
    }

    fn next_time(&self) -> Option<Duration> {
        self.ends
            .peek()
            .map(|Reverse((time, ..))| Duration::from_nanos(*time))
    }

    fn take_next(&mut self) -> (Job<T>, JobTimes) {
        let Reverse((_, _, worker)) = self.ends.pop().expect("somebody is at work");
        self.running[worker as usize]
            .take()
            .expect("a job ends once")
    }

    fn leave(self, end: Duration) -> Report {
        let workers = self.running.into_iter().enumerate();
        let leaving = workers.map(|(worker, running)| {
            let last = running.map(|(job, times)| (job.id, times));
            Leaving::at(end, WorkerId::new(worker), Duration::ZERO, last)
        });
        Report {
            leaving: leaving.collect(),
            ..Report::default()
        }
    }
}

/// After five centuries: whatever would happen later happens then, in order of job numbers.
const END_OF_TIME: Duration = Duration::from_nanos(u64::MAX);

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).expect("nothing is later than the end of time")
}

fn index(worker: WorkerId) -> u32 {
    u32::try_from(worker.index()).expect("worker ids have 32 bits")
}
