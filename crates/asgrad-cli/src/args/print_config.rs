//! `--print-config`: the words of a command, to be written as a file.

use std::ffi::OsString;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

const NAME: &str = "print-config";

/// The values that the options of a command have, typed or not, if they are to be printed. It is read
/// in front of all other options: these take theirs away.
#[derive(Clone, Debug)]
pub(crate) struct PrintConfig(Option<Vec<(String, Vec<OsString>)>>);

impl PrintConfig {
    /// Whether the request is to be printed, and not to be run.
    pub(crate) fn is_asked(&self) -> bool {
        self.0.is_some()
    }

    /// The values of the option of this name; none if it has none.
    pub(crate) fn values(&self, name: &str) -> &[OsString] {
        let mut options = self.0.iter().flatten();
        let option = options.find(|(option, _)| option == name);
        option.map_or(&[], |(_, values)| values)
    }
}

impl Args for PrintConfig {
    fn augment_args(command: Command) -> Command {
        let arg = Arg::new(NAME).long(NAME).action(ArgAction::SetTrue);
        let help =
            "Print all this as a file for --config, with what each line means, and run nothing";
        command.arg(arg.help(help).help_heading("Output"))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for PrintConfig {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        if !matches.get_flag(NAME) {
            return Ok(Self(None));
        }
        let values = |name: &clap::Id| {
            let values = matches.get_raw(name.as_str()).into_iter().flatten();
            let values = values.map(ToOwned::to_owned).collect();
            (name.to_string(), values)
        };
        Ok(Self(Some(matches.ids().map(values).collect())))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
