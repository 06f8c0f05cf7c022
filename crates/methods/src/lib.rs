//! Asynchronous SGD methods as state machines, and the engine that runs them.
//!
//! A [`Method`] decides what happens to a gradient and who computes next; it sees numbers and times, never a
//! component of the model. The [`Engine`] is the [`Service`](ps_core::Service) that a driver calls: it keeps the books, lets the
//! method decide, and has the data plane carry it out. Neither reads a clock, sleeps, locks or touches a channel.
//!
//! [`rules::ALL`] lists the named methods: a rule (`rules/`), an [`Assignment`] (`assignment/`) and how many jobs are
//! outstanding. The [`StepSize`] is chosen apart from them.

#![forbid(unsafe_code)]

pub mod assignment;
pub mod engine;
pub mod method;
pub mod rules;
pub mod server;
pub mod spec;
pub mod step_size;
pub mod stop;

mod compute_times;
mod data_plane;
mod kernel;

pub use assignment::Assignment;
pub use engine::{Engine, OnLoss};
pub use method::{Arrival, Gradient, Method};
pub use server::{Accumulator, Server};
pub use spec::{MethodError, MethodSpec};
pub use step_size::{StepRule, StepSize};
pub use stop::StopRule;
