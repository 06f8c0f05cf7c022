//! What the parser of the command line refuses, in the words of everything else that is refused.

use std::error::Error as _;

use asgrad::Algorithm;
use asgrad::ps_core::form::nearest;
use clap::Command;
use clap::error::{ContextKind, ContextValue, Error, ErrorKind};

use crate::args::program;
use crate::failure::Failure;
use crate::spelling::shown;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let name = words(&error, ContextKind::InvalidArg).join(", ");
        // `--workers <N>`, but `<METHOD>`.
        let option = name.split(' ').next().filter(|name| name.starts_with('-'));
        let what = option.map_or_else(|| plain(&name), str::to_owned);
        Self::request(match error.kind() {
            ErrorKind::ValueValidation | ErrorKind::InvalidValue => value(&error, &what, option),
            ErrorKind::InvalidSubcommand => unknown_command(&error),
            ErrorKind::UnknownArgument if option.is_some() => {
                format!("unknown option {name}; `asgrad help` lists them")
            }
            ErrorKind::UnknownArgument => format!("`{name}` is one word too many; leave it out"),
            ErrorKind::ArgumentConflict => {
                let other = words(&error, ContextKind::PriorArg).join(", ");
                let other = other.split(' ').next().unwrap_or_default();
                format!("{what} does not go with {other}; leave one out")
            }
            ErrorKind::MissingRequiredArgument => {
                let usage = match error.get(ContextKind::Usage) {
                    Some(ContextValue::StyledStr(usage)) => usage.to_string(),
                    _ => String::new(),
                };
                let usage = plain(usage.trim_start_matches("Usage: ").trim());
                // It has every option that was typed, or stands in a file.
                let words = usage.split(" --").next().unwrap_or_default();
                let words = words
                    .strip_suffix(&format!(" {}", plain(&name)))
                    .unwrap_or(words);
                let name = plain(&name);
                format!("{name} is missing: `{words} {name}`")
            }
            ErrorKind::TooManyValues => {
                let value = words(&error, ContextKind::InvalidValue).concat();
                format!("{what}={value}: it takes no value")
            }
            ErrorKind::InvalidUtf8 => "what was typed is not text in UTF-8".to_owned(),
            _ => error.to_string(),
        })
    }
}

/// What is wrong with the value of an option, or of a word that has its place.
fn value(error: &Error, what: &str, option: Option<&str>) -> String {
    let value = words(error, ContextKind::InvalidValue).concat();
    let value = shown(&value);
    let known = words(error, ContextKind::ValidValue);
    let known: Vec<_> = known.iter().map(String::as_str).collect();
    match (error.source(), option) {
        (Some(fault), Some(option)) => format!("{option} {value}: {fault:#}"),
        (Some(fault), None) => format!("{fault:#}"),
        // How settings go together: they are named in it.
        (None, _) if error.kind() == ErrorKind::ValueValidation => {
            let text = error.to_string();
            let text = text.split("\n\n").next().unwrap_or_default();
            text.trim_start_matches("error: ").to_owned()
        }
        (None, _) if known.is_empty() => format!("{what} {value}: an empty name is none"),
        (None, Some(option)) => format!("{option} {value}: {}", there_are(value, &known)),
        (None, None) => {
            let what = what.to_lowercase();
            format!("unknown {what} `{value}`; {}", there_are(value, &known))
        }
    }
}

fn unknown_command(error: &Error) -> String {
    let asked = words(error, ContextKind::InvalidSubcommand).concat();
    if asked.parse::<Algorithm>().is_ok() {
        return format!(
            "`{asked}` is a method, and no command; did you mean `asgrad run {asked}`?"
        );
    }
    let program = program();
    let known: Vec<_> = program.get_subcommands().map(Command::get_name).collect();
    format!("unknown command `{asked}`; {}", there_are(&asked, &known))
}

/// The name of something that has its place, without the brackets of a usage.
fn plain(name: &str) -> String {
    name.replace(['<', '>', '[', ']'], "")
}

fn words(error: &Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(word)) => vec![word.clone()],
        Some(ContextValue::Strings(words)) => words.clone(),
        _ => Vec::new(),
    }
}

fn there_are(asked: &str, known: &[&str]) -> String {
    let meant = nearest(asked, known.iter().copied());
    let meant = meant.map_or_else(String::new, |word| format!("; did you mean `{word}`?"));
    format!("there are {}{meant}", known.join(", "))
}
