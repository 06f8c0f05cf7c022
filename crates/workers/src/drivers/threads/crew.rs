//! The threads of a run: starting them, and counting them out.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use ps_core::WorkerId;

use super::job_run::WorkerState;
use super::{Emulate, Threads};
use crate::drivers::DriverError;
use crate::drivers::report::{DriverReport, Leaving};
use crate::drivers::stopwatch::Stopwatch;

/// The threads of a run, and who has left.
pub(in crate::drivers) struct Crew {
    threads: Vec<(Option<WorkerId>, JoinHandle<()>)>,
    exits: (Sender<Exit>, Receiver<Exit>),
    options: Threads,
}

/// Who has left (nobody: the server's thread), and what it has to say, unless it panicked.
type Exit = (Option<WorkerId>, Option<WorkerState>);

impl Crew {
    /// Nobody yet, with room for so many workers and one thread beside them.
    pub(in crate::drivers) fn new(options: Threads, n_workers: usize) -> Self {
        Self {
            threads: Vec::with_capacity(n_workers + 1),
            exits: bounded(n_workers + 1),
            options,
        }
    }

    /// Starts the thread of each of these workers, on a core of its own if they are to be pinned.
    pub(in crate::drivers) fn hire_workers<W: FnOnce() -> WorkerState + Send + 'static>(
        &mut self,
        workers: impl ExactSizeIterator<Item = W>,
    ) -> Result<(), DriverError> {
        let most = Threads::most_workers();
        if workers.len() > most {
            let workers = workers.len();
            return Err(DriverError::TooManyThreads { workers, most });
        }
        let cores = if self.options.pin {
            pin::cores()
        } else {
            Vec::new()
        };
        for (index, work) in workers.enumerate() {
            let id = WorkerId::new(index);
            let core = cores.get(index % cores.len().max(1)).copied();
            self.hire(format!("worker-{id}"), Some(id), move || {
                // Where the system cannot pin, the worker runs anywhere.
                core.into_iter().for_each(pin::to);
                work()
            })?;
        }
        Ok(())
    }

    /// Starts a thread, a worker's or, without one, the server's.
    pub(in crate::drivers) fn hire(
        &mut self,
        name: String,
        id: Option<WorkerId>,
        work: impl FnOnce() -> WorkerState + Send + 'static,
    ) -> Result<(), DriverError> {
        let exits = self.exits.0.clone();
        let builder = thread::Builder::new()
            .name(name.clone())
            .stack_size(self.options.stack_size);
        let thread = builder.spawn(move || {
            let left = catch_unwind(AssertUnwindSafe(work)).ok();
            // The supervisor may have lost patience and gone.
            let _ = exits.send((id, left));
        });
        let started = self.threads.len();
        let thread = thread.map_err(|source| DriverError::Spawn {
            name,
            started,
            source,
        })?;
        self.threads.push((id, thread));
        Ok(())
    }

    /// Waits for every thread to leave. Returns what they were at when the run ended, and who did
    /// not leave in time.
    pub(in crate::drivers) fn count_out(self, patience: Duration, end: Duration) -> DriverReport {
        let mut threads = self.threads;
        let deadline = Stopwatch::start().moment(patience);
        let mut report = DriverReport {
            is_spinning: self.options.emulate == Emulate::Spin,
            ..DriverReport::default()
        };
        while !threads.is_empty() {
            let Ok((id, left)) = self.exits.1.recv_deadline(deadline) else {
                break;
            };
            match (id, left) {
                (Some(id), Some(state)) => {
                    if let Some(reads) = state.reads {
                        let all = report.reads.get_or_insert_default();
                        all.sampled += reads.sampled;
                        all.torn += reads.torn;
                    }
                    let leaving = Leaving::at(end, id, state.last, state.before, state.served);
                    report.leaving.push(leaving);
                }
                (None, Some(server)) => report.served = server.served,
                (_, None) => {}
            }
            if let Some(position) = threads.iter().position(|(other, _)| *other == id) {
                // It has left its work; a panic of ours in there was reported before.
                let _ = threads.swap_remove(position).1.join();
            }
        }
        report.left_behind = threads.iter().filter_map(|(id, _)| *id).collect();
        report.left_behind.sort_unstable();
        report
            .leaving
            .sort_unstable_by_key(|leaving: &Leaving| leaving.worker);
        report
    }
}

#[cfg(feature = "pin")]
mod pin {
    use core_affinity::CoreId;

    pub(super) fn cores() -> Vec<CoreId> {
        core_affinity::get_core_ids().unwrap_or_default()
    }

    pub(super) fn to(core: CoreId) {
        let _ = core_affinity::set_for_current(core);
    }
}

/// Without the feature no worker has a core of its own: see [`Threads::CAN_PIN`].
#[cfg(not(feature = "pin"))]
mod pin {
    #[derive(Clone, Copy)]
    pub(super) enum CoreId {}

    pub(super) fn cores() -> Vec<CoreId> {
        Vec::new()
    }

    pub(super) fn to(core: CoreId) {
        match core {}
    }
}
