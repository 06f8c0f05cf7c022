//! Speeds that change with time.
//!
//! A slow-down is a function of (seed, worker, time): it does not matter who asks, in which order, or how often. Time is
//! that of the run, on whichever clock it goes.

mod alternation;
mod parse;
mod stretch;

use std::time::Duration;

use ps_core::{Purpose, Seed, WorkerId};
use rand::RngExt;

use self::alternation::{Alternation, Origin};

pub use parse::{SlowdownError, Slowdowns};
pub(crate) use stretch::stretch;

/// A drift never makes a job longer or shorter than by this factor.
const FARTHEST_DRIFT: f64 = 100.0;

/// How the time that workers take changes in the course of a run. It acts on top of the time that a job would take
/// otherwise, whether drawn by a [`Law`](crate::Law) or measured; several act together.
///
/// *Periodic* and *drift* are gradual: a job takes the factor of the moment at which its computation begins. *Outages* and
/// *bursts* switch: a job that spans a change is computed at each speed for as long as it lasts, to the nanosecond.
/// Outages hold up downloads and uploads too; the others act on computing alone.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use workers::Slowdown;
///
/// let outages: Slowdown = "outages:5s,500ms".parse()?;
/// assert_eq!(outages, Slowdown::outages(Duration::from_secs(5), Duration::from_millis(500))?);
/// assert_eq!(outages.to_string(), "outages:5s,500ms");
/// # Ok::<(), workers::SlowdownError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slowdown {
    kind: Kind,
    /// Above 0, up to 1.
    share: f64,
}

/// The parameters have been checked.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Periodic { amplitude: f64, period: Duration },
    Drift { rate: f64 },
    Outages(Alternation),
    Bursts { calm: Alternation, factor: f64 },
}

/// What a worker is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// A model or a gradient is on its way.
    Link,
    /// Computing.
    Compute,
}

impl Slowdown {
    /// Every kind as it is written, and what it is.
    pub const ALL: &[(&str, &str)] = &[
        (
            "periodic:AMPLITUDE,PERIOD[,SHARE]",
            "times are multiplied by 1 + A·sin(2πt/P), each worker with its own phase",
        ),
        (
            "drift:RATE[,SHARE]",
            "times are multiplied by (1 + RATE)^t, t in seconds; by 1/100 to 100 at most",
        ),
        (
            "outages:UP,DOWN[,SHARE]",
            "each worker stands still now and then: up and down for exponential times with these means",
        ),
        (
            "bursts:CALM,BURST,FACTOR[,SHARE]",
            "all workers are FACTOR times slower together: exponential times with these means",
        ),
    ];

    /// Times are multiplied by `1 + amplitude·sin(2πt/period + φ)`, with a phase φ of each worker's own.
    ///
    /// # Errors
    /// If the amplitude is not at least 0 and below 1, or the period is not between a microsecond and 10⁹ seconds.
    pub fn periodic(amplitude: f64, period: Duration) -> Result<Self, SlowdownError> {
        let is_fine = (0.0..1.0).contains(&amplitude);
        parse::check("amplitude", amplitude, is_fine, "at least 0 and below 1")?;
        parse::check_time("period", period)?;
        Ok(Self::of(Kind::Periodic { amplitude, period }))
    }

    /// Times are multiplied by `(1 + rate)^t` with `t` in seconds, up to 100 times longer or shorter. At a rate of 0.1
    /// they grow by a tenth every second; below 0 they shrink.
    ///
    /// # Errors
    /// If the rate is not above −1 and at most 10⁶.
    pub fn drift(rate: f64) -> Result<Self, SlowdownError> {
        let is_fine = rate > -1.0 && rate <= 1e6;
        parse::check("rate", rate, is_fine, "above -1 and at most 1e6")?;
        Ok(Self::of(Kind::Drift { rate }))
    }

    /// Each worker is up and down in turns, for exponential times with these means; nothing that it has to do goes on
    /// while it is down. At the start of a run it is up with probability `up/(up + down)`, as at any time.
    ///
    /// # Errors
    /// If a mean is not between a microsecond and 10⁹ seconds.
    pub fn outages(up: Duration, down: Duration) -> Result<Self, SlowdownError> {
        parse::check_time("mean time up", up)?;
        parse::check_time("mean time down", down)?;
        Ok(Self::of(Kind::Outages(Alternation::new(up, down))))
    }

    /// All workers compute `factor` times slower at the same times: calm and bursts last for exponential times with
    /// these means. At the start of a run it is calm with probability `calm/(calm + burst)`, as at any time.
    ///
    /// # Errors
    /// If a mean is not between a microsecond and 10⁹ seconds, or the factor is not at least 1 and at most 10⁶.
    pub fn bursts(calm: Duration, burst: Duration, factor: f64) -> Result<Self, SlowdownError> {
        parse::check_time("mean calm time", calm)?;
        parse::check_time("mean length of a burst", burst)?;
        let is_fine = (1.0..=1e6).contains(&factor);
        parse::check("factor", factor, is_fine, "at least 1 and at most 1e6")?;
        let calm = Alternation::new(calm, burst);
        Ok(Self::of(Kind::Bursts { calm, factor }))
    }

    /// Acts on this share of the workers only, spread evenly: ½ is every second one, workers 1, 3, 5 and so on.
    ///
    /// # Errors
    /// If the share is not above 0 and at most 1.
    pub fn share(self, share: f64) -> Result<Self, SlowdownError> {
        let is_fine = share > 0.0 && share <= 1.0;
        parse::check("share", share, is_fine, "above 0 and at most 1")?;
        Ok(Self { share, ..self })
    }

    fn of(kind: Kind) -> Self {
        Self { kind, share: 1.0 }
    }

    /// Whether both are of one kind, whatever their parameters.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        std::mem::discriminant(&self.kind) == std::mem::discriminant(&other.kind)
    }

    /// Whether it acts on any of so many workers: a small share of a few is nobody.
    #[must_use]
    pub fn concerns_any(&self, n_workers: usize) -> bool {
        (n_workers as f64 * self.share).floor() >= 1.0
    }

    /// Whether it acts on downloads and uploads, and not on computing alone.
    #[must_use]
    pub fn acts_on_links(&self) -> bool {
        matches!(self.kind, Kind::Outages(_))
    }

    fn concerns(&self, worker: WorkerId, part: Part) -> bool {
        let before = worker.index() as f64;
        let is_in = ((before + 1.0) * self.share).floor() > (before * self.share).floor();
        is_in && (part == Part::Compute || self.acts_on_links())
    }

    /// By how much a time is multiplied that begins at `start`, as far as that moment decides.
    fn factor(&self, seed: Seed, worker: WorkerId, start: Duration) -> f64 {
        match self.kind {
            Kind::Periodic { amplitude, period } => {
                let phase: f64 = Origin::new(seed, Purpose::Phase, worker).stream(0).random();
                let position = (start.as_nanos() % period.as_nanos()) as f64;
                let turns = position / period.as_nanos() as f64 + phase;
                1.0 + amplitude * (std::f64::consts::TAU * turns).sin()
            }
            Kind::Drift { rate } => {
                let factor = (1.0 + rate).powf(start.as_secs_f64());
                factor.clamp(1.0 / FARTHEST_DRIFT, FARTHEST_DRIFT)
            }
            Kind::Outages(_) | Kind::Bursts { .. } => 1.0,
        }
    }
}

#[cfg(test)]
mod tests;
