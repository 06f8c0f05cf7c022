//! What can go wrong before a run.

use std::convert::Infallible;
use std::fmt::{self, Display as _, Formatter};
use std::path::{Path, PathBuf};

use methods::{FormError, MethodError, PrescriptionError};
use problems::ProblemError;
use ps_core::form::count;
use ps_core::{Setting, WorkerId, not_built, write_spelled};
use trace::{SettingError, TraceError};
use workers::{ClusterError, ClusterSpecError};

/// Settings that do not fit together. Found before a run starts. `{}` calls settings by their
/// names, `{:#}` as the options of the command line.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A setting cannot be read.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The method cannot be made as asked.
    #[error(transparent)]
    Method(#[from] MethodError),
    /// The latency model makes no sense.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// The latency model cannot be made for these workers.
    #[error(transparent)]
    ClusterSpec(#[from] ClusterSpecError),
    /// The trace that times are to be those of does not give them.
    #[error(fmt = recorded_times)]
    RecordedTimes {
        /// Which trace.
        path: PathBuf,
        /// What is wrong with it.
        source: TraceError,
    },
    /// The problem cannot be loaded.
    #[error(transparent)]
    Problem(#[from] ProblemError),
    /// A step rule, a correction or an optimizer with a number that makes no sense.
    #[error(transparent)]
    Rule(#[from] FormError),
    /// Theory does not prescribe this.
    #[error(transparent)]
    Prescription(#[from] PrescriptionError),
    /// Theory knows the named methods that have a server.
    #[error("theory prescribes nothing for `{name}`: give its step size as a number")]
    NoTheory {
        /// Its name.
        name: String,
    },
    /// What theory prescribes would be changed.
    #[error(
        "theory prescribes a constant step along the gradients as they are: leave out {rule}, or give the step size as a number"
    )]
    NotInTheory {
        /// What changes it.
        rule: String,
    },
    /// A setting that does not go with the others, or is out of its bounds.
    #[error(fmt = misfit)]
    Misfit {
        /// Which setting.
        setting: Setting,
        /// Its value.
        value: String,
        /// What is wrong with it, and the way out.
        fault: Fault,
    },
    /// The parts of the user's own that a spec names have to be given.
    #[error("`{name}` is a part of the user's own: the program that has it must give it")]
    OwnPart {
        /// The part, `own:NAME`.
        name: String,
    },
    /// Data and workers do not go together.
    #[error("{} asked for, but {what} is for {given}", count(asked, "worker"))]
    WorkersDiffer {
        /// Number of workers that were asked for.
        asked: usize,
        /// What is for another number.
        what: &'static str,
        /// That number.
        given: usize,
    },
    /// The first model has the wrong size.
    #[error(
        "the start has {}, but the oracle has {dim}",
        count(given, "parameter")
    )]
    WrongStart {
        /// The length of the start.
        given: usize,
        /// The oracle's dimension.
        dim: usize,
    },
    /// The file of the first model cannot be read.
    #[error(fmt = start_file)]
    StartFile {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        source: std::io::Error,
    },
    /// The first model is no model.
    #[error("component {component} of the start is not finite")]
    StartNotFinite {
        /// The first such component.
        component: usize,
    },
    /// The oracle has nothing to optimise.
    #[error("the oracle has dimension 0: there is nothing to optimise")]
    NoParameters,
    /// Two fields of one name cannot be read again.
    #[error(
        "a run cannot be described by `{key}`: the first line of its trace has that field already"
    )]
    OwnField {
        /// The name that was given.
        key: String,
    },
    /// A thread that watches targets cannot be started.
    #[error("the thread that watches the target could not be started: {source}")]
    Thread {
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The trace file cannot be made.
    #[error("the trace {} cannot be written: {source}", path.display())]
    Trace {
        /// Where it was to be.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
}

/// A typed setting cannot be misunderstood.
impl From<Infallible> for ConfigError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

fn misfit(setting: &Setting, value: &str, fault: &Fault, f: &mut Formatter<'_>) -> fmt::Result {
    setting.fmt(f)?;
    if !value.is_empty() {
        write!(f, " {value}")?;
    }
    f.write_str(": ")?;
    fault.fmt(f)
}

/// The trace is named once.
fn recorded_times(path: &Path, source: &TraceError, f: &mut Formatter<'_>) -> fmt::Result {
    let (fault, path) = (source.to_string(), path.display().to_string());
    write_spelled!(f, "{}", Setting("compute"))?;
    match fault.contains(&path) {
        true => write!(f, ": {fault}"),
        false => write!(f, " {path}: {fault}"),
    }
}

/// What is wrong with a setting, and the way out.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// What a step rule keeps a budget of would not be the steps that are made.
    #[error(
        "it bounds the sum of the steps that a gradient misses, but method `{method}` makes \
         them longer or shorter than it says; choose another step rule, or another method"
    )]
    BudgetOfWeightedSteps {
        /// The method.
        method: String,
    },
    /// More than fits a machine.
    #[error("at most {most}")]
    TooMany {
        /// What is possible.
        most: usize,
    },
    /// The step size is no step size.
    #[error(
        "a step size is at least 0, and neither infinite nor 0 in the number type of the model unless it is 0"
    )]
    BadStepSize,
    /// A target that can never be reached.
    #[error("{bound}")]
    BadTarget {
        /// What is possible.
        bound: &'static str,
    },
    /// A target without a way to measure it.
    #[error("it needs a model and an objective that can be evaluated")]
    NothingToEvaluate,
    /// Nothing would be evaluated.
    #[error("evaluate every 1 or more updates")]
    EvaluateNever,
    /// Virtual time needs jobs that take some.
    #[error(fmt = time_stands_still)]
    TimeStandsStill,
    /// Times are those of a law.
    #[error(fmt = nothing_takes_time)]
    NothingTakesTime {
        /// The setting that would be such a law.
        law: &'static str,
    },
    /// Slow-downs act on emulated times.
    #[error(fmt = nothing_to_slow_down)]
    NothingToSlowDown,
    /// The share of the workers that it slows down is less than one.
    #[error("its share of {n_workers} workers is nobody; give a share of at least 1/{n_workers}")]
    NobodyToSlowDown {
        /// Number of workers.
        n_workers: usize,
    },
    /// Whoever waits for a worker that never answers would do so for ever.
    #[error(fmt = may_never_end)]
    MayNeverEnd {
        /// Who.
        worker: WorkerId,
    },
    /// Real threads compute real gradients.
    #[error(fmt = schedule_needs_virtual_time)]
    ScheduleNeedsVirtualTime,
    /// The process would run out of memory maps, and be aborted.
    #[error(fmt = too_many_threads)]
    TooManyThreads {
        /// For how many workers there is room.
        most: usize,
    },
    /// The memory there is would not be enough.
    #[error(fmt = too_much_memory)]
    TooMuchMemory {
        /// How many bytes are needed at least.
        needed: u64,
        /// How many there are.
        free: u64,
    },
    /// The program has no way to keep a worker on a core.
    #[error("{}", not_built("it", "", "pin"))]
    CannotPin,
    /// Hogwild! has no place for this.
    #[error("hogwild {reason}; leave it out")]
    NotForHogwild {
        /// Why not.
        reason: &'static str,
    },
    /// The model in a file is not one of this problem.
    #[error("it has {}, the model has {dim}", count(given, "parameter"))]
    StartLength {
        /// How many parameters are in the file.
        given: usize,
        /// How many the model has.
        dim: usize,
    },
    /// The model in a file is no model.
    #[error(
        "component {component} is not finite in the number type of the model; start from another model"
    )]
    StartNotFinite {
        /// The first such component.
        component: usize,
    },
    /// Every worker would be lost.
    #[error("no job can keep to it; give a time above 0")]
    NoTimeForAJob,
    /// The run would end before it begins.
    #[error("a run must last for some time; give a positive number")]
    NoTime,
    /// No driver of this name is in the program.
    #[error("there is no such driver here; there are threads and virtual")]
    NoSuchDriver,
    /// The oracle computes in another number type.
    #[error("the problem is in {given}")]
    WrongPrecision {
        /// The oracle's number type.
        given: &'static str,
    },
}

