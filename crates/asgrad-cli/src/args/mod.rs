//! What can be typed.

mod advise;
mod print_config;
mod program;
mod spec;
mod traces;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use asgrad::Algorithm;
use asgrad::ps_core::form::Domain;
use clap::{Args, FromArgMatches as _, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub(crate) use advise::AdviseArgs;
pub(crate) use print_config::PrintConfig;
pub(crate) use program::{NOT_OF_TUNE, program};
pub(crate) use spec::{OF_FILES, TypedSpec};
pub(crate) use traces::{ExplainArgs, ReplayArgs, ReportArgs, TheoryArgs};

use crate::values::{in_virtual_time, within};

/// Time between two lines of a log.
const LOG_TIME: Domain = Domain::Time(Duration::from_millis(1), Duration::from_secs(86_400));

/// Version, commit and target, as the build script found them.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("ASGRAD_BUILD"), ")");
/// The same, and the compiler.
const LONG_VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    " (",
    env!("ASGRAD_BUILD"),
    ")\n",
    env!("ASGRAD_COMPILER")
);

/// A real multithreaded parameter server for asynchronous SGD.
///
/// Without a command: `asgrad compare` on the data that ships.
#[derive(Debug, Parser)]
#[command(name = "asgrad", version = VERSION, long_version = LONG_VERSION)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Cli {
    /// What these words mean.
    pub(crate) fn of(words: Vec<OsString>) -> Result<Self, clap::Error> {
        let mut program = program();
        let matches = program.try_get_matches_from_mut(words)?;
        Self::from_arg_matches(&matches).map_err(|error| error.format(&mut program))
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Several methods on the same problem and workers: tune each step size in virtual time, then
    /// run each on real threads
    Compare(CompareArgs),
    /// One run of one method
    Run(RunArgs),
    /// The step size of a method, by virtual time over a grid
    Tune(TuneArgs),
    /// A recorded run again, on one thread, bit for bit; or what another method would have done on
    /// its machine
    Replay(ReplayArgs),
    /// What a recorded run was like: staleness, shares, where the time went, and what is unusual
    Explain(ExplainArgs),
    /// Which method, step size and threshold would have been best on the machine of a recorded run,
    /// and whether asynchrony is worth it there
    Advise(AdviseArgs),
    /// One self-contained page with plots, out of traces
    Report(ReportArgs),
    /// What there is to choose from
    List(ListArgs),
    /// What a shell needs to complete commands and options, for its start-up files
    Completions {
        /// Which shell
        shell: Shell,
    },
    /// The manual page, for `man -l -`
    Man {
        /// Write a page for each command into this folder, and print nothing
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Only this list
    pub(crate) topic: Option<Topic>,
    /// How it is printed; json is one object a thing, with its keys, defaults and reference
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Topic {
    Methods,
    Steps,
    Problems,
    Data,
    Latencies,
}

#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    #[command(flatten)]
    pub(crate) printed: PrintConfig,
    /// Which methods, as NAME[:key=value…], separated by commas
    #[arg(
        long,
        value_name = "A,B,C",
        value_delimiter = ',',
        default_value = "minibatch,pure,shuffled,rennala,ringmaster,ringleader,iag"
    )]
    pub(crate) methods: Vec<Algorithm>,
    #[command(flatten)]
    pub(crate) options: Options,
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) printed: PrintConfig,
    /// The method, as NAME[:key=value…]; `asgrad list methods` names them
    pub(crate) method: Algorithm,
    /// Write a trace: one JSON object a line; compressed if its name ends in .gz. - is standard
    /// output; results are then printed on standard error
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) trace: Option<PathBuf>,
    /// Where the disk is too slow for the trace, drop lines and count them instead of slowing the
    /// run
    #[arg(long, requires = "trace", help_heading = "Output")]
    pub(crate) trace_drop: bool,
    /// Write the last model, however the run ends: NPY (`numpy.load`) or safetensors. With several
    /// seeds each has its own, FILE-seedS
    #[arg(
        long,
        value_name = "FILE.npy|FILE.safetensors",
        help_heading = "Output"
    )]
    pub(crate) save_model: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) theory: TheoryArgs,
    #[command(flatten)]
    pub(crate) options: Options,
}

#[derive(Debug, Args)]
pub(crate) struct TuneArgs {
    #[command(flatten)]
    pub(crate) printed: PrintConfig,
    /// The method, as NAME[:key=value…]; `asgrad list methods` names them
    #[arg(value_parser = in_virtual_time)]
    pub(crate) method: Algorithm,
    #[command(flatten)]
    pub(crate) options: Options,
}

/// The options that all commands share.
#[derive(Clone, Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    pub(crate) typed: TypedSpec,
    #[command(flatten)]
    pub(crate) output: OutputOptions,
    /// Read options from a TOML file, with the same names; the command line wins
    #[arg(long, value_name = "FILE.toml")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputOptions {
    /// Run with seeds s … s+k−1 [default: 3 for compare, 1 otherwise]
    #[arg(long, value_name = "k", value_parser = within::<u64>(Domain::Count(1, 1000)))]
    pub(crate) repeat: Option<u64>,
    /// Write results into this folder, rewritten after each method. It holds one study: the same
    /// command again makes the runs that it lacks
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Write over a file that asgrad did not write, and make the study in --out anew, or another
    #[arg(long)]
    pub(crate) force: bool,
    /// How results are printed on standard output
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
    /// Write a line on standard error each time that this time has passed, also without a terminal:
    /// how far, how fast, how good, who is waited for
    #[arg(long, value_name = "TIME", value_parser = within::<Duration>(LOG_TIME), conflicts_with = "quiet")]
    pub(crate) log_every: Option<Duration>,
    /// No progress and no warnings
    #[arg(long)]
    pub(crate) quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Table,
    Json,
    Csv,
    Markdown,
    Latex,
}
