//! `asgrad completions SHELL`: what a shell needs to know to complete a command.

use clap_complete::{Shell, generate};

use crate::args::program;
use crate::failure::Failure;
use crate::output::print;

pub(crate) fn main(shell: Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    generate(shell, &mut program(), "asgrad", &mut script);
    print(&String::from_utf8_lossy(&script))
}
