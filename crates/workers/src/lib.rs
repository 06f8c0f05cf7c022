//! Where jobs run. A driver owns time, threads, channels and sleeping; it takes jobs from a
//! [`Service`](ps_core::Service) and brings their completions back. It knows nothing of methods or
//! problems.
//!
//! Each [`Driver`] is one file or folder:
//!
//! - [`VirtualTime`]: an exact event queue. No sleeping, no threads; the same seed gives the same
//!   bits.
//! - [`Threads`]: one OS thread for each worker, with injected waits that emulate slow workers.
//! - [`Hogwild`]: OS threads that share the model and have no server.
//! - [`ReplayDriver`]: one turn after the other as they were recorded, to run a run again.
//!
//! [`Cluster`] says how long downloads, computations and uploads take: by a [`Law`], or as it was
//! measured, with [`Slowdown`]s that come and go.

#![forbid(unsafe_code)]

pub mod drivers;
pub mod latency;

pub use drivers::hogwild::Hogwild;
pub use drivers::replay::ReplayDriver;
pub use drivers::report::{DriverReport, Leaving, Reads};
pub use drivers::silence::{Overdue, OverdueJobs};
pub use drivers::stop_handle::StopHandle;
pub use drivers::stopwatch::Stopwatch;
pub use drivers::threads::{Emulate, Serving, Threads};
pub use drivers::virtual_time::VirtualTime;
pub use drivers::{Clock, Driver, DriverError, Finished, Prepared, compute_to_the_end};
pub use latency::build::{ClusterSpecError, TimesFault};
pub use latency::cluster::{Cluster, ClusterError, Latency};
pub use latency::compute_times::ComputeTimes;
pub use latency::law::{Draw, Law};
pub use latency::measured::MeasuredError;
pub use latency::slowdown::{Pattern, Slowdown, SlowdownError, Slowdowns};
pub use latency::spec::{ClusterSpec, Times, TimesError};
