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

/// Which clock a run goes by: a property of its driver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// OS threads and wall-clock time.
    #[default]
    Real,
    /// An exact event queue, without sleeping.
    Virtual,
}

ps_core::words!(Clock, "clock": "real" => Clock::Real, "virtual" => Clock::Virtual);
