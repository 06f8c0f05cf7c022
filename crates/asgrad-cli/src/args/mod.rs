//! What can be typed.

mod traces;

use std::path::PathBuf;
use std::time::Duration;

use asgrad::problems::{Batch, Partition, Regularizer, Source};
use asgrad::{
    Algorithm, Chain, Clock, CorrectionRule, Emulate, Law, MethodSpec, OnLoss, OptimizerRule,
    Serving, Slowdowns, StepRule,
};
use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use traces::{ExplainArgs, ReplayArgs, ReportArgs, TheoryArgs};

use crate::values::{ComputeTimes, ProblemChoice, Speeds, StepSizeChoice, in_virtual_time};

/// A real multithreaded parameter server for asynchronous SGD.
///
/// Without a command: `asgrad compare` on the data that ships.
#[derive(Debug, Parser)]
#[command(name = "asgrad", version, args_override_self = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Several methods on the same problem and workers: tune each step size in virtual time, then run each on real threads
    #[command(args_override_self = true)]
    Compare(CompareArgs),
    /// One run of one method
    #[command(args_override_self = true)]
    Run(RunArgs),
    /// The step size of a method, by virtual time over a grid
    #[command(args_override_self = true)]
    Tune(TuneArgs),
    /// A recorded run again, on one thread, bit for bit; or what another method would have done on its machine
    #[command(args_override_self = true)]
    Replay(ReplayArgs),
    /// What a recorded run was like: staleness, shares, where the time went, and what is unusual
    #[command(args_override_self = true)]
    Explain(ExplainArgs),
    /// One self-contained page with plots, out of traces
    Report(ReportArgs),
    /// What there is to choose from
    List {
        /// Only this list
        topic: Option<Topic>,
    },
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
    /// Which methods, as NAME[:key=value…], separated by commas
    #[arg(
        long,
        value_name = "A,B,C",
        value_delimiter = ',',
        default_value = "minibatch,pure,random,shuffled,generalized,rescaled,malenia,ringleader,iag"
    )]
    pub(crate) methods: Vec<Algorithm>,
    #[command(flatten)]
    pub(crate) options: Options,
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// The method, as NAME[:key=value…]; `asgrad list methods` names them
    pub(crate) method: Algorithm,
    /// Write a trace: one JSON object a line; compressed if its name ends in .zst
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) trace: Option<PathBuf>,
    /// Where the disk is too slow for the trace, drop lines and count them instead of slowing the run
    #[arg(long, requires = "trace", help_heading = "Output")]
    pub(crate) trace_drop: bool,
    #[command(flatten)]
    pub(crate) theory: TheoryArgs,
    #[command(flatten)]
    pub(crate) options: Options,
}

#[derive(Debug, Args)]
pub(crate) struct TuneArgs {
    /// The method, as NAME[:key=value…]; `asgrad list methods` names them
    #[arg(value_parser = in_virtual_time)]
    pub(crate) method: MethodSpec,
    #[command(flatten)]
    pub(crate) options: Options,
}

/// The options that all commands share.
#[derive(Clone, Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    pub(crate) problem: ProblemOptions,
    #[command(flatten)]
    pub(crate) workers: WorkerOptions,
    #[command(flatten)]
    pub(crate) step: StepOptions,
    #[command(flatten)]
    pub(crate) end: EndOptions,
    #[command(flatten)]
    pub(crate) output: OutputOptions,
    /// Read options from a TOML file, with the same names; the command line wins
    #[arg(long, value_name = "FILE.toml")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Problem")]
