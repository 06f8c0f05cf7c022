//! How long a job's download, computation and upload take: laws, slow-downs, and times that were
//! measured or recorded. There is no thread and no clock in it.

pub mod build;
pub mod cluster;
pub mod compute_times;
pub mod law;
pub mod measured;
pub mod slowdown;
pub mod spec;
