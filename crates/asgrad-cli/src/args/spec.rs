//! The settings of a run as options: each entry of the library's table is one.

use asgrad::ps_core::Setting;
use asgrad::trace::run_spec::{Entry, METHOD, SETTINGS};
use asgrad::workers::ComputeTimes;
use asgrad::{Law, RunSpec};
use clap::builder::ValueParser;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use crate::case::AXES;
use crate::values::StepSizeChoice;

/// The settings that may name a file.
pub(crate) const OF_FILES: [&str; 7] = [
    "data",
    "test-data",
    "start",
    "times",
    "download-times",
    "upload-times",
    "compute",
];

/// A run as it was typed.
#[derive(Clone, Debug)]
pub(crate) struct TypedSpec {
    pub(crate) spec: RunSpec,
    /// The step size that was typed, if one was: it may be one that is looked for.
    pub(crate) step_size: Option<StepSizeChoice>,
    /// The laws that were typed: a comparison takes several.
    pub(crate) compute: Vec<ComputeTimes>,
    /// The settings that several values were typed of, each with these: a comparison takes them.
    pub(crate) lists: Vec<(Setting, Vec<String>)>,
    /// The settings that were typed, with their values.
    given: Vec<(&'static str, String)>,
}

impl TypedSpec {
    /// Whether this setting was typed.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.text(name).is_some()
    }

    /// The value of a setting as it was typed, if it was; that of a switch is empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let given = self.given.iter().find(|(given, _)| *given == name);
        given.map(|(_, text)| text.as_str())
    }
}

/// The run of the command line if nothing is typed: on the digits, with emulated times.
fn default_spec() -> RunSpec {
    let mut spec = RunSpec::default();
    spec.cluster.compute = ComputeTimes::Drawn(Law::fixed());
    spec.put_default_problem();
    spec
}

/// The settings that are options; a command takes the method by its place.
fn options() -> impl Iterator<Item = &'static Entry> {
    SETTINGS.iter().filter(|entry| entry.group != METHOD)
}

fn option(entry: &'static Entry) -> Arg {
    let name = entry.setting.0;
    let first_line = entry.meaning.lines().next().unwrap_or_default();
    let arg = Arg::new(name)
        .long(name)
        .aliases(entry.alias.iter().copied())
        .help(first_line)
        .long_help(entry.help())
        .help_heading(entry.group);
    if entry.value.is_empty() {
        return arg.action(ArgAction::SetTrue);
    }
    let arg = arg.value_name(entry.value);
    match name {
        "step-size" => arg
            .value_name("γ|auto|theory:L,σ²,ε")
            .help("The step size γ, the best of a grid, or what theory prescribes [default: auto for compare, 0.1 for run]")
            .long_help(STEP_SIZE)
            .value_parser(|text: &str| text.parse::<StepSizeChoice>()),
        "compute" => arg
            .value_delimiter(',')
            .action(ArgAction::Set)
            .default_value("fixed")
            .value_parser(|text: &str| {
                text.parse::<ComputeTimes>()
                    .map_err(|error| error.to_string())
            }),
        _ => {
            let check = move |text: &str| {
                let checked = RunSpec::default().put(entry, text);
                checked
                    .map(|()| text.to_owned())
                    .map_err(|error| error.fault)
            };
            let default = default_spec().text(name).filter(|_| name != "driver");
            let default = default.map(|default| format!(" [default: {default}]"));
            let default = default.as_deref().unwrap_or_default();
            let arg = arg
                .help(first_line.to_owned() + default)
                .long_help(entry.help() + default)
                .value_parser(ValueParser::new(check));
            match name {
                // It says all of these itself.
                "driver" => arg.conflicts_with_all(["clock", "server", "emulate", "pin"]),
                _ if AXES.contains(&name) => arg.value_delimiter(',').action(ArgAction::Set),
                _ => arg,
            }
        }
    }
}

const STEP_SIZE: &str = "The step size γ, or auto: the best of 2^-10 … 2^1 in virtual time, or beyond where that lies at the edge; auto:a..b: of 2^a … 2^b; theory:L,σ²,ε: what
theory prescribes, with batch and threshold
[default: auto for compare, 0.1 for run]";

impl Args for TypedSpec {
    fn augment_args(command: Command) -> Command {
        options().fold(command, |command, entry| command.arg(option(entry)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for TypedSpec {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut typed = Self {
            spec: default_spec(),
            step_size: matches.get_one("step-size").copied(),
            compute: matches
                .get_many("compute")
                .into_iter()
                .flatten()
                .cloned()
                .collect(),
            lists: Vec::new(),
            given: Vec::new(),
        };
        for entry in options() {
            let name = entry.setting.0;
            if matches.value_source(name) != Some(ValueSource::CommandLine) {
                continue;
            }
            let words = matches.get_raw(name).into_iter().flatten();
            let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
            let is_switch = entry.value.is_empty();
            let words = if is_switch {
                String::new()
            } else {
                words.join(",")
            };
            typed.given.push((name, words));
            let mut values: Vec<String> = match name {
                "step-size" => continue,
                "compute" => typed.compute.iter().map(ComputeTimes::to_string).collect(),
                _ if is_switch => vec![matches.get_flag(name).to_string()],
                _ => matches
                    .get_many(name)
                    .into_iter()
                    .flatten()
                    .cloned()
                    .collect(),
            };
            if values.len() > 1 {
                typed.lists.push((entry.setting, values.clone()));
            }
            if name == "compute" {
                continue;
            }
            let text = values.swap_remove(0);
            let put = typed.spec.put(entry, &text);
            put.map_err(|error| {
                let kind = clap::error::ErrorKind::ValueValidation;
                clap::Error::raw(kind, format_args!("{error:#}"))
            })?;
        }
        if let Some(compute) = typed.compute.first() {
            typed.spec.cluster.compute = compute.clone();
        }
        Ok(typed)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
