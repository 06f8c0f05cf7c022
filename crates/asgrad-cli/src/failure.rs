//! How the program ends when it does not end well.

use std::fmt;
use std::panic;
use std::path::Path;
use std::process::ExitCode;

use asgrad::compare::CompareError;
use asgrad::{ConfigError, RunError, Scalar};

use crate::interrupt::exit_status;
use crate::progress::say;
use crate::spelling::spelled;

/// What is said on standard error, with settings named as options, and the exit status.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    code: u8,
    message: String,
}

impl Failure {
    /// The run failed, or the data are bad.
    pub(crate) fn failed(message: impl fmt::Display) -> Self {
        Self {
            code: 1,
            message: format!("{message:#}"),
        }
    }

    /// The request was wrong.
    pub(crate) fn request(message: impl fmt::Display) -> Self {
        Self {
            code: 2,
            message: format!("{message:#}"),
        }
    }

    /// Whether the request was wrong.
    pub(crate) fn is_request(&self) -> bool {
        self.code == 2
    }

    /// Ctrl-C, or another signal to end.
    pub(crate) fn interrupted() -> Self {
        Self {
            code: exit_status(),
            message: "interrupted".to_owned(),
        }
    }

    /// With the name of what it happened to.
    #[must_use]
    pub(crate) fn of(self, what: impl fmt::Display) -> Self {
        Self {
            message: format!("{what:#}: {}", self.message),
            ..self
        }
    }

    /// With the name of the file that it happened to, if it does not say that already.
    #[must_use]
    pub(crate) fn in_file(self, path: &Path) -> Self {
        let name = path.display().to_string();
        if self.message.contains(&name) {
            self
        } else {
            self.of(name)
        }
    }

    /// All that went wrong, in one message; the first says how the program ends.
    pub(crate) fn all(failures: impl IntoIterator<Item = Option<Self>>) -> Result<(), Self> {
        let both = |one: Self, other: Self| Self {
            message: format!("{}; besides, {}", one.message, other.message),
            ..one
        };
        let all = failures.into_iter().flatten().reduce(both);
        all.map_or(Ok(()), Err)
    }

    /// With what to do about it.
    #[must_use]
    pub(crate) fn hint(self, what: &str) -> Self {
        Self {
            message: format!("{}; {what}", self.message),
            ..self
        }
    }

    /// Says it and gives the exit status.
    pub(crate) fn report(&self) -> ExitCode {
        say(format_args!("error: {}", spelled(self.message.clone())));
        ExitCode::from(self.code)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// Has a panic say one line. What runs ends as after any failure, and what there is is kept.
pub(crate) fn say_faults() {
    panic::set_hook(Box::new(|fault| say(format_args!("{}", fault_line(fault)))));
}

fn fault_line(fault: &panic::PanicHookInfo<'_>) -> String {
    let what = fault.payload_as_str().unwrap_or("no reason given");
    let place = fault.location().map(|place| format!(" ({place})"));
    let place = place.unwrap_or_default();
    format!(
        "asgrad: a fault of its own: {what}{place}; please report it with the command that led to it"
    )
    .replace('\n', " ")
}

/// So that it finds its way through a comparison.
impl std::error::Error for Failure {}

impl From<CompareError> for Failure {
    fn from(error: CompareError) -> Self {
        match error {
            CompareError::Config(error) => error.into(),
            CompareError::Refused(error) => Self::request(error),
            CompareError::Setup(error) => match error.downcast::<Self>() {
                Ok(failure) => *failure,
                Err(error) => Self::failed(error),
            },
            CompareError::NoVirtualTime => Self::request(error),
            CompareError::Interrupted => Self::interrupted(),
            error => Self::failed(error),
        }
    }
}

/// Settings are named as they are typed here.
impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let is_request = match &error {
            ConfigError::Trace { .. }
            | ConfigError::Thread { .. }
            | ConfigError::RecordedTimes { .. }
            | ConfigError::StartFile { .. } => false,
            ConfigError::Problem(error) => error.is_request(),
            ConfigError::ClusterSpec(error) => error.is_request(),
            _ => true,
        };
        if is_request {
            Self::request(error)
        } else {
            Self::failed(error)
        }
    }
}

impl<T: Scalar> From<RunError<T>> for Failure {
    fn from(error: RunError<T>) -> Self {
        match error {
            RunError::Config(error) => error.into(),
            error => Self::failed(error),
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::failed(error)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use super::*;

    #[test]
    fn a_panic_says_one_line_that_names_its_place() {
        let (said, lines) = mpsc::channel();
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |fault| {
            let _ = said.send(fault_line(fault));
        }));
        let faulty = || panic!("two\nlines");
        let thread = thread::Builder::new().spawn(faulty).unwrap();
        assert!(thread.join().is_err());
        panic::set_hook(before);
        let line = lines.recv().unwrap();
        assert!(
            line.starts_with("asgrad: a fault of its own: two lines ("),
            "{line}"
        );
        assert!(line.contains("failure.rs") && line.contains("please report it"));
    }
}
