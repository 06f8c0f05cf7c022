//! Slow-downs in words.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::{Kind, Slowdown};

/// A slow-down that cannot be understood, or that makes no sense.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SlowdownError {
    /// There is none of this name.
    #[error("unknown slow-down `{name}`; there are periodic, drift, outages, bursts")]
    Unknown {
        /// What was asked for.
        name: String,
    },
    /// Too many or too few parameters.
    #[error("too many or too few parameters in `{text}`: it is written {form}")]
    Parameters {
        /// What was written.
        text: String,
        /// How it is written.
        form: &'static str,
    },
    /// A word that is not what belongs there.
    #[error("`{word}` is not {expected}: it is written {form}")]
    Word {
        /// The word.
        word: String,
        /// What belongs there.
        expected: &'static str,
        /// How it is written.
        form: &'static str,
    },
    /// Two of one kind.
    #[error("`{first}` and `{second}` are of one kind; give one of them")]
    Twice {
        /// The one that was written first.
        first: Slowdown,
        /// The other.
        second: Slowdown,
    },
    /// A parameter out of its range.
    #[error("a slow-down's {what} of {value}: it must be {bound}")]
    OutOfRange {
        /// Which parameter.
        what: &'static str,
        /// What was given.
        value: String,
        /// The range.
        bound: &'static str,
    },
}

/// Slow-downs that act together, as they are written: separated by commas.
///
/// # Examples
/// ```
/// use workers::Slowdowns;
///
/// let both: Slowdowns = "periodic:0.5,2s,outages:5s,1s".parse()?;
/// assert_eq!(both.0.len(), 2);
/// assert_eq!(both.to_string(), "periodic:0.5,2s,outages:5s,1s");
/// # Ok::<(), workers::SlowdownError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Slowdowns(pub Vec<Slowdown>);

impl FromStr for Slowdowns {
    type Err = SlowdownError;

    /// A word that begins with a letter and is no number begins the next one.
    fn from_str(text: &str) -> Result<Self, SlowdownError> {
        let mut written: Vec<String> = Vec::new();
        for word in text.split(',') {
            match written.last_mut() {
                Some(last) if !is_name(word.trim()) => {
                    *last += ",";
                    *last += word;
                }
                _ => written.push(word.to_owned()),
            }
        }
        let slowdowns = written.iter().map(|text| text.trim().parse());
        let slowdowns = slowdowns.collect::<Result<Vec<Slowdown>, _>>()?;
        for (position, &second) in slowdowns.iter().enumerate() {
            let mut before = slowdowns[..position].iter();
            if let Some(&first) = before.find(|first| first.is_like(&second)) {
                return Err(SlowdownError::Twice { first, second });
            }
        }
        Ok(Self(slowdowns))
    }
}

/// `inf` and `nan` begin with letters, too; they are numbers, though none that fits.
fn is_name(word: &str) -> bool {
    word.starts_with(char::is_alphabetic) && word.parse::<f64>().is_err()
}

impl fmt::Display for Slowdowns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<_> = self.0.iter().map(Slowdown::to_string).collect();
        f.write_str(&words.join(","))
    }
}

impl FromStr for Slowdown {
    type Err = SlowdownError;

    fn from_str(text: &str) -> Result<Self, SlowdownError> {
        let (name, parameters) = text.split_once(':').unwrap_or((text, ""));
        let mut forms = Self::ALL.iter().map(|(form, _)| *form);
        let form = forms.find(|form| form.split(':').next() == Some(name));
        let form = form.ok_or_else(|| SlowdownError::Unknown {
            name: name.to_owned(),
        })?;
        let words = parameters.split(',').map(str::trim);
        let mut words: Vec<&str> = words.filter(|_| !parameters.is_empty()).collect();
        // The last comma of a form is that of the share.
        let n_required = form.matches(',').count();
        let given = words.len();
        let share = (given == n_required + 1).then(|| words.pop()).flatten();
        let number = |word: &str| number(word, form);
        let time = |word: &str| time(word, form);
        let slowdown = match (name, words.as_slice()) {
            ("periodic", [amplitude, period]) => Self::periodic(number(amplitude)?, time(period)?),
            ("drift", [rate]) => Self::drift(number(rate)?),
            ("outages", [up, down]) => Self::outages(time(up)?, time(down)?),
            ("bursts", [calm, burst, factor]) => {
                Self::bursts(time(calm)?, time(burst)?, number(factor)?)
            }
            _ => Err(SlowdownError::Parameters {
                text: text.to_owned(),
                form,
            }),
        }?;
        match share {
            Some(share) => slowdown.share(number(share)?),
            None => Ok(slowdown),
        }
    }
}

impl fmt::Display for Slowdown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Periodic { amplitude, period } => {
                write!(f, "periodic:{amplitude},{}", Short(period))?;
            }
            Kind::Drift { rate } => write!(f, "drift:{rate}")?,
            Kind::Outages(up) => {
                let (up, down) = up.means();
                write!(f, "outages:{},{}", Short(up), Short(down))?;
            }
            Kind::Bursts { calm, factor } => {
                let (calm, burst) = calm.means();
                write!(f, "bursts:{},{},{factor}", Short(calm), Short(burst))?;
            }
        }
        if self.share < 1.0 {
            write!(f, ",{}", self.share)?;
        }
        Ok(())
    }
}

/// A time in one word: in the largest unit that it is a whole number of.
struct Short(Duration);

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanoseconds = self.0.as_nanos();
        let units = [
            (1_000_000_000, "s"),
            (1_000_000, "ms"),
            (1_000, "us"),
            (1, "ns"),
        ];
        let fits = |&(length, _): &(u128, &str)| nanoseconds.is_multiple_of(length);
        let (length, name) = units.into_iter().find(fits).unwrap_or((1, "ns"));
        write!(f, "{}{name}", nanoseconds / length)
    }
}

fn number(word: &str, form: &'static str) -> Result<f64, SlowdownError> {
    word.parse().map_err(|_| SlowdownError::Word {
        word: word.to_owned(),
        expected: "a number",
        form,
    })
}

fn time(word: &str, form: &'static str) -> Result<Duration, SlowdownError> {
    humantime::parse_duration(word).map_err(|_| SlowdownError::Word {
        word: word.to_owned(),
        expected: "a time such as 5s or 200ms",
        form,
    })
}

/// Refuses a number that is not fine.
pub(super) fn check(
    what: &'static str,
    value: f64,
    is_fine: bool,
    bound: &'static str,
) -> Result<(), SlowdownError> {
    let value = value.to_string();
    match is_fine {
        true => Ok(()),
        false => Err(SlowdownError::OutOfRange { what, value, bound }),
    }
}

/// Refuses a time that changes too fast to follow, or too slowly to count.
pub(super) fn check_time(what: &'static str, time: Duration) -> Result<(), SlowdownError> {
    let range = Duration::from_micros(1)..=Duration::from_secs(1_000_000_000);
    let value = format!("{time:?}");
    let bound = "between 1us and 1000000000s";
    match range.contains(&time) {
        true => Ok(()),
        false => Err(SlowdownError::OutOfRange { what, value, bound }),
    }
}
