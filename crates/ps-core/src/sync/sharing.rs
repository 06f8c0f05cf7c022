//! What threads share that have no server: the components of a model, who is writing to it, and the
//! jobs that are left.

use std::fmt::Debug;

use super::imp::{AtomicU32, AtomicU64, Ordering, fence};

/// One component of a model that threads share. No addition is ever lost.
pub trait Component<T>: Debug + Send + Sync + 'static {
    /// With this value.
    fn new(value: T) -> Self;

    /// Its value by now.
    fn get(&self) -> T;

    /// Adds to it. False, and nothing is added, if the sum would not be finite.
    #[must_use]
    fn add(&self, term: T) -> bool;
}

/// An `f32` that threads add to.
#[derive(Debug)]
pub struct AtomicF32(AtomicU32);

/// An `f64` that threads add to.
#[derive(Debug)]
pub struct AtomicF64(AtomicU64);

macro_rules! component {
    ($name:ident, $t:ident, $bits:ident) => {
        impl Component<$t> for $name {
            fn new(value: $t) -> Self {
                Self($bits::new(value.to_bits()))
            }

            #[inline]
            fn get(&self) -> $t {
                // Relaxed: a component stands for itself. Who must know what was written beside it
                // asks a `Mark`.
                $t::from_bits(self.0.load(Ordering::Relaxed))
            }

            #[inline]
            fn add(&self, term: $t) -> bool {
                // Relaxed: a value that is out of date fails the exchange below.
                let mut seen = self.0.load(Ordering::Relaxed);
                loop {
                    let sum = $t::from_bits(seen) + term;
                    if !sum.is_finite() {
                        return false;
                    }
                    // Relaxed: the exchange itself is what loses no addition, and a component
                    // stands for itself.
                    match self.0.compare_exchange_weak(
                        seen,
                        sum.to_bits(),
                        Ordering::Relaxed,
                        Ordering::Relaxed,
                    ) {
                        Ok(_) => return true,
                        Err(now) => seen = now,
                    }
                }
            }
        }
    };
}
component!(AtomicF32, f32, AtomicU32);
component!(AtomicF64, f64, AtomicU64);

/// Whether a thread is at an update of the shared model, and how many it has made: a count that
/// goes up by one when it begins one and again when it has ended it. Alone in its cache line, so
/// that nobody is slowed down by it who does not look.
///
/// Whoever has read some components from before an update and some from after it, finds that
/// [`before`](Self::before) was odd, or that [`after`](Self::after) is another: it was under way.
/// (It may have been under way without being seen at all.)
#[derive(Debug, Default)]
#[repr(align(128))]
pub struct Mark(AtomicU64);

impl Mark {
    /// No update so far.
    #[must_use]
    pub fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// The thread whose mark it is begins an update.
    pub fn begin(&self) {
        // Relaxed: nobody else writes it. The fence below is what orders it.
        let count = self.0.load(Ordering::Relaxed);
        self.0.store(count + 1, Ordering::Relaxed);
        // Release: pairs with the fence in `after`, so that whoever has read a component of this
        // update sees the count.
        fence(Ordering::Release);
    }

    /// It has ended it.
    pub fn end(&self) {
        // Relaxed: nobody else writes it.
        let count = self.0.load(Ordering::Relaxed);
        // Release: pairs with the load in `before`, so that whoever sees the count reads all
        // components of this update.
        self.0.store(count + 1, Ordering::Release);
    }

    /// The count before some components are read.
    pub fn before(&self) -> u64 {
        // Acquire: pairs with the store in `end`.
        self.0.load(Ordering::Acquire)
    }

    /// The count after some components have been read.
    pub fn after(&self) -> u64 {
        // Acquire: pairs with the fence in `begin`.
        fence(Ordering::Acquire);
        // Relaxed: the fence has ordered it.
        self.0.load(Ordering::Relaxed)
    }
}

/// Whether an update was under way between two counts of a [`Mark`].
pub(crate) fn was_writing(before: u64, after: u64) -> bool {
    before % 2 == 1 || before != after
}

/// The place of an event in the order of updates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// How many updates have a smaller ticket.
    pub version: u64,
    /// How many jobs had read the model by then and had not ended, this one included.
    pub n_out: usize,
}

/// What gives the jobs of a run without a server their numbers, and its updates an order: the
/// version of an update is its ticket. Each job takes a number, reads the model, and takes a ticket
/// or ends without an update.
///
/// Versions and the count of jobs out are one atomic number, so that ages are conserved exactly:
/// Σ over updates of (version − version read) = Σ over updates of the other jobs out, but for jobs
/// that have not ended.
#[derive(Debug)]
#[repr(align(128))]
pub struct Tickets {
    jobs: AtomicU64,
    /// The number of updates above [`OUT_BITS`], the number of jobs out below.
    updates_and_out: AtomicU64,
    limit: u64,
}

