//! Why a trace cannot be replayed.

use std::fmt::{self, Formatter};

use problems::ProblemError;
use ps_core::form::count;
use ps_core::math::KERNELS;
use ps_core::{Setting, write_spelled};
use trace::{Precision, TraceError};

use super::divergence::Divergence;
use crate::error::ConfigError;

/// A trace that cannot be replayed with what was given. `{}` calls settings by their names, `{:#}`
/// as the options of the command line.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The trace cannot be read.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// Workers shared the model, and nothing says which mixture of versions each of them read.
    #[error(fmt = hogwild)]
    Hogwild,
    /// The first line of the trace is not as it was written.
    #[error("line 1 of the trace was altered after it was written")]
    Altered,
    /// The method of the trace has none of the names that there are.
    #[error(
        "the trace is of the method `{name}`, which is not on the list: the program that recorded it must replay it \
         (asgrad::Replay::own_method)"
    )]
    OwnMethod {
        /// What it was called.
        name: String,
    },
    /// The run of the trace cannot be set up.
    #[error("the first line of the trace: {0}")]
    Config(#[from] ConfigError),
    /// Only the program that recorded the trace has its problem.
    #[error(
        "the trace does not say what problem it is of: the program that recorded it must replay it (asgrad::Replay)"
    )]
    OwnProblem,
    /// Nobody knows how fast the workers are.
    #[error("the trace has no gradient: how long a worker takes is not known")]
    NoGradient,
    /// Another method needs a model.
    #[error("the trace is of a schedule alone: it has no model that another method could train")]
    ScheduleOnly,
    /// The problem of the trace cannot be loaded.
    #[error(fmt = problem)]
    Problem {
        /// Why not.
        source: ProblemError,
        /// Whether its data are in a file.
        is_file: bool,
    },
    /// Something of the user's own panicked that shows itself the versions.
    #[error("the replay panicked: {message}")]
    Panicked {
        /// What the panic said.
        message: String,
    },
    /// The data were those of standard input or a pipe.
    #[error(fmt = stream)]
    Stream {
        /// Where they were from.
        data: String,
    },
    /// There is no problem of this kind with the data that were given.
    #[error(fmt = unfit_data)]
    UnfitData {
        /// Where they are from.
        data: String,
        /// The hash of the recorded data.
        recorded: Option<String>,
        /// What is wrong with these.
        source: Box<ProblemError>,
    },
    /// The data are not those of the run.
    #[error(fmt = other_data)]
    OtherData {
        /// Where they are from.
        data: String,
        /// The hash of the recorded data.
        recorded: Option<String>,
        /// The hash of these.
        found: Option<String>,
    },
    /// The trace is not of every gradient.
    #[error(fmt = dropped)]
    Dropped {
        /// How many lines are missing.
        lines: u64,
    },
    /// Nobody knows whether the trace is of every gradient.
    #[error(fmt = may_lack_lines)]
    MayLackLines,
    /// Another number type.
    #[error("the trace is of a model in {recorded}, not in {given}")]
    Precision {
        /// The number type of the trace.
        recorded: Precision,
        /// The one that was given.
        given: &'static str,
    },
    /// The run was rounded otherwise.
    #[error(
        "the trace was recorded with kernels {recorded}, and this program has kernels {KERNELS}, which round otherwise: \
         its bits cannot be made again; replay it without comparing them, or with the version of asgrad that recorded it"
    )]
    Kernels {
        /// The version of the arithmetic that recorded the trace.
        recorded: u32,
    },
    /// Another number of parameters.
    #[error(
        "the trace is of {}, and the problem has {given}",
        count(recorded, "parameter")
    )]
    Dimension {
        /// How many parameters the recorded model has.
        recorded: usize,
        /// How many the oracle or the start has.
        given: usize,
    },
    /// Another number of workers.
    #[error(
        "the trace is of {}, and the data is for {given}",
        count(recorded, "worker")
    )]
    Workers {
        /// How many workers were recorded.
        recorded: usize,
        /// For how many there is data.
        given: usize,
    },
    /// Another first model.
    #[error(
        "the trace starts from another model: the hash of its first model is not that of {start}"
    )]
    Start {
        /// Which model has another hash.
        start: String,
    },
    /// The replay does something else than the trace says.
    #[error("the replay parts ways with the trace in {0}")]
    Diverges(Divergence),
    /// The trace ends before this version.
    #[error("version {version} is not in the trace: its last one is {last}")]
    NoSuchVersion {
        /// The version that was asked for.
        version: u64,
        /// The last one.
        last: u64,
    },
}

fn problem(source: &ProblemError, is_file: &bool, f: &mut Formatter<'_>) -> fmt::Result {
    write!(f, "the first line of the trace: {source}")?;
    if !is_file {
        return Ok(());
    }
    write_spelled!(
        f,
        "; {} FILE says where the data of the run are now",
        Setting("data")
    )
}

fn or_none(hash: &Option<String>) -> &str {
    hash.as_deref().unwrap_or("none")
}

ps_core::messages! {
    hogwild():
        "hogwild's workers read the model while others write, so that no version need ever have been the whole model: \
         there is nothing to replay; another method can be played with the compute times that were recorded (replay {} NAME)",
        ["method"];
    stream(data: &str):
        "the data of the run came from standard input or a pipe ({data}), which cannot be read again; give {} FILE",
        ["data"];
    unfit_data(data: &str, recorded: &Option<String>, source: &ProblemError):
        "{} {data}: {source}; give the data of the run, whose hash is {}",
        ["data"], or_none(recorded);
    other_data(data: &str, recorded: &Option<String>, found: &Option<String>):
        "{0} {data}: its hash is {1}, and the run was recorded with data of hash {2}; give the data of the run with {0}",
        ["data"], or_none(found), or_none(recorded);
    dropped(lines: &u64):
        "the trace cannot be replayed: {lines} of its lines were dropped because the disk was too slow ({})",
        ["trace-drop"];
    may_lack_lines():
        "the trace cannot be replayed: it was cut before its end, and may lack lines before that because its lines were \
         to be dropped where the disk was too slow ({})",
        ["trace-drop"];
}
