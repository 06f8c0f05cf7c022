//! Loops for the widest vector registers that the machine has.

#![expect(
    clippy::disallowed_types,
    reason = "what `multiversion` makes keeps in an atomic number what this machine has"
)]

use multiversion::multiversion;

/// A loop with what it works on.
pub trait Kernel {
    /// What it makes of that.
    type Output;

    /// Runs it. Where it adds up, it keeps so many sums side by side that additions do not wait for
    /// each other.
    ///
    /// This, and what it calls in turn, must be `#[inline(always)]`, so that it becomes part of a
    /// function that is compiled for the registers. (No attribute makes the compiler inline a
    /// closure.)
    fn run<const LANES: usize>(self) -> Self::Output;
}

/// Runs a kernel with the widest registers that this machine has: 512 bits, 256, or those that every
/// machine of its kind has. The lanes are as many `T` as fill four of the widest.
///
/// The bits are the same with all: the compiler neither reorders a sum nor fuses a product with one,
/// however many it computes at a time.
#[inline]
pub fn wide<T, K: Kernel>(kernel: K) -> K::Output {
    match size_of::<T>() {
        4 => in_lanes::<_, 64>(kernel),
        _ => in_lanes::<_, 32>(kernel),
    }
}

#[inline]
fn in_lanes<K: Kernel, const LANES: usize>(kernel: K) -> K::Output {
    #[cfg(debug_assertions)]
    match limit::LIMIT.get() {
        Registers::Narrow => return kernel.run::<LANES>(),
        Registers::Bits256 => return up_to_256::<_, LANES>(kernel),
        Registers::Widest => {}
    }
    up_to_512::<_, LANES>(kernel)
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn up_to_512<K: Kernel, const LANES: usize>(kernel: K) -> K::Output {
    kernel.run::<LANES>()
}

#[cfg(debug_assertions)]
#[multiversion(targets("x86_64+avx2"))]
fn up_to_256<K: Kernel, const LANES: usize>(kernel: K) -> K::Output {
    kernel.run::<LANES>()
}

#[cfg(debug_assertions)]
pub use limit::{Registers, with_registers};

/// For tests that a machine with wide registers gives the bits of one without. Only in builds with
/// debug assertions: each kernel is compiled once more for each.
#[cfg(debug_assertions)]
mod limit {
    use std::cell::Cell;

    /// The widest registers that are used, of those that there are.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Registers {
        /// Those that every machine of this kind has.
        Narrow,
        /// Up to 256 bits.
        Bits256,
        /// All.
        Widest,
    }

    thread_local! {
        pub(super) static LIMIT: Cell<Registers> = const { Cell::new(Registers::Widest) };
    }

    /// Runs this with these registers at most, on this thread.
    pub fn with_registers<R>(limit: Registers, run: impl FnOnce() -> R) -> R {
        let before = LIMIT.replace(limit);
        let result = run();
        LIMIT.set(before);
        result
    }
}
