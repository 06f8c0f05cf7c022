//! A real multithreaded parameter server for asynchronous SGD.
//!
//! Workers compute stochastic gradients of their own data, each at its own pace, and return them to
//! a server that does not wait. This crate is the one to add: it runs the methods of the field on
//! OS threads or in exact virtual time, on your own model, and says what came out and how stale it
//! was.
//!
//! # A tour
//!
//! An [`Oracle`] computes gradients: yours (from a closure with [`from_fn`]) or one of
//! [`problems`]. An [`Experiment`] says which method runs it, on how many workers, how fast those
//! are and when to stop. [`Experiment::run`] returns a [`Summary`].
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
//! [`Experiment::build`] gives a [`Session`] instead, which other threads can stop
//! ([`Session::stop_handle`]) and look into while it runs ([`Session::live`], [`Session::store`]).
//!
//! What a run is stands in one plain value, a [`RunSpec`]: it is read from text and printed, read
//! from JSON and written as JSON (by `serde_json`), it is the first line of a trace, and
//! [`Experiment::of`] makes the run that it says. [`Experiment::with`] changes what has no setter.
//!
//! # Map
//!
//! | to | see |
//! |---|---|
//! | run one method | [`Experiment`], [`Session`], [`Summary`] |
//! | tune and compare several | [`compare::Comparison`] |
//! | run a recorded run again, bit for bit | [`Replay`], [`replay`] |
//! | know what would have been best on its machine | [`advise::Advisor`], [`replay::WhatIf`] |
//! | read a trace, or the spec of a run | [`trace`], [`Trace`], [`RunSpec`] |
//! | know what a trace tells | [`explain::Explanation`] |
//! | measure what theory says of it | [`theory::TheoryMeter`] |
//! | find methods, step rules, optimizers | [`methods`]; [`methods::rules::ALL`] lists the named methods |
//! | find objectives and data | [`problems`] |
//! | write a model to a file, or read one | [`model_file`] |
//! | find laws of latency and drivers | [`workers`] |
//!
//! # Parts of your own
//!
//! They stand in the spec by name, `own:NAME`. A replay is given a fresh one.
//!
//! | part | a run | its replay |
//! |---|---|---|
//! | [`Method`], of what is in [`method_prelude`] | [`Experiment::own_method`] | [`Replay::own_method`] |
//! | [`StepSize`] | [`Experiment::own_step_size`] | [`Replay::own_step_size`] |
//! | [`Correction`](methods::Correction), [`Optimizer`](methods::Optimizer) | [`Experiment::own_correction`], [`own_optimizer`](Experiment::own_optimizer) | [`Replay::own_correction`], [`own_optimizer`](Replay::own_optimizer) |
//! | [`Driver`] | [`Experiment::own_driver`] | not needed |
//!
//! # Without a server
//!
//! `Experiment::method("hogwild")` runs Hogwild!: OS threads that share the model
//! ([`ps_core::SharedModel`]) and have no server. A version there is the ticket of an update, so
//! staleness is the overlap of the Hogwild! papers; [`Summary::reads`] says how many reads may be
//! mixed. An oracle whose gradients touch few components says so ([`Oracle::sparse`]), and only
//! those are read and written.
//!
//! # Time
//!
//! A run happens in a [`Driver`], and its clock is the driver's. OS threads go by the real clock; a
//! [`Cluster`] injects waits that emulate slow workers. Virtual time ([`Experiment::clock`]) runs
//! the same server on an event queue: exact, without sleeping, and with the same bits for the same
//! seed.
//!
//! # Features
//!
//! All but `zstd` are on by default. Without them there are some forty crates fewer to build.
//!
//! | feature | what it brings |
//! |---|---|
//! | `compression` | traces as `.gz` |
//! | `digits` | the handwritten digits that ship |
//! | `pin` | workers kept on a core ([`workers::Threads::pin`]) |
//! | `problems` | data from CSV files and generated ones, compute times from CSV files |
//! | `rayon` | losses, full gradients and tuning on all cores |
//! | `zstd` | traces as `.zst`; needs a C compiler |

#![forbid(unsafe_code)]

pub mod advise;
pub mod compare;
mod data_facts;
mod error;
mod evaluation;
mod experiment;
mod grid;
mod guarded;
mod live;
mod log;
mod measure;
pub mod model_file;
mod one_core;
pub mod replay;
mod run_error;
mod session;
mod setters;
mod summary;
pub mod theory;
mod warning;

pub use error::{ConfigError, Fault};
pub use experiment::{Experiment, cluster, first_model, load, load_with, n_workers, read_data};
pub use guarded::DroppedObserver;
pub use live::{Live, Look};
pub use replay::Replay;
pub use run_error::RunError;
pub use session::Session;
pub use summary::Summary;
pub use warning::Warning;

pub use explain;
pub use methods::{
    self, CorrectionRule, Method, OnBadGradient, OnLoss, OptimizerRule, StepRule, StepSize,
};
pub use problems;
pub use ps_core::{
    self, DataUsedUp, Event, JobContext, Objective, Observer, Oracle, OracleError, ParamStore,
    Scalar, Seed, Setting, Snapshot, StopReason, Version, WorkerId, from_fn,
};
pub use trace::{self, Algorithm, End, Evaluation, RunSpec, Trace};
pub use workers::{self, Clock, Cluster, Driver, Law, Slowdown, StopHandle, Threads};

/// What most programs need; `RngExt` draws from a job's random stream.
pub mod prelude {
    pub use rand::RngExt;

    pub use crate::{
        Clock, Cluster, End, Experiment, JobContext, Law, Objective, OnBadGradient, OnLoss, Oracle,
        OracleError, RunSpec, StopReason, Summary, from_fn,
    };
}

/// What a [`Method`] of your own needs; `RngExt` draws from [`Server::rng`](methods::Server::rng).
pub mod method_prelude {
    pub use methods::{
        Accumulator, Arrival, Assignment, Gradient, Method, Server, StepContext, StepSize,
    };
    pub use ps_core::{JobId, Version, WorkerId};
    pub use rand::RngExt;
}

#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
