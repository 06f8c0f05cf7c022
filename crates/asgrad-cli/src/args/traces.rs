//! What can be typed about traces.

use std::path::PathBuf;

use asgrad::Algorithm;
use asgrad::problems::Source;
use asgrad::ps_core::form::Domain;
use clap::Args;

use super::Format;
use crate::values::{in_virtual_time, within};

/// A number of versions or arrivals.
const WHOLE: Domain = Domain::Count(0, u64::MAX);

#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// The trace of a run, as `asgrad run --trace` writes it; - is standard input
    pub(crate) trace: PathBuf,
    /// Compare loss and gradient norm of the evaluated versions, too, and say that everything
    /// agrees
    #[arg(long, conflicts_with = "method")]
    pub(crate) verify: bool,
    /// Stop at version V and write that model, as an NPY or a safetensors file
    #[arg(long, value_name = "V", value_parser = within::<u64>(WHOLE), conflicts_with = "method")]
    pub(crate) until: Option<u64>,
    /// Where that model is written [default: the trace's name with the version, here]
    #[arg(long, value_name = "FILE.npy", requires = "until")]
    pub(crate) out: Option<PathBuf>,
    /// Write over a file that is no model
    #[arg(long, requires = "until")]
    pub(crate) force: bool,
    /// What would this method have done on the same machine? Plays the recorded times of each
    /// worker in virtual time
    #[arg(long, value_name = "OTHER", value_parser = in_virtual_time)]
    pub(crate) method: Option<Algorithm>,
    /// The step size of that method [default: the recorded one]
    #[arg(long, value_name = "γ", value_parser = within::<f64>(Domain::NOT_NEGATIVE), requires = "method")]
    pub(crate) step_size: Option<f64>,
    /// Where the data of the run are, if they have moved
    #[arg(long, value_name = "FILE")]
    pub(crate) data: Option<Source>,
    /// How results are printed on standard output
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
    /// No warnings
    #[arg(long)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// Traces, as `asgrad run --trace FILE` writes them; - is standard input
    #[arg(required = true, value_name = "TRACE")]
    pub(crate) traces: Vec<PathBuf>,
    /// List the first N arrivals: who, when, which version read, which one made
    #[arg(long, value_name = "N", value_parser = within::<u64>(WHOLE), default_value_t = 0, help_heading = "Output")]
    pub(crate) schedule: u64,
    /// Write a timeline for <https://ui.perfetto.dev>: a lane for each worker, arrows from versions
    /// to steps
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) perfetto: Option<PathBuf>,
    /// Write over a file that is no timeline
    #[arg(long, requires = "perfetto", help_heading = "Output")]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) theory: TheoryArgs,
    /// Where the data of the run are, if they have moved; for --theory, and for the loss curve of a
    /// run that was killed
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) data: Option<Source>,
    /// How it is printed; csv has the workers, with --schedule the arrivals, with --theory what it
    /// found
    #[arg(long, value_enum, default_value_t = Format::Table, help_heading = "Output")]
    pub(crate) format: Format,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct TheoryArgs {
    /// Replay the run and measure smoothness, noise and heterogeneity: what theory allows, which
    /// term of its bound dominates, how fast the machine could have been
    #[arg(long, help_heading = "Output")]
    pub(crate) theory: bool,
    /// ε of the times that theory gives: until ‖∇f‖² ≤ ε [default: the smallest of the run]
    #[arg(long, value_name = "ε", value_parser = within::<f64>(Domain::ABOVE_ZERO), requires = "theory", help_heading = "Output")]
    pub(crate) epsilon: Option<f64>,
}

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// A folder that `asgrad compare --out` wrote or that has traces in it, or traces; - is standard
    /// input
    #[arg(required = true, value_name = "DIR|TRACE")]
    pub(crate) inputs: Vec<PathBuf>,
    /// Write the page here [default: report.html in the folder, or here for traces]
    #[arg(long, value_name = "FILE.html")]
    pub(crate) out: Option<PathBuf>,
    /// Write over a page that asgrad did not write
    #[arg(long)]
    pub(crate) force: bool,
    /// Also write every figure into this folder, as .svg, .png and .csv
    #[arg(long, value_name = "DIR")]
    pub(crate) figures: Option<PathBuf>,
    /// Say nothing
    #[arg(long)]
    pub(crate) quiet: bool,
}
