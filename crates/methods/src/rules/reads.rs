//! At which version each row of a table was read.

use std::collections::VecDeque;

use ps_core::{Version, WorkerId};

use crate::arrival::Arrival;
use crate::server::Server;

/// The version of each worker's row, and which of those is the oldest: the age that PIAG adapts its
/// steps to. A row is of the job that its worker had before, so that the first in the order of
/// assignment is the oldest, as soon as every row is filled.
#[derive(Debug, Default)]
pub(super) struct Reads {
    /// The version of each worker's row.
    rows: Vec<Version>,
    /// Jobs in the order of their versions, with those whose row has been replaced since.
    jobs: VecDeque<(Version, WorkerId)>,
}

impl Reads {
    /// For rows that are all to be read at the first version.
    pub(super) fn new(server: &Server<'_>) -> Self {
        let n_workers = server.n_workers();
        let mut jobs = VecDeque::with_capacity(4 * n_workers + 1);
        jobs.extend((0..n_workers).map(|worker| (Version::ZERO, WorkerId::new(worker))));
        Self {
            rows: vec![Version::ZERO; n_workers],
            jobs,
        }
    }

    /// This worker gets a job at the newest version.
    pub(super) fn assigned(&mut self, worker: WorkerId, server: &Server<'_>) {
        self.jobs.push_back((server.version(), worker));
        // At most two jobs a worker count: that of its row, and the one that it has. Now and then
        // the others are let go.
        if self.jobs.len() > 4 * self.rows.len() {
            let rows = &self.rows;
            self.jobs
                .retain(|(version, worker)| *version >= rows[worker.index()]);
        }
    }

    /// This gradient is its worker's row now.
    pub(super) fn written(&mut self, arrival: &Arrival) {
        self.rows[arrival.worker.index()] = arrival.read_version;
    }

    /// The newest arrival as if it were as old as the oldest row of a worker that is alive.
    pub(super) fn oldest(&mut self, newest: &Arrival, server: &Server<'_>) -> Arrival {
        let mut oldest = *newest;
        while let Some(&(version, worker)) = self.jobs.front() {
            if version == self.rows[worker.index()] && server.is_alive(worker) {
                oldest.read_version = version;
                oldest.staleness = server.version().since(version);
                break;
            }
            self.jobs.pop_front();
        }
        oldest
    }
}
