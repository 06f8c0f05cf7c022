//! The first line of a trace.

use std::thread;

use methods::rules;
use ps_core::Scalar;
use ps_core::form::count;
use ps_core::math::KERNELS;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use workers::Clock;

use crate::hash::model_hash;
use crate::run_spec::{Algorithm, RunSpec};

/// The number of the format that is written, in the first line. Format 1 named its settings
/// otherwise (`speeds`, `on_loss`) and had some of them only in words; it is read as well, but for
/// Hogwild!, whose lines had no versions.
const FORMAT: u32 = 2;
const OLDEST_FORMAT: u32 = 1;

/// The largest number of workers, and of outstanding jobs: some gigabytes of them.
pub const MAX_WORKERS: usize = 10_000_000;

/// The first line of a trace: what was run, on what, with which versions. Together with the oracle
/// and the lines that follow it determines every bit of the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Header {
    /// Always `run`.
    event: String,
    /// Number of the format.
    pub format: u32,
    /// The version of the arithmetic: another one may round otherwise.
    #[serde(default = "first_kernels")]
    pub kernels: u32,
    /// What the run is. Workers and concurrency are made out.
    #[serde(flatten, skip_deserializing)]
    pub spec: RunSpec,
    /// Number of parameters of the model; 0: the schedule alone.
    pub dimension: usize,
    /// The hash of the first model.
    #[serde(default)]
    pub start_hash: Option<String>,
    /// Whether lines may be missing because the disk was too slow.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub trace_drop: bool,
    /// Where it ran.
    pub machine: Machine,
    /// The versions of the crates that matter.
    pub versions: Map<String, Value>,
    /// Everything else that was said of the run.
    #[serde(flatten)]
    pub description: Map<String, Value>,
}

/// Those of traces that do not say which.
fn first_kernels() -> u32 {
    1
}

/// Fields of a first line beside the settings of its spec.
const PROVENANCE: [&str; 10] = [
    "event",
    "format",
    "kernels",
    "dimension",
    "start_hash",
    "trace_drop",
    "cluster",
    "machine",
    "versions",
    "check",
];

/// Fields that every first line has.
const REQUIRED: [&str; 7] = [
    "method",
    "workers",
    "concurrency",
    "precision",
    "step_size",
    "seed",
    "clock",
];

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

impl Machine {
    /// This machine.
    pub fn here() -> Self {
        Self {
            os: std::env::consts::OS.to_owned(),
            arch: std::env::consts::ARCH.to_owned(),
            cores: thread::available_parallelism().map_or(1, std::num::NonZero::get),
        }
    }
}

impl Header {
    /// The first line of a run on this machine, from this first model.
    pub fn new<T: Scalar>(
        spec: RunSpec,
        start: &[T],
        trace_drop: bool,
        description: Map<String, Value>,
    ) -> Self {
        let version = Value::from(env!("CARGO_PKG_VERSION"));
        Self {
            event: "run".to_owned(),
            format: FORMAT,
            kernels: KERNELS,
            spec,
            dimension: start.len(),
            start_hash: Some(model_hash(start)),
            trace_drop,
            machine: Machine::here(),
            versions: Map::from_iter([("asgrad".to_owned(), version)]),
            description,
        }
    }

    /// Whether a first line has a field of this name by itself; nothing else that is said of a run
    /// can have it.
    pub fn has_field(name: &str) -> bool {
        PROVENANCE.contains(&name) || RunSpec::entry(name).is_some()
    }

    /// The first line that these fields make.
    pub(crate) fn read(mut fields: Map<String, Value>) -> Result<Self, String> {
        if let Some(missing) = REQUIRED.iter().find(|name| !fields.contains_key(**name)) {
            return Err(format!(
                "it is no header of asgrad: it has no field `{missing}`"
            ));
        }
        let known = u64::from(OLDEST_FORMAT)..=u64::from(FORMAT);
        let format = fields.get("format").and_then(Value::as_u64);
        if let Some(format) = format.filter(|format| !known.contains(format)) {
            return Err(format!(
                "it has format {format}, and this program reads formats {OLDEST_FORMAT} to {FORMAT}"
            ));
        }
        if let Some(Value::String(method)) = fields.get_mut("method")
            && method.parse::<Algorithm>().is_err()
        {
            *method = Algorithm::Own(std::mem::take(method)).to_string();
        }
        let count = |name: &str| fields.get(name).and_then(Value::as_u64);
        check_counts(
            count("workers").unwrap_or(1),
            count("concurrency").unwrap_or(1),
        )?;
        let spec = RunSpec::take_from(&mut fields).map_err(|error| error.to_string())?;
        let header: Self =
            serde_json::from_value(Value::Object(fields)).map_err(|error| error.to_string())?;
        let header = Self { spec, ..header };
        header.validate()?;
        Ok(header)
    }

    /// A setting, or something else that was said of the run, as text.
    pub fn described(&self, key: &str) -> Option<String> {
        let said = self.description.get(key).and_then(Value::as_str);
        said.map(str::to_owned).or_else(|| self.spec.text(key))
    }

    /// A number that was said of the run beside its settings.
    pub fn number(&self, key: &str) -> Option<f64> {
        self.description.get(key)?.as_f64()
    }

    /// The method with its settings, for people.
    pub fn method(&self) -> String {
        self.spec.algorithm.label()
    }

    /// The method, if it is one of the list.
    pub fn named(&self) -> Option<&'static rules::NamedMethod> {
        self.spec.algorithm.named()
    }

    /// The value of one of the method's keys, given or by default, as it is typed.
    pub fn method_value(&self, key: &str) -> Option<String> {
        match &self.spec.algorithm {
            Algorithm::Method(method) => method.value(key, self.workers()),
            Algorithm::Hogwild | Algorithm::Own(_) => None,
        }
    }

    /// Number of workers.
    pub fn workers(&self) -> usize {
        self.spec.workers.unwrap_or_default()
    }

    /// Number of outstanding jobs.
    pub fn concurrency(&self) -> usize {
        self.spec.concurrency.unwrap_or_default()
    }

    /// The clock that the run went by.
    pub fn clock(&self) -> Clock {
        self.spec.driver.clock()
    }

    /// The latency model in words.
    pub fn cluster(&self) -> String {
        self.described("cluster")
            .unwrap_or_else(|| self.spec.cluster.to_string())
    }

    /// Whether this program may round otherwise than the one that recorded the run.
    pub fn is_of_other_kernels(&self) -> bool {
        self.kernels != KERNELS
    }

    /// Whether the run was one of Hogwild!, which cannot be made again: a version there counts
    /// updates, and need never have been the whole model at any time.
    pub fn is_hogwild(&self) -> bool {
        self.spec.algorithm == Algorithm::Hogwild
    }

    /// What does not make sense, if anything.
    fn validate(&self) -> Result<(), String> {
        if self.event != "run" {
            return Err(format!("its first event is `{}`, not `run`", self.event));
        }
        check_counts(self.workers() as u64, self.concurrency() as u64)
    }
}

/// Refuses more than there can be, before anything is made of it.
fn check_counts(workers: u64, jobs: u64) -> Result<(), String> {
    const MOST: u64 = MAX_WORKERS as u64;
    if !(1..=MOST).contains(&workers) {
        return Err(format!(
            "it is of {}, and there are 1 to {MOST}",
            count(workers, "worker")
        ));
    }
    if jobs > MOST {
        return Err(format!(
            "it keeps {jobs} jobs outstanding, and {MOST} is the most"
        ));
    }
    Ok(())
}
