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
