//! Results on standard output and in files.

mod blocks;
mod explanation;
mod replay;
mod results;
mod run;
mod table;
mod theory;

use std::io::{self, Write};

use crate::failure::Failure;

pub(crate) use blocks::blocks;
pub(crate) use explanation::{describe_explanation, side_by_side};
pub(crate) use replay::ReplayReport;
pub(crate) use results::Results;
pub(crate) use run::{describe_run, torn_reads};
pub(crate) use table::Table;
pub(crate) use theory::describe_theory;

/// Prints on standard output. A reader that has gone away is not an error.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::failed(format!("standard output: {error}")))
        }
        _ => Ok(()),
    }
}
