//! Two states in turns, each for an exponential time.
//!
//! A Markov process that leaves *on* at rate a and *off* at rate b is the same as clock ticks at
//! rate a + b (a Poisson process), each of which draws the state anew, on with probability b/(a +
//! b), whatever it was before. Ticks in disjoint windows of time are independent, so each window
//! has a stream of its own, and the state at any time is found from the last tick before it,
//! without a walk from the beginning.

use std::iter::{self, Peekable};
use std::time::Duration;

use ps_core::{JobId, Purpose, Seed, Stream, WorkerId, distribution};
use rand::RngExt;

/// A window holds so many ticks on average.
const TICKS_PER_WINDOW: f64 = 8.0;

/// The window of the state before the first tick. No other has its number: windows last a
/// microsecond at least.
const BEFORE_ALL: u64 = u64::MAX;

/// One of the processes of a run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Alternation {
    /// How long each state lasts on average: between a microsecond and 10⁹ seconds.
    pub(super) on: Duration,
    pub(super) off: Duration,
    pub(super) seed: Seed,
    pub(super) purpose: Purpose,
    pub(super) worker: WorkerId,
}

impl Alternation {
    fn stream(self, number: u64) -> Stream {
        let number = JobId::new(number);
        self.seed.stream(self.purpose, self.worker, number)
    }

    /// The share of time that it is on.
    pub(super) fn share_on(self) -> f64 {
        let (on, off) = (self.on.as_secs_f64(), self.off.as_secs_f64());
        on / (on + off)
    }

    /// The mean time between two ticks, in nanoseconds.
    fn gap(self) -> f64 {
        self.share_on() * self.off.as_nanos() as f64
    }

    /// How long a window is, in nanoseconds.
    fn window(self) -> u64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 4e3 and 4e18"
        )]
        let length = (TICKS_PER_WINDOW * self.gap()) as u64;
        length
    }

    fn ticks(self, window: u64) -> Ticks {
        Ticks {
            stream: self.stream(window),
            begin: window * self.window(),
            length: self.window() as f64,
            position: 0.0,
            gap: self.gap(),
            share_on: self.share_on(),
        }
    }

    /// The process from this time on, in nanoseconds since the start of the run.
    pub(super) fn walk(self, from: u64) -> Walk {
        let window = from / self.window();
        let mut ticks = self.ticks(window).peekable();
        let before = iter::from_fn(|| ticks.next_if(|&(time, _)| time <= from)).last();
        let earlier = || {
            let mut windows = (0..window).rev();
            windows.find_map(|window| self.ticks(window).last())
        };
        let is_on = match before.or_else(earlier) {
            Some((_, is_on)) => is_on,
            None => self.stream(BEFORE_ALL).random::<f64>() < self.share_on(),
        };
        let mut walk = Walk {
            alternation: self,
            window,
            ticks,
            is_on,
            next: (0, is_on),
        };
        walk.next = walk.draw();
        walk
    }
}

/// The ticks of a window: when, and whether it is on from then.
struct Ticks {
    stream: Stream,
    begin: u64,
    length: f64,
    position: f64,
    gap: f64,
    share_on: f64,
}

impl Iterator for Ticks {
    type Item = (u64, bool);

    fn next(&mut self) -> Option<Self::Item> {
        let wait = distribution::exponential(&mut self.stream);
        self.position += self.gap * wait;
        if self.position >= self.length {
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "within the window"
        )]
        let time = self.begin.saturating_add(self.position as u64);
        Some((time, self.stream.random::<f64>() < self.share_on))
    }
}

/// A way along the process.
pub(super) struct Walk {
    alternation: Alternation,
    window: u64,
    ticks: Peekable<Ticks>,
    is_on: bool,
    /// The next tick and the state from then.
    next: (u64, bool),
}

impl Walk {
    /// Whether it is on now.
    pub(super) fn is_on(&self) -> bool {
        self.is_on
    }

    /// Until when that is certain. The state may be the same afterwards.
    pub(super) fn until(&self) -> u64 {
        self.next.0
    }

    /// Goes on to the time that [`until`](Self::until) told.
    pub(super) fn advance(&mut self) {
        self.is_on = self.next.1;
        self.next = self.draw();
    }

    /// The next tick, in whichever window. There is none after the end of time.
    fn draw(&mut self) -> (u64, bool) {
        let last = u64::MAX / self.alternation.window() - 1;
        loop {
            if let Some(tick) = self.ticks.next() {
                return tick;
            }
            if self.window >= last {
                return (u64::MAX, self.is_on);
            }
            self.window += 1;
            self.ticks = self.alternation.ticks(self.window).peekable();
        }
    }
}