/// Bits for the number of jobs out: a million threads, more than any system has.
const OUT_BITS: u32 = 20;
/// Number of updates that the other bits count: half a year of a million a second.
const MAX_UPDATES: u64 = u64::MAX >> OUT_BITS;

impl Tickets {
    /// For this many updates at most.
    #[must_use]
    pub fn new(limit: u64) -> Self {
        Self {
            jobs: AtomicU64::new(0),
            updates_and_out: AtomicU64::new(0),
            limit: limit.min(MAX_UPDATES),
        }
    }

    /// The number of the next job, counted from 0.
    #[must_use]
    pub fn next_job(&self) -> u64 {
        // Relaxed: a number stands for nothing but itself.
        self.jobs.fetch_add(1, Ordering::Relaxed)
    }

    /// The number of updates so far.
    #[must_use]
    pub fn updates(&self) -> u64 {
        // Relaxed: a number stands for nothing but itself.
        self.updates_and_out.load(Ordering::Relaxed) >> OUT_BITS
    }

    /// A job is about to read the model. Returns the number of updates so far.
    #[must_use]
    pub fn read(&self) -> u64 {
        // Acquire: the reads of components stay behind it. It pairs with no store: which additions
        // are seen is open.
        let before = self.updates_and_out.fetch_add(1, Ordering::Acquire);
        before >> OUT_BITS
    }

    /// The ticket of the job's update, if one is left.
    #[must_use]
    pub fn update(&self) -> Option<Ticket> {
        // Relaxed: a number that is out of date fails the exchange below.
        let mut before = self.updates_and_out.load(Ordering::Relaxed);
        while before >> OUT_BITS < self.limit {
            // Acquire: the additions of this update stay behind it. Release: its reads stay before
            // it.
            match self.updates_and_out.compare_exchange_weak(
                before,
                before + (1 << OUT_BITS) - 1,
                Ordering::AcqRel,
                Ordering::Relaxed,
            ) {
                Ok(_) => return Some(Ticket::of(before)),
                Err(now) => before = now,
            }
        }
        None
    }

    /// A job that has read the model ends without an update. Returns its place among the updates.
    #[must_use]
    pub fn end(&self) -> Ticket {
        // Relaxed: nothing is added, so that nothing is to stay behind it.
        Ticket::of(self.updates_and_out.fetch_sub(1, Ordering::Relaxed))
    }
}

impl Ticket {
    fn of(updates_and_out: u64) -> Self {
        let n_out = updates_and_out & ((1 << OUT_BITS) - 1);
        Self {
            version: updates_and_out >> OUT_BITS,
            n_out: usize::try_from(n_out).expect("it has few bits"),
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_the_number_of_updates_before_it() {
        let tickets = Tickets::new(2);
        assert_eq!((tickets.next_job(), tickets.next_job()), (0, 1));
        assert_eq!((tickets.read(), tickets.read()), (0, 0));
        let ticket = |version, n_out| Ticket { version, n_out };
        assert_eq!(tickets.update(), Some(ticket(0, 2)));
        assert_eq!((tickets.read(), tickets.updates()), (1, 1));
        assert_eq!(tickets.end(), ticket(1, 2));
        assert_eq!(tickets.update(), Some(ticket(1, 1)));
        assert_eq!((tickets.read(), tickets.update()), (2, None));
    }
}

#[cfg(all(test, loom))]
mod tests {
    use loom::sync::Arc;
    use loom::thread;

    use super::*;

    #[test]
    fn ages_are_conserved_whatever_the_interleaving() {
        loom::model(|| {
            let tickets = Arc::new(Tickets::new(u64::MAX));
            // The age of each update minus the other jobs that were out.
            let work = |tickets: &Tickets| -> i64 {
                let jobs = [(); 2].map(|()| {
                    let read = tickets.read();
                    let ticket = tickets.update().expect("there is no limit");
                    (ticket.version - read) as i64 - (ticket.n_out as i64 - 1)
                });
                jobs.iter().sum()
            };
            let other = {
                let tickets = Arc::clone(&tickets);
                thread::spawn(move || work(&tickets))
            };
            let balance = work(&tickets) + other.join().expect("no thread of the model panics");
            assert_eq!(balance, 0);
        });
    }
}
