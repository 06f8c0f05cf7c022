//! Speeds that change with time.
//!
//! A slow-down is a function of (seed, worker, time): it does not matter who asks, in which order,
//! or how often. Time is that of the run, on whichever clock it goes.

mod alternation;
mod several;
mod stretch;

use std::time::Duration;

use ps_core::form::{DefaultValue, Domain, Kind, Limit, Named, Parameter, Syntax};
use ps_core::{JobId, Purpose, Seed, WorkerId, choice};
use rand::RngExt;

pub use several::{SlowdownError, Slowdowns};
pub(crate) use stretch::stretch;

/// A drift never makes a job longer or shorter than by this factor.
const FARTHEST_DRIFT: f64 = 100.0;

choice! {
    /// How the time that workers take changes in the course of a run. It acts on top of the time
    /// that a job would take otherwise, whether drawn by a [`Law`](crate::Law) or measured; several
    /// act together. Each can act on a share of the workers only, spread evenly: ½ is every second
    /// one, workers 1, 3, 5 and so on.
    ///
    /// *Periodic* and *drift* are gradual: a job takes the factor of the moment at which its
    /// computation begins. *Outages* and *bursts* switch: a job that spans a change is computed at
    /// each speed for as long as it lasts, to the nanosecond. Outages hold up downloads and uploads
    /// too; the others act on computing alone.
    ///
    /// Values that were not read but given are not checked until an experiment is built, or by
    /// [`check`](ps_core::form::Choice::check).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use workers::Slowdown;
    ///
    /// let outages: Slowdown = "outages:5s,500ms".parse()?;
    /// assert_eq!(outages, Slowdown::outages(Duration::from_secs(5), Duration::from_millis(500)));
    /// assert_eq!(outages.to_string(), "outages:5s,500ms");
    /// # Ok::<(), ps_core::form::FormError>(())
    /// ```
    pub struct Slowdown(Pattern);

    /// Times are multiplied by `1 + amplitude·sin(2πt/period + φ)`, with a phase φ of each worker's
    /// own. The amplitude is at least 0 and below 1.
    fn periodic(amplitude: f64, period: Duration);
    /// Times are multiplied by `(1 + rate)^t` with `t` in seconds, up to 100 times longer or
    /// shorter. At a rate of 0.1 they grow by a tenth every second; below 0 they shrink.
    fn drift(rate: f64);
    /// Each worker is up and down in turns, for exponential times with these means; nothing that it
    /// has to do goes on while it is down. At the start of a run it is up with probability
    /// `up/(up + down)`, as at any time.
    fn outages(up: Duration, down: Duration);
    /// All workers compute `factor` times slower at the same times: calm and bursts last for
    /// exponential times with these means. At the start of a run it is calm with probability
    /// `calm/(calm + burst)`, as at any time.
    fn bursts(calm: Duration, burst: Duration, factor: f64);
}

/// What a slow-down does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// Times rise and fall.
    Periodic,
    /// Times grow, or shrink.
    Drift,
    /// Workers stand still now and then.
    Outages,
    /// Workers are slow now and then.
    Bursts,
}

/// What a worker is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// A model or a gradient is on its way.
    Link,
    /// Computing.
    Compute,
}

/// A mean or a period: a shorter one changes too fast to follow, a longer one too slowly to count.
const TIME: Domain = Domain::Time(Duration::from_micros(1), Duration::from_secs(1_000_000_000));
const AMPLITUDE: Parameter = Parameter::new("AMPLITUDE", Domain::BELOW_ONE);
const RATE: Parameter = Parameter::new(
    "RATE",
    Domain::Real(Limit::Excluded(-1.0), Limit::Included(1e6)),
);
const FACTOR: Parameter = Parameter::new(
    "FACTOR",
    Domain::Real(Limit::Included(1.0), Limit::Included(1e6)),
);
const SHARE: Parameter = Parameter::new("SHARE", Domain::SHARE).default(DefaultValue::Unsaid("1"));

impl Kind for Pattern {
    const NAME: &'static str = "slow-down";
    const SYNTAX: Syntax = Syntax::Positional(',');
    const ALL: &'static [Named<Self>] = &[
        Named::new(
            "periodic",
            "times are multiplied by 1 + A·sin(2πt/P), each worker with its own phase",
            &[AMPLITUDE, Parameter::new("PERIOD", TIME), SHARE],
            Self::Periodic,
        ),
        Named::new(
            "drift",
            "times are multiplied by (1 + RATE)^t, t in seconds; by 1/100 to 100 at most",
            &[RATE, SHARE],
            Self::Drift,
        ),
        Named::new(
            "outages",
            "each worker stands still now and then: up and down for exponential times with these means",
            &[
                Parameter::new("UP", TIME),
                Parameter::new("DOWN", TIME),
                SHARE,
            ],
            Self::Outages,
        ),
        Named::new(
            "bursts",
            "all workers are FACTOR times slower together: exponential times with these means",
            &[
                Parameter::new("CALM", TIME),
                Parameter::new("BURST", TIME),
                FACTOR,
                SHARE,
            ],
            Self::Bursts,
        ),
    ];
}

impl Slowdown {
    /// Share of the workers that it acts on: above 0, up to 1.
    fn share(&self) -> f64 {
        self.values().real("SHARE")
    }

    /// Whether it acts on any of so many workers: a small share of a few is nobody.
    pub fn concerns_any(&self, n_workers: usize) -> bool {
        (n_workers as f64 * self.share()).floor() >= 1.0
    }

    /// Whether it acts on downloads and uploads, and not on computing alone.
    pub fn acts_on_links(&self) -> bool {
        self.entry().what == Pattern::Outages
    }

    fn concerns(&self, worker: WorkerId, part: Part) -> bool {
        let (before, share) = (worker.index() as f64, self.share());
        let is_in = ((before + 1.0) * share).floor() > (before * share).floor();
        is_in && (part == Part::Compute || self.acts_on_links())
    }

    /// By how much a time is multiplied that begins at `start`, as far as that moment decides.
    fn factor(&self, seed: Seed, worker: WorkerId, start: Duration) -> f64 {
        let values = self.values();
        match self.entry().what {
            Pattern::Periodic => {
                let (amplitude, period) = (values.real("AMPLITUDE"), values.time("PERIOD"));
                let phase: f64 = seed.stream(Purpose::Phase, worker, JobId::new(0)).random();
                let position = (start.as_nanos() % period.as_nanos()) as f64;
                let turns = position / period.as_nanos() as f64 + phase;
                1.0 + amplitude * (std::f64::consts::TAU * turns).sin()
            }
            Pattern::Drift => {
                let factor = (1.0 + values.real("RATE")).powf(start.as_secs_f64());
                factor.clamp(1.0 / FARTHEST_DRIFT, FARTHEST_DRIFT)
            }
            Pattern::Outages | Pattern::Bursts => 1.0,
        }
    }
}

#[cfg(test)]
mod tests;
