//! Where jobs run: each driver is a loop around a [`Service`](ps_core::Service) that owns time, threads, channels and
//! sleeping.

pub mod hogwild;
pub mod replay;
pub mod report;
pub mod stop_handle;
pub mod threads;
pub mod virtual_time;

mod compute;
mod error;
mod stopwatch;

pub use error::DriverError;

use std::fmt;
use std::str::FromStr;

/// Which clock a run goes by: a property of its driver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// OS threads and wall-clock time.
    #[default]
    Real,
    /// An exact event queue, without sleeping.
    Virtual,
}

/// A word that names no clock.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown clock `{0}`; there are real and virtual")]
pub struct UnknownClock(pub String);

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Real => "real",
            Self::Virtual => "virtual",
        })
    }
}

impl FromStr for Clock {
    type Err = UnknownClock;

    fn from_str(text: &str) -> Result<Self, UnknownClock> {
        let clocks = [Self::Real, Self::Virtual];
        let found = clocks.into_iter().find(|clock| clock.to_string() == text);
        found.ok_or_else(|| UnknownClock(text.to_owned()))
    }
}
