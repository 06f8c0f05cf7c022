//! The words of a command line before they are understood: which option has which value, which of
//! two counts, and what a configuration file adds.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::Path;

use asgrad::Algorithm;
use asgrad::ps_core::form::nearest;
use clap::{Arg, Command, ValueHint};
use clap_lex::OsStrExt as _;

use crate::args::{OF_FILES, program};
use crate::config;
use crate::failure::Failure;
use crate::live::Say;
use crate::spelling::{self, Line, Spelling, shown};

/// An option, and its value if it has one.
struct Given<'a> {
    /// Nothing: there is no such option.
    option: Option<&'a Arg>,
    /// As it was typed, without dashes.
    name: String,
    value: Option<OsString>,
}

/// What was typed behind the name of a command.
#[derive(Default)]
struct Words<'a> {
    options: Vec<Given<'a>>,
    /// What is no option and no value of one.
    others: Vec<OsString>,
}

/// What the program does where nothing is asked for: data that are alike, and one digit a worker.
const MAIN_JOB: [&str; 3] = ["compare", "--partition", "shuffled,by-label"];

/// The words that are to be understood. No command means `compare`. Every value stands in one word
/// with its option, so that a negative number is one; options of `--config FILE` are in front. What
/// is given twice is said.
pub(crate) fn arranged(
    words: impl Iterator<Item = OsString>,
    say: Say,
) -> Result<Vec<OsString>, Failure> {
    let mut words: Vec<OsString> = words.collect();
    let about_the_program = ["--help", "-h", "--version", "-V"];
    let first = words.get(1).map(|first| first.to_string_lossy());
    let has_no_command =
        first.is_none_or(|first| first.starts_with('-') && !about_the_program.contains(&&*first));
    if words.len() < 2 {
        words.extend(MAIN_JOB.map(Into::into));
    } else if has_no_command {
        words.insert(1, "compare".into());
    }
    let program = program();
    let Some(command) = program.find_subcommand(&words[1]) else {
        return Ok(words);
    };
    if words.get(2).is_some_and(|word| word == "help") && takes_by_place(command, "method") {
        words[2] = "--help".into();
    }
    let mut typed = sorted(command, words.drain(2..));
    let comes_late = |word: &&OsString| has_no_command && program.find_subcommand(word).is_some();
    if let Some(late) = typed.others.iter().find(comes_late) {
        let (late, first) = (late.display(), typed.options.first());
        let first = first.map_or("", |first| &first.name);
        return Err(Failure::request(format!(
            "options come after the command: `asgrad {late} …`, and then --{first}"
        )));
    }
    let asks_for_help = |word: &OsString| word == "--help" || word == "-h";
    if let Some(help) = typed.others.iter().find(|word| asks_for_help(word)) {
        words.push(help.clone());
        return Ok(words);
    }
    typed.check(&program, command)?;
    typed.keep_the_last(say);
    words.extend(typed.words_of_file(&program, command)?);
    words.extend(typed.options.into_iter().map(Given::into_word));
    words.extend(typed.others);
    Ok(words)
}

/// Tells options, their values and other words apart.
fn sorted(command: &Command, words: impl Iterator<Item = OsString>) -> Words<'_> {
    let mut sorted = Words::default();
    let mut words = words.peekable();
    while let Some(word) = words.next() {
        // A value may be the name of a file that is no text.
        let Some(text) = word.strip_prefix("--") else {
            sorted.others.push(word);
            continue;
        };
        if text.is_empty() {
            sorted.others.push(word);
            sorted.others.extend(words.by_ref());
            break;
        }
        let (name, value) = text
            .split_once("=")
            .map_or((text, None), |(name, value)| (name, Some(value.to_owned())));
        let name = name.to_string_lossy().into_owned();
        if ["help", "version"].contains(&name.as_str()) {
            sorted.others.push(word);
            continue;
        }
        let option = named(command, &name);
        let wants_value = option.is_some_and(|arg| arg.get_action().takes_values());
        let next = || words.next_if(|word| wants_value && !is_option(word));
        let value = value.or_else(next);
        sorted.options.push(Given {
            option,
            name,
            value,
        });
    }
    sorted
}