fn gigabytes(bytes: &u64) -> f64 {
    *bytes as f64 / 1e9
}

ps_core::messages! {
    start_file(path: &Path, source: &std::io::Error): "{} {1}: {source}", ["start"], path.display();
    time_stands_still():
        "virtual time stands still: give the workers a law of compute times ({}), or use the real clock",
        ["compute"];
    nothing_takes_time(law: &'static str):
        "nothing takes such a time with {} none; give a law, or leave it out",
        [law];
    nothing_to_slow_down():
        "with {} none there is no emulated compute time to slow down; give a law of compute times",
        ["compute"];
    may_never_end(worker: &WorkerId):
        "worker {worker} never answers (time inf), so on the real clock whoever waits for it does so until it is taken for lost; add {}, or {}",
        ["seconds", "job-limit"];
    too_many_threads(most: &usize):
        "real threads for more than {most} workers need more memory maps than this system allows \
         (vm.max_map_count); use fewer, or {} virtual",
        ["clock"];
    too_much_memory(needed: &u64, free: &u64):
        "such a run needs {1:.1} GB at least, and {2:.1} GB are free; use fewer workers, a smaller {0}, or a smaller model",
        ["concurrency"], gigabytes(needed), gigabytes(free);
    schedule_needs_virtual_time():
        "a schedule without a model runs in virtual time only: add {} virtual",
        ["clock"];
}
