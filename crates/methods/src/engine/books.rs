//! The engine's book-keeping: who has which job, and the conservation law.

use std::collections::VecDeque;
use std::time::Duration;

use ps_core::{JobId, Snapshot, Stream, Version, WorkerId};

/// A job that is out, without its model.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Running {
    pub(crate) job: JobId,
    pub(crate) read_version: Version,
    /// How many updates older than the newest version that was when the job was assigned.
    pub(crate) age: u64,
    pub(crate) assigned: Duration,
    /// Whether it was cancelled since.
    pub(crate) is_cancelled: bool,
}

/// The numbers of a run, without any number of the model.
#[derive(Debug)]
pub(crate) struct Books {
    alive: Vec<bool>,
    pub(crate) n_alive: usize,
    /// Each worker's outstanding jobs, the running one and the queued ones.
    outstanding: Vec<u32>,
    pub(crate) n_outstanding: usize,
    pub(crate) concurrency: usize,
    pub(crate) version: Version,
    next_job: JobId,
    pub(crate) rng: Stream,
    ledger: Ledger,
}

impl Books {
    pub(crate) fn new(n_workers: usize, concurrency: usize, rng: Stream) -> Self {
        Self {
            alive: vec![true; n_workers],
            n_alive: n_workers,
            outstanding: vec![0; n_workers],
            n_outstanding: 0,
            concurrency,
            version: Version::ZERO,
            next_job: JobId::default(),
            rng,
            ledger: Ledger::default(),
        }
    }

    #[inline]
    pub(crate) fn n_workers(&self) -> usize {
        self.alive.len()
    }

    #[inline]
    pub(crate) fn is_alive(&self, worker: WorkerId) -> bool {
        self.alive[worker.index()]
    }

    #[inline]
    pub(crate) fn outstanding(&self, worker: WorkerId) -> usize {
        self.outstanding[worker.index()] as usize
    }

    /// One job more, at this version. Returns its number.
    #[inline]
    pub(crate) fn assigned(&mut self, worker: WorkerId, read_version: Version) -> JobId {
        let job = self.next_job;
        self.next_job = job.next();
        self.outstanding[worker.index()] += 1;
        self.n_outstanding += 1;
        self.ledger.ages_out_base += read_version.number();
        self.ledger.ages_assigned += self.version.since(read_version);
        job
    }

    /// One job less: it came back, or was cancelled.
    #[inline]
    pub(crate) fn received(&mut self, worker: WorkerId, read_version: Version) {
        self.outstanding[worker.index()] -= 1;
        self.ended(read_version);
    }

    /// A worker is lost. Its jobs stay in its own count until [`forget`](Self::forget), and in no
    /// other.
    pub(crate) fn lost(&mut self, worker: WorkerId, read_versions: impl Iterator<Item = Version>) {
        self.alive[worker.index()] = false;
        self.n_alive -= 1;
        for read_version in read_versions {
            self.ended(read_version);
        }
    }

    pub(crate) fn forget(&mut self, worker: WorkerId) {
        self.outstanding[worker.index()] = 0;
    }

    #[inline]
    fn ended(&mut self, read_version: Version) {
        self.n_outstanding -= 1;
        self.ledger.ages_out_base -= read_version.number();
        self.ledger.ages_ended += self.version.since(read_version);
    }

    /// One update more.
    #[inline]
    pub(crate) fn updated(&mut self) {
        self.version = self.version.next();
        self.ledger.aged += self.n_outstanding as u64;
    }

    /// Whether no age was lost or invented.
    pub(crate) fn is_conserved(&self) -> bool {
        let ages_out =
            self.version.number() * self.n_outstanding as u64 - self.ledger.ages_out_base;
        self.ledger.ages_ended + ages_out == self.ledger.ages_assigned + self.ledger.aged
    }
}

/// The conservation law: Σ ages of ended jobs + Σ ages of jobs still out = Σ ages at assignment (0
/// unless repeated) + Σ over updates of the jobs out at that moment, the received one not counted.
#[derive(Debug, Default)]
struct Ledger {
    /// Σ (version at its end − version read) over ended jobs.
    ages_ended: u64,
    /// Σ version read over the jobs that are out: their ages are `version·n_outstanding` minus
    /// this.
    ages_out_base: u64,
    /// Σ ages at assignment.
    ages_assigned: u64,
    /// Σ jobs out, over updates.
    aged: u64,
}

/// A worker's jobs: one with it, the others waiting here in the order in which they were assigned.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    pub(crate) running: Option<Running>,
    /// Whether its worker was ever given a job.
    pub(crate) has_begun: bool,
    pub(crate) waiting: VecDeque<Waiting<T>>,
}

/// A job that waits until its worker has finished the ones before.
#[derive(Debug)]
pub(crate) struct Waiting<T> {
    pub(crate) numbers: Running,
    pub(crate) limit: Option<Duration>,
    pub(crate) snapshot: Snapshot<T>,
}

impl<T> Queue<T> {
    pub(crate) fn new() -> Self {
        Self {
            running: None,
            has_begun: false,
            waiting: VecDeque::new(),
        }
    }
}
