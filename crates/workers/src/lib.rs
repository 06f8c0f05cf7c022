//! Where jobs run. A driver owns time, threads, channels and sleeping; it takes jobs from a
//! [`Service`](ps_core::Service) and brings their completions back. It knows nothing of methods or problems.
//!
//! - [`virtual_time`]: an exact event queue. No sleeping, no threads; the same seed gives the same bits.
//! - [`Threads`]: one OS thread for each worker, with injected waits that emulate slow workers.
//! - [`Hogwild`]: OS threads that share the model and have no server.
//! - [`Recorded`]: one turn after the other as they were recorded, to run a run again.
//!
//! [`Cluster`] says how long downloads, computations and uploads take: by a [`Law`], or as it was measured, with
//! [`Slowdown`]s that come and go.

#![forbid(unsafe_code)]

pub mod cluster;
pub mod law;
pub mod measured;
pub mod recorded;
pub mod report;
pub mod slowdown;
pub mod stop_handle;
pub mod threads;
pub mod virtual_time;

mod compute;
mod stopwatch;

pub use cluster::{Cluster, ClusterError, Latency};
pub use law::{Law, LawError};
pub use measured::MeasuredError;
pub use recorded::Recorded;
pub use report::{Leaving, Reads, Report};
pub use slowdown::{Slowdown, SlowdownError, Slowdowns};
pub use stop_handle::{StopHandle, StopRequests, stop_handle};
pub use threads::{Access, DriverError, Emulate, Finished, Hogwild, Serving, Threads};
