//! The command line of asgrad.
//!
//! Results go to standard output, everything else to standard error. Exit status: 0 the run ended
//! as asked, 1 it failed, 2 the request was wrong, 130 Ctrl-C, 143 SIGTERM, 129 SIGHUP.

#![forbid(unsafe_code)]

mod args;
mod case;
mod command;
mod config;
mod failure;
#[cfg(all(test, unix))]
mod fuzz;
mod interrupt;
mod live;
mod output;
mod progress;
mod refused;
mod request;
mod spelling;
mod typed;
mod values;
mod words;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::builder::StyledStr;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::args::{Cli, Command};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::print;
use crate::progress::{Progress, say};

fn main() -> ExitCode {
    failure::say_faults();
    interrupt::outlive_file_limits();
    // Where there are no threads for it, what would be done in parallel is done here.
    if rayon::ThreadPoolBuilder::new().build_global().is_err() {
        let here = rayon::ThreadPoolBuilder::new().num_threads(1);
        let _ = here.use_current_thread().build_global();
    }
    let cli = match words::arranged(std::env::args_os(), say).map(Cli::of) {
        Ok(Ok(cli)) => cli,
        Ok(Err(help)) if !help.use_stderr() => return status(print_styled(&help.render())),
        Ok(Err(error)) => return Failure::from(error).report(),
        Err(failure) => return failure.report(),
    };
    let asked = std::env::var("RUST_LOG").unwrap_or_default();
    let filter = asked.parse().unwrap_or_else(|error| {
        let asked = format_args!("RUST_LOG {asked}: {error}; give levels, as asgrad=debug,info");
        Progress::new(false).warn(asked);
        Targets::new()
    });
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    tracing_subscriber::registry()
        .with(filter)
        .with(lines)
        .init();
    status(dispatch(cli.command))
}

fn status(ended: Result<(), Failure>) -> ExitCode {
    ended.map_or_else(|failure| failure.report(), |()| ExitCode::SUCCESS)
}

/// Prints help, with bold words on a terminal.
fn print_styled(text: &StyledStr) -> Result<(), Failure> {
    if std::io::stdout().is_terminal() {
        print(&text.ansi().to_string())
    } else {
        print(&text.to_string())
    }
}

fn interrupt() -> Result<Interrupt, Failure> {
    let listening = Interrupt::listen();
    listening.map_err(|error| Failure::failed(format!("signals cannot be waited for: {error}")))
}

fn dispatch(command: Command) -> Result<(), Failure> {
    match command {
        Command::Compare(args) => command::compare::main(args, &interrupt()?),
        Command::Run(args) => command::run::main(args, &interrupt()?),
        Command::Tune(args) => command::tune::main(args, &interrupt()?),
        Command::Advise(args) => command::advise::main(&args, &interrupt()?),
        // These have nothing to bring to an end: Ctrl-C ends them at once.
        Command::Replay(args) => command::replay::main(&args),
        Command::Explain(args) => command::explain::main(&args),
        Command::Report(args) => command::report::main(&args),
        Command::List(args) => command::list::main(&args),
        Command::Completions { shell } => command::completions::main(shell),
        Command::Man { out } => command::man::main(out.as_deref()),
    }
}