/// A negative number is none.
fn is_option(word: &OsStr) -> bool {
    let text = word.to_string_lossy();
    text.starts_with("--") || ["-h", "-V"].contains(&&*text)
}

impl Given<'_> {
    fn into_word(self) -> OsString {
        let mut word = OsString::from(format!("--{}", self.name));
        if let Some(value) = self.value {
            word.push("=");
            word.push(value);
        }
        word
    }
}

impl<'a> Words<'a> {
    /// Refuses what there is not.
    fn check(&self, program: &Command, command: &'a Command) -> Result<(), Failure> {
        let by_place = self.others.iter().filter(|word| *word != "--");
        let mut no_text = by_place.zip(command.get_positionals());
        if let Some((word, _)) = no_text.find(|(word, arg)| !is_path(arg) && !is_text(word)) {
            let word = word.display();
            return Err(Failure::request(format!("`{word}` is not text in UTF-8")));
        }
        for given in &self.options {
            let name = &given.name;
            let Some(option) = given.option else {
                let what = format!("--{name}");
                return Err(Failure::request(unknown(program, command, name, &what)));
            };
            if given.value.is_none() && option.get_action().takes_values() {
                return Err(Failure::request(value_is_missing(name, option)));
            }
            let no_text = given.value.as_ref().filter(|value| !is_text(value));
            if let Some(value) = no_text.filter(|_| !is_path(option)) {
                let value = value.display();
                return Err(Failure::request(not_text(name, value, option)));
            }
            if let Some(list) = given.value.as_ref().filter(|list| has_gap(option, list)) {
                let list = list.display();
                return Err(Failure::request(format!("--{name} {list}: {GAP}")));
            }
            if let Some(long) = option.get_long().filter(|long| long != name) {
                spelling::learn(long, Spelling::Alias(name.clone()));
            }
        }
        Ok(())
    }

    /// Of what is there twice the last one counts, and that is said.
    fn keep_the_last(&mut self, say: Say) {
        let is_quiet = self.options.iter().any(|given| given.name == "quiet");
        let mut kept: Vec<Given<'a>> = Vec::new();
        for given in self.options.drain(..) {
            let id = given.option.map(Arg::get_id);
            if let Some(position) = kept.iter().position(|it| it.option.map(Arg::get_id) == id) {
                let before = kept.remove(position);
                if let (Some(one), Some(other), false) = (&before.value, &given.value, is_quiet) {
                    let (name, one, other) = (&given.name, one.display(), other.display());
                    say(format_args!(
                        "warning: --{name} is given twice, {one} and {other}: {other} counts"
                    ));
                }
            }
            kept.push(given);
        }
        self.options = kept;
    }

    fn has(&self, option: &Arg) -> bool {
        let is_it = |given: &Given<'_>| {
            given
                .option
                .is_some_and(|it| it.get_id() == option.get_id())
        };
        self.options.iter().any(is_it)
    }

    /// What the file of `--config` sets and nobody typed.
    fn words_of_file(
        &self,
        program: &Command,
        command: &Command,
    ) -> Result<Vec<OsString>, Failure> {
        let is_config = |given: &&Given<'_>| given.name == "config";
        let config = self.options.iter().find(is_config);
        let Some(path) = config.and_then(|config| config.value.as_deref()) else {
            return Ok(Vec::new());
        };
        let mut words = Vec::new();
        let mut known = Vec::new();
        for line in config::read(Path::new(path))? {
            let name = line.key.replace('_', "-");
            if ["config", "print-config", "help", "version"].contains(&name.as_str()) {
                return Err(Failure::request(line.refused("it cannot be set in a file")));
            }
            let is_by_place = takes_by_place(command, &name) && named(command, &name).is_none();
            if is_by_place && name == "method" {
                let method = line.value.parse::<Algorithm>();
                method.map_err(|error| Failure::request(line.refused(&error.to_string())))?;
                if self.others.is_empty() {
                    words.push(line.value.into());
                }
                continue;
            }
            let Some(option) = named(command, &name) else {
                let fault = unknown(program, command, &name, shown(&line.key));
                return Err(Failure::request(format!("{}: {fault}", line.place)));
            };
            if known.contains(&option.get_id()) {
                return Err(Failure::request(
                    line.refused("it is set twice; leave one out"),
                ));
            }
            known.push(option.get_id());
            if !self.has(option) {
                words.extend(word_of(option, line)?);
            }
        }
        Ok(words)
    }
}

