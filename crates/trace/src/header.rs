//! The first line of a trace.

use std::fmt::Display;
use std::thread;

use methods::rules;
use ps_core::Scalar;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use workers::Cluster;

use crate::hash::model_hash;
use crate::json;
use methods::{Chain, CorrectionRule, OnLoss, OptimizerRule, StepRule};
use ps_core::Seed;
use workers::{Access, Clock};

/// The number of the format that is written, in the first line.
const FORMAT: u32 = 1;

/// The largest number of workers, and of outstanding jobs: some gigabytes of them.
pub const MAX_WORKERS: usize = 10_000_000;

/// The first line of a trace: what was run, on what, with which versions. Together with the oracle and the lines that
/// follow it determines every bit of the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Header {
    /// Always `run`.
    event: String,
    /// The version of the format.
    pub format: u32,
    /// The method, with its settings.
    pub method: String,
    /// How many workers there are.
    pub workers: usize,
    /// How many jobs are outstanding.
    pub concurrency: usize,
    /// Of Hogwild!, which has no server and no versions: which parameters a job reads and writes, `dense` (all) or `sparse` (those
    /// of its rows). Absent where there is a server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<String>,
    /// How many parameters the model has; 0: the schedule alone.
    pub dimension: usize,
    /// The number type of the model: `f64` or `f32`.
    pub precision: String,
    /// The step size `γ`.
    pub step_size: f64,
    /// How it depends on time and staleness.
    pub step_rule: String,
    /// What corrects the gradients, one after the other: `clip:1,dc:0.04`; absent if nothing does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correction: Option<String>,
    /// What makes the direction of an update, one after the other: `weight-decay:0.001,momentum:0.9`; absent if nothing does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub optimizer: Option<String>,
    /// The seed of every random number.
    pub seed: u64,
    /// Real or virtual.
    #[serde(with = "json::text")]
    pub clock: Clock,
    /// What happens when a worker is lost: `stop` or `continue`.
    #[serde(default = "stop")]
    pub on_loss: String,
    /// The hash of the first model.
    #[serde(default)]
    pub start_hash: Option<String>,
    /// Whether lines may be missing because the disk was too slow.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub trace_drop: bool,
    /// The latency model, for people.
    pub cluster: String,
    /// Where it ran.
    pub machine: Machine,
    /// The versions of the crates that matter.
    pub versions: Map<String, Value>,
    /// The check of the line, when it is read; it is taken out then.
    #[serde(default, skip_serializing)]
    pub(super) check: Option<String>,
    /// Everything else that was said of the run: data, problem, options.
    #[serde(flatten)]
    pub description: Map<String, Value>,
}

/// The names of the fields that a first line has by itself; nothing else that is said of a run can have them.
pub const OWN_FIELDS: [&str; 21] = [
    "event",
    "format",
    "method",
    "workers",
    "concurrency",
    "access",
    "dimension",
    "precision",
    "step_size",
    "step_rule",
    "correction",
    "optimizer",
    "seed",
    "clock",
    "on_loss",
    "start_hash",
    "cluster",
    "machine",
    "versions",
    "trace_drop",
    "check",
];

/// What a run is called and what it was asked to do.
#[derive(Clone, Debug)]
pub struct About {
    /// The method, with its settings.
    pub method: String,
    /// The step size `γ`.
    pub step_size: f64,
    /// The seed of every random number.
    pub seed: Seed,
    /// Real or virtual.
    pub clock: Clock,
    /// Number of outstanding jobs.
    pub concurrency: usize,
    /// Which parameters a job reads and writes, where they are shared without a server.
    pub access: Option<Access>,
}

/// A machine, as far as it matters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Machine {
    /// The operating system.
    pub os: String,
    /// The processor's architecture.
    pub arch: String,
    /// How many cores the program may use.
    pub cores: usize,
}

/// What a run does with its gradients, beside its method.
#[derive(Debug)]
pub struct Policies {
    /// How the step size depends on time and staleness.
    pub step_rule: StepRule,
    /// What corrects the gradients.
    pub correction: Chain<CorrectionRule>,
    /// What makes the direction of an update.
    pub optimizer: Chain<OptimizerRule>,
    /// What happens when a worker is lost.
    pub on_loss: OnLoss,
    /// Whether lines may be dropped where the disk is too slow.
    pub trace_drop: bool,
}

impl Machine {
    /// This machine.
    #[must_use]
    pub fn here() -> Self {
        Self {
            os: std::env::consts::OS.to_owned(),
            arch: std::env::consts::ARCH.to_owned(),
            cores: thread::available_parallelism().map_or(1, std::num::NonZero::get),
        }
    }
}

impl Header {
    /// The first line of a run on this machine.
    pub fn new<T: Scalar>(
        about: &About,
        cluster: &Cluster,
        policies: &Policies,
        start: &[T],
        description: Map<String, Value>,
    ) -> Self {
        let version = |version: &str| Value::from(version.to_owned());
        Self {
            event: "run".to_owned(),
            format: FORMAT,
            method: about.method.clone(),
            workers: cluster.n_workers(),
            concurrency: about.concurrency,
            access: about.access.map(|access| access.to_string()),
            dimension: start.len(),
            precision: T::NAME.to_owned(),
            step_size: about.step_size,
            step_rule: policies.step_rule.to_string(),
            correction: unless_empty(&policies.correction),
            optimizer: unless_empty(&policies.optimizer),
            seed: about.seed.number(),
            clock: about.clock,
            on_loss: policies.on_loss.to_string(),
            start_hash: Some(model_hash(start)),
            trace_drop: policies.trace_drop,
            cluster: cluster.describe(),
            machine: Machine::here(),
            versions: Map::from_iter([("asgrad".to_owned(), version(env!("CARGO_PKG_VERSION")))]),
            check: None,
            description,
        }
    }

    /// Something else that was said of the run, as text.
    #[must_use]
    pub fn described(&self, key: &str) -> Option<&str> {
        self.description.get(key)?.as_str()
    }

    /// The name of the method, without its settings.
    #[must_use]
    pub fn method_name(&self) -> &str {
        self.method.split(':').next().unwrap_or_default()
    }

    /// Whether workers shared the model, and there was no server: then there are no versions.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.access.is_some()
    }

    /// The method, if it is one of the list.
    #[must_use]
    pub fn named(&self) -> Option<&'static rules::Named> {
        let name = self.method_name();
        rules::ALL.iter().find(|named| named.name == name)
    }

    /// What does not make sense, if anything.
    pub(super) fn validate(&self) -> Result<(), String> {
        const MOST: usize = MAX_WORKERS;
        if self.event != "run" {
            return Err(format!("its first event is `{}`, not `run`", self.event));
        }
        if self.format != FORMAT {
            let format = self.format;
            return Err(format!(
                "it has format {format}, and this program reads format {FORMAT}"
            ));
        }
        if self.workers == 0 || self.workers > MOST {
            let workers = self.workers;
            return Err(format!(
                "it is of {workers} workers, and there are 1 to {MOST}"
            ));
        }
        if self.concurrency > MOST {
            let jobs = self.concurrency;
            return Err(format!(
                "it keeps {jobs} jobs outstanding, and {MOST} is the most"
            ));
        }
        Ok(())
    }
}

fn unless_empty<R: Display>(chain: &Chain<R>) -> Option<String> {
    (!chain.rules().is_empty()).then(|| chain.to_string())
}

fn stop() -> String {
    OnLoss::Stop.to_string()
}
