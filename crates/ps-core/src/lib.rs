//! The words that every part of asgrad shares, and the versioned parameter store.
//!
//! This crate knows no other crate of the workspace. It fixes *what is said* between the three
//! parts that never see each other: drivers (`workers`) run [`Job`]s and return [`Completion`]s to
//! a [`Service`]; the service (`methods`) turns completions into new versions of the model and new
//! jobs, and tells [`Observer`]s; an [`Oracle`] (`problems`, or a user's own code) computes
//! gradients.
//!
//! - [`ids`]: workers, jobs and versions, which cannot be confused;
//! - [`form`]: everything that has a name and parameters, read from text and written as text by one
//!   table for each kind;
//! - [`scalar`]: `f32` or `f64`, the only type parameter of the project;
//! - [`snapshot`] and [`store`]: immutable, versioned models and where the newest one is found;
//! - [`shared_model`]: the model of Hogwild!, which has no server;
//! - [`pool`]: the buffers that travel between server and workers;
//! - [`seed`]: one independent random stream per purpose, worker and job.

#![forbid(unsafe_code)]

mod compiled;
mod debug;
pub mod distribution;
pub mod event;
pub mod form;
pub mod guard;
pub mod ids;
pub mod job;
pub mod job_context;
pub mod math;
mod not_built;
pub mod on_bad_gradient;
pub mod on_loss;
pub mod oracle;
pub mod pool;
pub mod scalar;
pub mod seed;
pub mod service;
pub mod setting;
pub mod shared_model;
pub mod snapshot;
pub mod sparse;
pub mod stop_reason;
pub mod store;
pub mod sync;
pub mod wide;
pub mod word;

pub use event::{
    Action, CancelledInQueue, Event, Lost, ModelObserver, Observer, Overrun, Received, Stopped,
    Unfinished, Updated,
};
pub use form::{Choice, FormError};
pub use guard::guarded;
pub use ids::{JobId, Version, WorkerId};
pub use job::{Completion, Failure, Job, JobTimes, Outcome};
pub use job_context::{DataUsedUp, JobContext, OracleError};
pub use not_built::not_built;
pub use on_bad_gradient::{OnBadGradient, Rejections};
pub use on_loss::OnLoss;
pub use oracle::{Objective, Oracle, from_fn, gradient_at};
pub use pool::Pool;
pub use scalar::Scalar;
pub use seed::{Purpose, Seed, Stream};
pub use service::{Outbox, Service};
pub use setting::Setting;
pub use shared_model::SharedModel;
pub use snapshot::{Buffer, Snapshot};
pub use sparse::{SparseOracle, Support};
pub use stop_reason::StopReason;
pub use store::ParamStore;
pub use word::UnknownWord;