/// A line of a file as it would be typed; nothing if it is a switch that is off.
fn word_of(option: &Arg, line: Line) -> Result<Option<OsString>, Failure> {
    let long = option.get_long().unwrap_or_default();
    if has_gap(option, line.value.as_ref()) {
        return Err(Failure::request(line.refused(GAP)));
    }
    let word = match line.value.as_str() {
        value if option.get_action().takes_values() => Some(format!("--{long}={value}")),
        "true" => Some(format!("--{long}")),
        "false" => None,
        _ => return Err(Failure::request(line.refused("expected true or false"))),
    };
    spelling::learn(long, Spelling::InFile(line));
    Ok(word.map(OsString::from))
}

fn value_is_missing(name: &str, option: &Arg) -> String {
    let place = option.get_value_names().unwrap_or_default().join(" ");
    format!(
        "--{name}: its value is missing; give --{name} {place} (or --{name}={place} where it begins with dashes)"
    )
}

fn is_path(arg: &Arg) -> bool {
    arg.get_value_hint() == ValueHint::AnyPath
}

fn is_text(word: &OsStr) -> bool {
    word.to_str().is_some()
}

/// What is wrong with a list with such a gap.
const GAP: &str =
    "a name is missing before, after or between commas; leave out a comma, or add a name";

/// Whether a name is missing in a list.
fn has_gap(option: &Arg, list: &OsStr) -> bool {
    let list = list.to_string_lossy();
    let mut names = option
        .get_value_delimiter()
        .into_iter()
        .flat_map(|by| list.split(by));
    list.contains(',') && names.any(str::is_empty)
}

/// Only a path may be anything: a run is text, in its trace and in messages.
fn not_text(name: &str, value: impl fmt::Display, option: &Arg) -> String {
    let may_be_a_file = OF_FILES.contains(&option.get_id().as_str());
    let way_out = match name {
        "data" => "; name the file by a link, or give `--data -` and its content on standard input",
        _ if may_be_a_file => "; rename the file, or name it by a link",
        _ => "",
    };
    format!("--{name} {value}: it is not text in UTF-8, as all that stands in a trace{way_out}")
}

/// The option that has this name, or had it once.
fn named<'a>(command: &'a Command, name: &str) -> Option<&'a Arg> {
    command.get_arguments().find(|arg| {
        let is_alias = || arg.get_all_aliases().is_some_and(|all| all.contains(&name));
        arg.get_long() == Some(name) || is_alias()
    })
}

fn takes_by_place(command: &Command, name: &str) -> bool {
    command.get_positionals().any(|arg| arg.get_id() == name)
}

/// What to do about an option that this command does not have, `what` as it was written.
fn unknown(program: &Command, command: &Command, name: &str, what: &str) -> String {
    let own = format!("`asgrad {}`", command.get_name());
    if takes_by_place(command, name) {
        let place = name.to_uppercase();
        let typed = format!("`asgrad {} {place}`", command.get_name());
        return format!("{what}: {own} has no --{name}: it is typed by its place, as in {typed}");
    }
    let others = program.get_subcommands();
    let others = others.filter(|other| named(other, name).is_some());
    let others: Vec<_> = others
        .map(|it| format!("`asgrad {}`", it.get_name()))
        .collect();
    if !others.is_empty() {
        return format!("{what} is an option of {}, not of {own}", others.join(", "));
    }
    let names = command.get_arguments().filter_map(Arg::get_long);
    let names = names.chain(["help"]);
    match nearest(name, names) {
        Some(meant) => {
            let dashes = if what.starts_with("--") { "--" } else { "" };
            format!("unknown option {what}; did you mean {dashes}{meant}?")
        }
        None => format!(
            "unknown option {what}; `asgrad help {}` lists them",
            command.get_name()
        ),
    }
}
