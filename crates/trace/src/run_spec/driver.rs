//! Where a run happens, as a plain value.

use std::fmt;
use std::str::FromStr;

use workers::{Clock, Emulate, Serving, Threads};

use super::settings::Fault;

/// The driver of a run: a name with options. One that is not known here is kept and printed, and
/// refused only when it is to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DriverSpec {
    /// OS threads: `threads[:emulate=spin][:server=thread][:pin]`. Their other options have no text.
    Threads(Threads),
    /// An exact event queue: `virtual`.
    Virtual,
    /// Any other.
    Other {
        /// As it was written; one of the user's own is `own:NAME`.
        name: String,
        /// The clock that it goes by.
        clock: Clock,
    },
}

impl Default for DriverSpec {
    fn default() -> Self {
        Self::Threads(Threads::default())
    }
}

impl DriverSpec {
    /// The clock that the driver goes by.
    pub fn clock(&self) -> Clock {
        match self {
            Self::Virtual => Clock::Virtual,
            Self::Threads(_) => Clock::Real,
            Self::Other { clock, .. } => *clock,
        }
    }

    /// Another driver if this one goes by another clock: threads or virtual time.
    pub(super) fn set_clock(&mut self, clock: Clock) {
        if let Self::Other { clock: its, .. } = self {
            *its = clock;
        } else if self.clock() != clock {
            *self = match clock {
                Clock::Real => Self::default(),
                Clock::Virtual => Self::Virtual,
            };
        }
    }

    /// Threads with these options.
    fn threads(options: &[&str]) -> Result<Self, Fault> {
        let mut threads = Threads::default();
        for option in options {
            match option.split_once('=').unwrap_or((option, "")) {
                ("emulate", text) => threads.emulate = text.parse()?,
                ("server", text) => threads.serving = text.parse()?,
                ("pin", "") => threads.pin = true,
                _ => {
                    let known = "threads[:emulate=sleep|spin][:server=combining|thread][:pin]";
                    return Err(format!("there is no option {option}; expected {known}").into());
                }
            }
        }
        Ok(Self::Threads(threads))
    }
}

impl FromStr for DriverSpec {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let words: Vec<&str> = text.split(':').collect();
        match words.as_slice() {
            ["threads", options @ ..] => Self::threads(options),
            ["virtual"] => Ok(Self::Virtual),
            _ => Ok(Self::Other {
                name: text.to_owned(),
                clock: Clock::default(),
            }),
        }
    }
}

impl fmt::Display for DriverSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Virtual => f.write_str("virtual"),
            Self::Other { name, .. } => f.write_str(name),
            Self::Threads(threads) => {
                f.write_str("threads")?;
                if threads.emulate != Emulate::default() {
                    write!(f, ":emulate={}", threads.emulate)?;
                }
                if threads.serving != Serving::default() {
                    write!(f, ":server={}", threads.serving)?;
                }
                f.write_str(if threads.pin { ":pin" } else { "" })
            }
        }
    }
}
