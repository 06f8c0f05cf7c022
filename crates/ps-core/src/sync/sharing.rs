//! What threads share that have no server: the components of a model, who is writing to it, and the jobs that are left.

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
                // Relaxed: a component stands for itself. Who must know what was written beside it asks a `Mark`.
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
                    // Relaxed: the exchange itself is what loses no addition, and a component stands for itself.
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

/// Whether a thread is at an update of the shared model, and how many it has made: a count that goes up by one when it
/// begins one and again when it has ended it. Alone in its cache line, so that nobody is slowed down by it who does not look.
///
/// Whoever has read some components from before an update and some from after it, finds that
/// [`before`](Self::before) was odd, or that [`after`](Self::after) is another: it was under way. (It may have been
/// under way without being seen at all.)
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
        // Release: pairs with the fence in `after`, so that whoever has read a component of this update sees the count.
        fence(Ordering::Release);
    }

    /// It has ended it.
    pub fn end(&self) {
        // Relaxed: nobody else writes it.
        let count = self.0.load(Ordering::Relaxed);
        // Release: pairs with the load in `before`, so that whoever sees the count reads all components of this update.
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

/// Numbers that threads share out: each is taken once.
#[derive(Debug)]
#[repr(align(128))]
pub struct Tickets {
    next: AtomicU64,
    limit: u64,
}

impl Tickets {
    /// So many, counted from 0.
    #[must_use]
    pub fn new(limit: u64) -> Self {
        Self {
            next: AtomicU64::new(0),
            limit,
        }
    }

    /// The next one, if one is left.
    #[must_use]
    pub fn take(&self) -> Option<u64> {
        // Relaxed: a number that is out of date fails the exchange below.
        let mut next = self.next.load(Ordering::Relaxed);
        while next < self.limit {
            // Relaxed: a ticket stands for nothing but itself.
            match self.next.compare_exchange_weak(
                next,
                next + 1,
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                Ok(_) => return Some(next),
                Err(now) => next = now,
            }
        }
        None
    }
}
