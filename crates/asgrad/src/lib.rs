//! A real multithreaded parameter server for asynchronous SGD.
//!
//! Workers compute stochastic gradients of their own data, each at its own pace, and return them to a server that does
//! not wait. This crate is the one to add: it runs the methods of the field on OS threads or in exact virtual time, on your
//! own model, and says what came out and how stale it was.
//!
//! # A tour
//!
//! An [`Oracle`] computes gradients: yours (from a closure with [`from_fn`]) or one of [`problems`]. An [`Experiment`] says
//! which method runs it, on how many workers, how fast those are and when to stop. [`Experiment::run`] returns a
//! [`Summary`].
//!
//! ```
//! use asgrad::prelude::*;
//!
//! // f_i(x) = ½(x − i)²: worker i pulls towards its own number.
//! let oracle = from_fn(1, |job, x: &[f64], out: &mut [f64]| {
//!     out[0] = x[0] - job.worker().index() as f64;
//! });
//! let summary = Experiment::new(oracle)
//!     .method("shuffled")
//!     .workers(3)
//!     .step_size(0.01)
//!     .updates(5_000)
//!     .run()?;
//! assert!((summary.model.values()[0] - 1.0).abs() < 0.2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Experiment::build`] gives a [`Session`] instead, which other threads can stop ([`Session::stop_handle`]) and look into
//! while it runs ([`Session::live`], [`Session::store`]).
//!
//! # Methods
//!
//! [`methods::rules::ALL`] lists those that have a name. One of your own is a [`Method`], made of what is in
//! [`method_prelude`], for [`Experiment::own_method`]. A [`Comparison`](compare::Comparison) tunes and runs several on the same problem and workers; a [`Replay`] runs
//! a recorded run again, bit for bit, and an [`Explanation`](explain::Explanation) says what it was like.
//!
//! # Without a server
//!
//! `Experiment::method("hogwild")` runs Hogwild!: OS threads that share the model ([`ps_core::SharedModel`]) and have no server.
//! A version counts updates there, and need never have been the whole model at any time; [`Summary::reads`] says how many
//! reads may be mixed. An oracle whose gradients touch few components says so ([`Oracle::sparse`]), and only those are read and written.
//!
//! # Time
//!
//! [`Clock::Real`] runs OS threads; a [`Cluster`] injects waits that emulate slow workers. [`Clock::Virtual`] runs the same
//! server on an event queue: exact, without sleeping, and with the same bits for the same seed.

#![forbid(unsafe_code)]

pub mod compare;
mod error;
mod evaluation;
mod experiment;
mod live;
mod log;
mod measure;
pub mod replay;
mod session;
mod setters;
mod summary;
pub mod theory;
mod warning;

pub use error::{ConfigError, Fault, RunError};
pub use experiment::{Experiment, load, n_workers};
pub use live::{Live, Look};
pub use replay::Replay;
pub use session::Session;
pub use summary::Summary;
pub use warning::Warning;

pub use explain;
pub use methods::{self, CorrectionRule, Method, OnLoss, OptimizerRule, StepRule, StepSize};
pub use problems;
pub use ps_core::{
    self, Event, JobContext, Objective, Observer, Oracle, OracleError, ParamStore, Scalar, Seed,
    Setting, Snapshot, StopReason, Version, WorkerId, from_fn,
};
pub use trace::{self, Algorithm, End, Evaluation, RunSpec, Trace};
pub use workers::{self, Clock, Cluster, Driver, Law, Slowdown, StopHandle, Threads};

/// What most programs need; `RngExt` draws from a job's random stream.
pub mod prelude {
    pub use rand::RngExt;

    pub use crate::{
        Clock, Cluster, Experiment, JobContext, Law, Objective, Oracle, OracleError, RunSpec,
        StopReason, Summary, from_fn,
    };
}

/// What a [`Method`] of your own needs; `RngExt` draws from [`Server::rng`](methods::Server::rng).
pub mod method_prelude {
    pub use methods::{Accumulator, Arrival, Assignment, Gradient, Method, Server, StepSize};
    pub use ps_core::{JobId, Version, WorkerId};
    pub use rand::RngExt;
}

#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