pub(crate) struct ProblemOptions {
    /// digits | synthetic:α,β | synthetic:iid | FILE.csv (label last) | FILE (LIBSVM text)
    #[arg(long, default_value = "digits")]
    pub(crate) data: Source,
    /// Use the first N rows
    #[arg(long, value_name = "N")]
    pub(crate) rows: Option<usize>,
    /// softmax | logistic | least-squares | quadratic:c1,c2,… (one centre a worker) | none (the schedule only)
    /// [default: softmax for digits, logistic for a file with two labels, least-squares otherwise]
    #[arg(long, verbatim_doc_comment, allow_hyphen_values = true)]
    pub(crate) problem: Option<ProblemChoice>,
    /// nonconvex:λ | l2:λ | none
    #[arg(long, default_value = "l2:0.001")]
    pub(crate) regularizer: Regularizer,
    /// contiguous | shuffled | by-label | dirichlet:α [default: by-label for digits, contiguous otherwise]
    #[arg(long)]
    pub(crate) partition: Option<Partition>,
    /// Set a share of the rows aside and measure accuracy on them
    #[arg(long, value_name = "FRACTION")]
    pub(crate) holdout: Option<f64>,
    /// Rows in a gradient: a number, or full
    #[arg(long, value_name = "B|full", default_value = "16")]
    pub(crate) batch_size: Batch,
    /// The first model; random is N(0, 1)/√d
    #[arg(long, value_enum, default_value_t = Start::Zeros)]
    pub(crate) start: Start,
    /// The number type of model and gradients
    #[arg(long, value_enum, default_value_t = Precision::F64)]
    pub(crate) precision: Precision,
}

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Workers")]
pub(crate) struct WorkerOptions {
    /// How many workers [default: 10, or as many as speeds or centres are given]
    #[arg(long, value_name = "N")]
    pub(crate) workers: Option<usize>,
    /// How many jobs are outstanding, where the method leaves that open [default: one a worker]
    #[arg(long, value_name = "C")]
    pub(crate) concurrency: Option<usize>,
    /// Real threads, or exact virtual time
    #[arg(long, value_enum, default_value_t = ClockChoice::Real)]
    pub(crate) clock: ClockChoice,
    /// The length of one time unit [default: 1ms]
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    pub(crate) unit: Option<Duration>,
    /// Units a gradient takes worker i: linear (i+1) | equal (1) | sqrt (√(i+1)) | a,b,c | FILE; inf: it never answers
    /// [default: linear]
    #[arg(long, verbatim_doc_comment)]
    pub(crate) speeds: Option<Speeds>,
    /// The law of compute times; `asgrad list latencies` names them. compare takes several and compares under each.
    /// FILE.csv: measured times, with columns worker and seconds
    #[arg(
        long,
        value_name = "LAW|FILE.csv",
        value_delimiter = ',',
        default_value = "fixed"
    )]
    pub(crate) compute: Vec<ComputeTimes>,
    /// The law of the time a model takes to its worker
    #[arg(long, value_name = "LAW", default_value = "none")]
    pub(crate) download: Law,
    /// The law of the time a gradient takes to the server
    #[arg(long, value_name = "LAW", default_value = "none")]
    pub(crate) upload: Law,
    /// What slows workers down as time passes, separated by commas: periodic:0.5,2s | drift:0.1 | outages:5s,1s |
    /// bursts:10s,1s,4; `asgrad list latencies` explains them
    #[arg(long, value_name = "KIND:…", verbatim_doc_comment)]
    pub(crate) slowdown: Option<Slowdowns>,
    /// How the rest of an emulated time is spent
    #[arg(long, value_enum, default_value_t = EmulateChoice::Sleep)]
    pub(crate) emulate: EmulateChoice,
    /// Who serves: the worker that has finished, or a thread of its own
    #[arg(long, value_enum, default_value_t = ServerChoice::Combining)]
    pub(crate) server: ServerChoice,
    /// Keep each worker on one core
    #[arg(long)]
    pub(crate) pin: bool,
    /// What happens when a worker is lost: its gradient fails, or it does not answer: stop | continue
    #[arg(long, value_name = "POLICY", default_value = "stop")]
    pub(crate) on_loss: OnLoss,
    /// A worker that is longer at one job is lost [default: none is]
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    pub(crate) job_limit: Option<Duration>,
}

