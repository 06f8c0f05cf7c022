//! Asynchronous SGD methods as state machines, and the engine that runs them.
//!
//! A [`Method`] decides what happens to a gradient and who computes next; it sees numbers and
//! times, never a component of the model. The [`Engine`] is the [`Service`](ps_core::Service) that
//! a driver calls: it keeps the books, lets the method decide, and has the data plane carry it out.
//! Neither reads a clock, sleeps, locks or touches a channel.
//!
//! [`rules::ALL`] lists the named methods: a rule (`rules/`), an [`Assignment`] (`assignment/`) and
//! how many jobs are outstanding. The [`StepSize`] is chosen apart from them; so are the
//! [`Correction`]s of each gradient and the [`Optimizer`]s of each update, which the data plane
//! applies without the method knowing.

#![forbid(unsafe_code)]

pub mod arrival;
pub mod assignment;
pub mod assumptions;
pub mod correction;
pub mod engine;
pub mod method;
pub mod optimizer;
pub mod prescription;
pub mod rules;
pub mod server;
pub mod spec;
pub mod step_size;
pub mod stop;
pub mod theory;

mod compute_times;
mod data_plane;
mod kernel;
mod precision;

pub use arrival::{Arrival, Gradient};
pub use assignment::Assignment;
pub use assumptions::Assumptions;
pub use correction::{Correction, CorrectionRule};
pub use engine::Engine;
pub use method::Method;
pub use optimizer::{Optimizer, OptimizerRule};
pub use prescription::Prescription;
pub use ps_core::form::FormError;
pub use ps_core::{OnBadGradient, OnLoss};
pub use server::{Accumulator, Server};
pub use spec::{MethodError, MethodSpec};
pub use step_size::{StepContext, StepRule, StepSize};
pub use stop::StopRule;
pub use theory::PrescriptionError;
