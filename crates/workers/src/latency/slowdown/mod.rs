//! Speeds that change with time.
//!
//! A slow-down is a function of (seed, worker, time): it does not matter who asks, in which order,
//! or how often. Time is that of the run, on whichever clock it goes.

mod alternation;
mod effect;
mod several;
mod stretch;

use std::time::Duration;

use ps_core::choice;
use ps_core::form::{DefaultValue, Domain, Kind, Limit, Named, Parameter, Syntax, Values};

use self::effect::Course;

pub(crate) use effect::{Effect, Part};
pub use several::{SlowdownError, Slowdowns};
pub(crate) use stretch::stretch;

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

/// How the course of a slow-down is made of its values.
#[derive(Clone, Copy, Debug)]
pub struct Pattern(fn(&Values) -> Course);

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
            Self(|v| Course::Periodic(v.real("AMPLITUDE"), v.time("PERIOD"))),
        ),
        Named::new(
            "drift",
            "times are multiplied by (1 + RATE)^t, t in seconds; by 1/100 to 100 at most",
            &[RATE, SHARE],
            Self(|v| Course::Drift(v.real("RATE"))),
        ),
        Named::new(
            "outages",
            "each worker stands still now and then: up and down for exponential times with these means",
            &[
                Parameter::new("UP", TIME),
                Parameter::new("DOWN", TIME),
                SHARE,
            ],
            Self(|v| Course::Outages(v.time("UP"), v.time("DOWN"))),
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
            Self(|v| Course::Bursts(v.time("CALM"), v.time("BURST"), v.real("FACTOR"))),
        ),
    ];
}

impl Slowdown {
    pub(crate) fn effect(&self) -> Effect {
        Effect {
            share: self.values().real("SHARE"),
            course: self.entry().what.0(self.values()),
        }
    }

    /// Whether it acts on any of so many workers: a small share of a few is nobody.
    pub fn concerns_any(&self, n_workers: usize) -> bool {
        (n_workers as f64 * self.effect().share).floor() >= 1.0
    }

    /// Whether it acts on downloads and uploads, and not on computing alone.
    pub fn acts_on_links(&self) -> bool {
        self.effect().acts_on_links()
    }
}

#[cfg(test)]
mod tests;