impl WorkerOptions {
    pub(crate) fn speeds(&self) -> &Speeds {
        self.speeds.as_ref().unwrap_or(&Speeds::Linear)
    }
}

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Step size")]
pub(crate) struct StepOptions {
    /// The step size γ, or auto: the best of 2^-10 … 2^1 in virtual time; auto:a..b: of 2^a … 2^b; theory:L,σ²,ε: what
    /// theory prescribes, with batch and threshold
    /// [default: auto for compare, 0.1 for run]
    #[arg(
        long,
        value_name = "γ|auto|theory:L,σ²,ε",
        verbatim_doc_comment,
        allow_hyphen_values = true
    )]
    pub(crate) step_size: Option<StepSizeChoice>,
    /// constant | decreasing (γ/√(t+1)) | koloskova (γ·min(1, C/τ)) | mishchenko (γ·min(1, n/τ)) |
    /// staleness (γ/max(1, τ)) | piag[:α] | piag2 | warmup:T | cosine:T; see `asgrad list steps`
    #[arg(
        long,
        value_name = "RULE",
        verbatim_doc_comment,
        default_value = "constant"
    )]
    pub(crate) step_rule: StepRule,
    /// What is done to each gradient, one after the other, as NAME[:number…],…:
    /// clip:λ | clip-value:λ | dc:λ0 | dc-adaptive:λ0[:m] | gap-aware[:c]; see `asgrad list steps`
    #[arg(long, value_name = "LIST", verbatim_doc_comment)]
    pub(crate) correction: Option<Chain<CorrectionRule>>,
    /// What makes the direction of each update, one after the other, as NAME[:number…],…:
    /// momentum:β | nesterov:β | adam[:β1:β2:ε] | adamw[:λ:β1:β2:ε] | weight-decay:λ
    #[arg(long, value_name = "LIST", verbatim_doc_comment)]
    pub(crate) optimizer: Option<Chain<OptimizerRule>>,
}

#[derive(Clone, Debug, Args)]
#[command(
    next_help_heading = "End: whichever comes first [default: 1000 updates; for compare, 3 seconds]"
)]
pub(crate) struct EndOptions {
    /// After T updates
    #[arg(long, value_name = "T")]
    pub(crate) updates: Option<u64>,
    /// After S seconds of the run's own clock
    #[arg(long, value_name = "S", value_parser = crate::values::seconds)]
    pub(crate) seconds: Option<Duration>,
    /// When the norm of the full gradient is at most ε
    #[arg(long, value_name = "ε", allow_hyphen_values = true)]
    pub(crate) target_gradient_norm: Option<f64>,
    /// When the loss is at most v
    #[arg(long, value_name = "v", allow_hyphen_values = true)]
    pub(crate) target_loss: Option<f64>,
}

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputOptions {
    /// The seed of every random number
    #[arg(long, value_name = "s", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Run with seeds s … s+k−1 [default: 3 for compare, 1 otherwise]
    #[arg(long, value_name = "k", value_parser = clap::value_parser!(u64).range(1..=1000))]
    pub(crate) repeat: Option<u64>,
    /// Evaluate versions 0, u, 2u, … and the last [default: about a hundred]
    #[arg(long, value_name = "u", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) evaluate_every: Option<u64>,
    /// Write results into this folder, rewritten after each method
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// How results are printed on standard output
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
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
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Start {
    Zeros,
    Ones,
    Random,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Precision {
    F64,
    F32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ClockChoice {
    Real,
    Virtual,
}

impl From<ClockChoice> for Clock {
    fn from(choice: ClockChoice) -> Self {
        match choice {
            ClockChoice::Real => Self::Real,
            ClockChoice::Virtual => Self::Virtual,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum EmulateChoice {
    Sleep,
    Spin,
}

impl From<EmulateChoice> for Emulate {
    fn from(choice: EmulateChoice) -> Self {
        match choice {
            EmulateChoice::Sleep => Self::Sleep,
            EmulateChoice::Spin => Self::Spin,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ServerChoice {
    Combining,
    Thread,
}

impl From<ServerChoice> for Serving {
    fn from(choice: ServerChoice) -> Self {
        match choice {
            ServerChoice::Combining => Self::Combining,
            ServerChoice::Thread => Self::Thread,
        }
    }
}
