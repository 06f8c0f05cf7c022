//! `--print-config`: what was asked for, as a file that `--config` reads.

use std::ffi::OsString;
use std::fmt::Write as _;

use asgrad::RunSpec;
use asgrad::ps_core::form::text_of;
use clap::{Arg, ArgAction};

use crate::args::{PrintConfig, program};
use crate::failure::Failure;
use crate::output::print;
use crate::request::Request;

/// What is said of the run by `clock` and three more, or by `driver` alone.
const OF_DRIVER: [&str; 4] = ["driver", "emulate", "server", "pin"];

/// Prints the request of this command, whose step size and number of seeds these are if none were
/// typed.
pub(super) fn main(
    command: &str,
    printed: &PrintConfig,
    request: &Request,
    (step_size, repeat): (&str, u64),
) -> Result<(), Failure> {
    let program = program();
    let command = program.find_subcommand(command).expect("it is one");
    let printer = Printer {
        printed,
        request,
        step_size,
        repeat,
    };
    let name = command.get_name();
    let mut text = format!(
        "# What `asgrad {name}` was asked for: `asgrad {name} --config FILE` asks for it again, and what is typed wins.\n\
         # A setting behind # is not set, or has no effect here.\n"
    );
    let args = || command.get_arguments().filter(|arg| is_printed(arg));
    let mut groups: Vec<_> = args().map(Arg::get_help_heading).collect();
    // A group may be in several places.
    let mut seen = Vec::new();
    groups.retain(|group| {
        !seen.contains(group) && {
            seen.push(*group);
            true
        }
    });
    for group in groups {
        if let Some(group) = group {
            let _ = write!(text, "\n# -- {group} --\n");
        }
        for arg in args().filter(|arg| arg.get_help_heading() == group) {
            text += &printer.lines(arg)?;
        }
    }
    print(&text)
}

/// Whether this is something that a file can set.
fn is_printed(arg: &Arg) -> bool {
    let of_the_command_line = ["help", "version", "config", "print-config"];
    !arg.is_hide_set() && !of_the_command_line.contains(&arg.get_id().as_str())
}

/// The name that it has in a file.
fn key(arg: &Arg) -> &str {
    arg.get_long().unwrap_or(arg.get_id().as_str())
}

struct Printer<'a> {
    printed: &'a PrintConfig,
    request: &'a Request,
    step_size: &'a str,
    repeat: u64,
}

impl Printer<'_> {
    /// What it means, and what it is.
    fn lines(&self, arg: &Arg) -> Result<String, Failure> {
        let mut lines = String::from("\n");
        let help = arg.get_help().map(ToString::to_string);
        for line in help.iter().flat_map(|help| help.lines()) {
            let _ = writeln!(lines, "# {line}");
        }
        let (value, has_effect) = match RunSpec::entry(key(arg)) {
            Some(entry) if !arg.is_positional() => (
                self.setting(key(arg)),
                self.request.spec().has_effect(entry),
            ),
            _ => (self.own(arg)?, true),
        };
        let mark = if has_effect && value.is_some() {
            ""
        } else {
            "# "
        };
        let by_place = || match arg.get_action() {
            ArgAction::SetTrue => "true".to_owned(),
            _ => arg.get_value_names().unwrap_or_default().join(" "),
        };
        let value = value.unwrap_or_else(by_place);
        let _ = writeln!(lines, "{mark}{} = {value}", key(arg));
        Ok(lines)
    }

    /// The value of a setting of the run.
    fn setting(&self, name: &str) -> Option<String> {
        let typed = &self.request.options.typed;
        let several = typed.lists.iter().find(|(setting, _)| setting.0 == name);
        if let Some((_, values)) = several {
            return Some(list(values));
        }
        let text = match name {
            "pin" => return typed.has(name).then(|| "true".to_owned()),
            "step-size" => Some(typed.text(name).unwrap_or(self.step_size).to_owned()),
            "clock" if typed.has("driver") => None,
            // How many there are may differ from case to case.
            "workers" if !typed.has(name) && !typed.lists.is_empty() => None,
            name if OF_DRIVER.contains(&name) => typed.text(name).map(ToOwned::to_owned),
            name => self.request.spec().text(name),
        };
        text.map(|text| value(&text))
    }

    /// The value of something that is none.
    fn own(&self, arg: &Arg) -> Result<Option<String>, Failure> {
        if arg.get_id() == "repeat" {
            let repeat = self.request.options.output.repeat.unwrap_or(self.repeat);
            return Ok(Some(repeat.to_string()));
        }
        let values = self.printed.values(arg.get_id().as_str()).iter();
        let text = |value: &OsString| {
            value.to_str().map(ToOwned::to_owned).ok_or_else(|| {
                let (key, value) = (key(arg), value.display());
                Failure::request(format!("--{key} {value}: it is not text in UTF-8, as a file for --config is; rename the file, or name it by a link"))
            })
        };
        let values: Vec<String> = values.map(text).collect::<Result<_, _>>()?;
        Ok(match values.as_slice() {
            values if arg.get_value_delimiter().is_some() => Some(list(values)),
            [] => None,
            [switch, ..] if !arg.get_action().takes_values() => {
                (switch == "true").then(|| switch.clone())
            }
            [text, ..] => Some(value(text)),
        })
    }
}

/// A value as it stands in a file: a number where that is read back as this text.
fn value(text: &str) -> String {
    let is_whole = text
        .parse::<i64>()
        .is_ok_and(|number| number.to_string() == text);
    let is_real = text.contains('.')
        && text
            .parse()
            .is_ok_and(|number: f64| number.is_finite() && text_of(number) == text);
    if is_whole || is_real {
        return text.to_owned();
    }
    toml::Value::from(text).to_string()
}

fn list(values: &[String]) -> String {
    let values: Vec<_> = values.iter().map(|text| value(text)).collect();
    format!("[{}]", values.join(", "))
}
