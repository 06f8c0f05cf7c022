//! What can be typed for advice.

use std::path::PathBuf;
use std::time::Duration;

use asgrad::Algorithm;
use asgrad::problems::Source;
use asgrad::ps_core::form::Domain;
use clap::Args;

use super::Format;
use crate::values::{in_virtual_time, within};

#[derive(Debug, Args)]
pub(crate) struct AdviseArgs {
    /// The trace of a run, as `asgrad run --trace` writes it; - is standard input
    pub(crate) trace: PathBuf,
    /// Only these methods, as NAME[:key=value…], separated by commas; one whose batch, buffer or
    /// threshold is not given is tried with several [default: all]
    #[arg(long, value_name = "A,B,C", value_delimiter = ',', value_parser = in_virtual_time)]
    pub(crate) methods: Vec<Algorithm>,
    /// Where the data of the run are, if they have moved
    #[arg(long, value_name = "FILE")]
    pub(crate) data: Option<Source>,
    /// How long each candidate runs, in seconds of virtual time [default: as long as the recorded
    /// run]
    #[arg(long, value_name = "S", value_parser = within::<f64>(Domain::ABOVE_ZERO))]
    pub(crate) seconds: Option<f64>,
    /// The first seed [default: that of the recorded run]
    #[arg(long, value_name = "s", value_parser = within::<u64>(Domain::Count(0, u64::MAX)))]
    pub(crate) seed: Option<u64>,
    /// Run the best candidates with seeds s … s+k−1
    #[arg(long, value_name = "k", value_parser = within::<u64>(Domain::Count(1, 1000)), default_value_t = 3)]
    pub(crate) repeat: u64,
    /// How results are printed on standard output
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
    /// No progress and no warnings
    #[arg(long)]
    pub(crate) quiet: bool,
}

impl AdviseArgs {
    /// How long each candidate runs, if that was asked for.
    pub(crate) fn duration(&self) -> Option<Duration> {
        let seconds = self.seconds?;
        Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
    }
}
