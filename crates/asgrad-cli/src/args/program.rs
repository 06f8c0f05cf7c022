//! The whole command line: what can be typed, with what stands at the end of each command's help.

use clap::{Command, CommandFactory as _};

use super::Cli;

/// Each command with two ways of using it, as they are typed.
pub(crate) const EXAMPLES: &[(&str, [&str; 2])] = &[
    (
        "compare",
        [
            "asgrad compare --methods minibatch,pure,ringmaster --out results",
            "asgrad compare --clock virtual --compute fixed,exponential --updates 2000",
        ],
    ),
    (
        "run",
        [
            "asgrad run ringmaster:threshold=8 --seconds 2 --trace run.jsonl.gz",
            "asgrad run pure --clock virtual --updates 500 --step-size 0.05 --format json",
        ],
    ),
    (
        "tune",
        [
            "asgrad tune pure --updates 500",
            "asgrad tune minibatch --step-size auto:-6..2 --seconds 0.5",
        ],
    ),
    (
        "replay",
        [
            "asgrad replay run.jsonl.gz --verify",
            "asgrad replay run.jsonl.gz --method minibatch",
        ],
    ),
    (
        "explain",
        [
            "asgrad explain run.jsonl.gz --schedule 20",
            "asgrad explain run.jsonl.gz --perfetto timeline.json",
        ],
    ),
    (
        "advise",
        [
            "asgrad advise run.jsonl.gz",
            "asgrad advise run.jsonl.gz --methods minibatch,pure,ringmaster",
        ],
    ),
    (
        "report",
        [
            "asgrad report run.jsonl.gz --out run.html",
            "asgrad report results --figures figures",
        ],
    ),
    (
        "list",
        ["asgrad list methods", "asgrad list steps --format json"],
    ),
    (
        "completions",
        [
            "asgrad completions bash > ~/.local/share/bash-completion/completions/asgrad",
            "asgrad completions fish > ~/.config/fish/completions/asgrad.fish",
        ],
    ),
    (
        "man",
        [
            "asgrad man | man -l -",
            "asgrad man --out ~/.local/share/man/man1",
        ],
    ),
];

/// What holds for every command.
const ENDS: &str = "\
Exit status:
  0    it ended as asked; also a run that did not reach its target in time
  1    it failed: lost workers, a model that diverged, data or a trace that cannot be read
  2    the request was wrong; nothing was run
  130  Ctrl-C, 143 SIGTERM, 129 SIGHUP; results up to there are kept

Environment:
  RUST_LOG  what is told on standard error: asgrad=info is a line a run, asgrad=debug one an update";

/// What says nothing to `tune`: it runs in virtual time, compares final losses, and writes no file.
pub(crate) const NOT_OF_TUNE: [&str; 12] = [
    "driver",
    "clock",
    "emulate",
    "server",
    "pin",
    "target-gradient-norm",
    "target-loss",
    "evaluate-every",
    "comment",
    "repeat",
    "out",
    "force",
];

/// The command line, for everything that reads it or writes of it.
pub(crate) fn program() -> Command {
    let program = Cli::command().after_long_help(ENDS);
    program.mut_subcommands(|command| {
        let name = command.get_name();
        // Where they stand in a file, or are typed, it is said why they are refused.
        let unused: &[&str] = if name == "tune" { &NOT_OF_TUNE } else { &[] };
        let known = EXAMPLES.iter().find(|(known, _)| *known == name);
        let examples = known.map_or_else(String::new, |(_, [one, other])| {
            format!("Examples:\n  {one}\n  {other}")
        });
        let ends = format!("{examples}\n\n{ENDS}");
        let hide = |command: Command, name: &&str| command.mut_arg(name, |arg| arg.hide(true));
        let command = unused.iter().fold(command, hide);
        command.after_help(examples).after_long_help(ends)
    })
}
