//! The only door to locks and atomics, so that loom can stand behind it.
//!
//! Built with `--cfg loom` the same names are loom's, which tries every interleaving.

#![expect(
    clippy::disallowed_types,
    reason = "this is the one module that names atomics"
)]

mod sharing;

#[cfg(not(loom))]
mod imp {
    pub use parking_lot::{Mutex, MutexGuard};
    pub(super) use std::sync::atomic::{
        AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
    };
}

#[cfg(loom)]
mod imp {
    pub use loom::sync::MutexGuard;
    pub(super) use loom::sync::atomic::{
        AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
    };

    /// loom's mutex with the interface of `parking_lot`'s.
    #[derive(Debug)]
    pub struct Mutex<T>(loom::sync::Mutex<T>);

    impl<T> Mutex<T> {
        /// A new lock around a value.
        pub fn new(value: T) -> Self {
            Self(loom::sync::Mutex::new(value))
        }
        /// Waits for the lock.
        ///
        /// # Panics
        /// If a thread panicked while it held the lock.
        pub fn lock(&self) -> MutexGuard<'_, T> {
            self.0.lock().expect("no thread of the model panics")
        }
    }
}

use imp::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
pub use imp::{Mutex, MutexGuard};
pub(crate) use sharing::was_writing;
pub use sharing::{AtomicF32, AtomicF64, Component, Mark, Ticket, Tickets};
pub use std::sync::OnceLock;

use crate::ids::JobId;

/// A signal that is given once and never taken back.
#[derive(Debug)]
pub struct Flag(AtomicBool);

impl Flag {
    /// Not raised yet.
    #[must_use]
    pub fn new() -> Self {
        Self(AtomicBool::new(false))
    }

    /// Gives the signal.
    pub fn raise(&self) {
        // Release: pairs with the load in `is_raised`, so that what led to the signal is seen with
        // it.
        self.0.store(true, Ordering::Release);
    }

    /// Whether the signal was given.
    pub fn is_raised(&self) -> bool {
        // Acquire: pairs with the store in `raise`.
        self.0.load(Ordering::Acquire)
    }
}

impl Default for Flag {
    fn default() -> Self {
        Self::new()
    }
}

/// The number of the newest version, readable without the lock of the model.
#[derive(Debug)]
pub(crate) struct VersionCell(AtomicU64);

impl VersionCell {
    pub(crate) fn new(version: u64) -> Self {
        Self(AtomicU64::new(version))
    }

    pub(crate) fn set(&self, version: u64) {
        // Release: pairs with the load in `get`, so that a snapshot taken after a version was seen
        // is at least that new.
        self.0.store(version, Ordering::Release);
    }

    pub(crate) fn get(&self) -> u64 {
        // Acquire: pairs with the store in `set`.
        self.0.load(Ordering::Acquire)
    }
}

/// Which of a worker's jobs are cancelled: all up to one. A worker runs its jobs in the order of
/// their numbers.
#[derive(Debug, Default)]
pub struct Cancellation(AtomicU64);

impl Cancellation {
    /// None so far.
    #[must_use]
    pub fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Cancels this job and those before it.
    pub fn up_to(&self, job: JobId) {
        // Release: pairs with the load in `includes`, so that whoever is woken afterwards sees why.
        self.0.store(job.number() + 1, Ordering::Release);
    }

    /// Whether this job is cancelled.
    pub fn includes(&self, job: JobId) -> bool {
        // Acquire: pairs with the store in `up_to`.
        self.0.load(Ordering::Acquire) > job.number()
    }
}

/// Who serves: a count of completions that were handed in and not yet served.
///
/// Whoever raises it from zero is elected and serves until it has brought it back to zero.
/// Completions are put into the channel *before* they are announced, so an elected thread finds in
/// the channel at least as many as were announced.
#[derive(Debug)]
pub struct Election(AtomicUsize);

impl Election {
    /// Nothing handed in, nobody serving.
    #[must_use]
    pub fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    /// Says that one more completion lies in the channel. True: the caller is elected and must
    /// serve one, then ask [`served`](Self::served). False: somebody else serves and will find it.
    #[must_use]
    pub fn announce(&self) -> bool {
        // Release: pairs with the acquire in `served` of the thread that serves, so that it finds
        // our completion. Acquire: pairs with the release in `served` of the thread that left the
        // seat, so that an elected thread sees everything the previous one did.
        self.0.fetch_add(1, Ordering::AcqRel) == 0
    }

    /// Says that the caller, who is elected, has served `count` of the announced completions.
    /// Returns how many more were announced meanwhile and must be served; 0: the seat is free and
    /// the caller must leave it.
    #[must_use]
    pub fn served(&self, count: usize) -> usize {
        // Both directions as in `announce`, whose counterpart this is.
        self.0.fetch_sub(count, Ordering::AcqRel) - count
    }
}

impl Default for Election {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(all(test, loom))]
mod tests {
    use std::collections::VecDeque;

    use loom::sync::Arc;
    use loom::thread;

    use super::*;

    /// The channel, modelled as a queue under a lock, and the seat, whose lock must always be free.
    struct Desk {
        election: Election,
        queue: Mutex<VecDeque<usize>>,
        served: loom::sync::Mutex<Vec<usize>>,
    }

    impl Desk {
        fn hand_in(&self, completion: usize) {
            self.queue.lock().push_back(completion);
            if !self.election.announce() {
                return;
            }
            let mut waiting = 1;
            while waiting > 0 {
                for _ in 0..waiting {
                    let found = self.queue.lock().pop_front();
                    let found = found.expect("what was announced is in the channel");
                    let mut served = self.served.try_lock().expect("only one thread serves");
                    served.push(found);
                }
                waiting = self.election.served(waiting);
            }
        }
    }

    #[test]
    fn no_completion_is_lost_and_only_one_thread_serves() {
        loom::model(|| {
            let desk = Arc::new(Desk {
                election: Election::new(),
                queue: Mutex::new(VecDeque::new()),
                served: loom::sync::Mutex::new(Vec::new()),
            });
            let other = {
                let desk = Arc::clone(&desk);
                thread::spawn(move || {
                    desk.hand_in(0);
                    desk.hand_in(1);
                })
            };
            desk.hand_in(2);
            desk.hand_in(3);
            other.join().expect("no thread of the model panics");
            let mut served = desk.served.lock().expect("nobody panicked").clone();
            served.sort_unstable();
            assert_eq!(
                served,
                [0, 1, 2, 3],
                "each completion is served exactly once"
            );
        });
    }
}
