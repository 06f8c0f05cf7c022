//! What values there are, how they are typed, and what they must be.

use std::fmt;
use std::time::Duration;

/// The value of a parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A real number.
    Real(f64),
    /// A whole number.
    Count(u64),
    /// A time.
    Time(Duration),
    /// A word, one of a few.
    Word(&'static str),
    /// Real numbers.
    Reals(Vec<f64>),
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Real(number)
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Count(number)
    }
}

impl From<Duration> for Value {
    fn from(time: Duration) -> Self {
        Self::Time(time)
    }
}

/// What the value of a parameter must be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// A real number in a range.
    Real(Range),
    /// A whole number from the first to the second.
    Count(u64, u64),
    /// A time from the first to the second, such as `5s` or `200ms`.
    Time(Duration, Duration),
    /// A time of any length; a number without a unit is in microseconds.
    Microseconds,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Real numbers in a range, with commas between them.
    Reals(Range),
}

/// A range of real numbers, from one to another. NaN is in none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    from: f64,
    has_from: bool,
    to: f64,
    has_to: bool,
}

impl Range {
    /// Every finite number.
    pub const FINITE: Self = Self::above(f64::NEG_INFINITY);

    /// The finite numbers above this one.
    #[must_use]
    pub const fn above(from: f64) -> Self {
        Self {
            from,
            has_from: false,
            to: f64::INFINITY,
            has_to: false,
        }
    }

    /// The finite numbers from this one on.
    #[must_use]
    pub const fn at_least(from: f64) -> Self {
        let has_from = true;
        Self {
            has_from,
            ..Self::above(from)
        }
    }

    /// Those of the range that are below this number.
    #[must_use]
    pub const fn below(self, to: f64) -> Self {
        Self { to, ..self }
    }

    /// Those of the range that are at most this number, which may be infinity.
    #[must_use]
    pub const fn at_most(self, to: f64) -> Self {
        let has_to = true;
        Self { to, has_to, ..self }
    }

    /// Whether this number is in it.
    #[must_use]
    pub fn holds(&self, number: f64) -> bool {
        (number > self.from || self.has_from && number == self.from)
            && (number < self.to || self.has_to && number == self.to)
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lower = if self.has_from { "at least" } else { "above" };
        let (from, to) = (Short(self.from), Short(self.to));
        match (self.to.is_infinite(), self.has_to) {
            (true, true) => write!(f, "a number {lower} {from} (inf: none)"),
            (true, false) if self.from.is_infinite() => f.write_str("a finite number"),
            (true, false) if self.has_from => write!(f, "a finite number of {lower} {from}"),
            (true, false) => write!(f, "a finite number {lower} {from}"),
            (false, has_to) => {
                let upper = if has_to { "at most" } else { "below" };
                write!(f, "{lower} {from} and {upper} {to}")
            }
        }
    }
}

/// A limit with few digits.
struct Short(f64);

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.abs() < 1e6 {
            self.0.fmt(f)
        } else {
            write!(f, "{:e}", self.0)
        }
    }
}

impl Bound {
    /// Up to this number every whole number is a float of its own.
    pub const MAX_EXACT: u64 = 1 << 53;
    /// A whole number from 1 on.
    pub const POSITIVE: Self = Self::Count(1, u64::MAX);

    /// The value that a text stands for.
    ///
    /// # Errors
    /// With the part of the text that is out of bounds.
    pub fn read<'a>(&self, text: &'a str) -> Result<Value, &'a str> {
        let text = text.trim();
        let value = match self {
            Self::Real(_) => text.parse().ok().map(Value::Real),
            Self::Count(..) => whole(text).map(Value::Count),
            Self::Time(..) => humantime::parse_duration(text).ok().map(Value::Time),
            Self::Microseconds => {
                let bare = text.parse().map(Duration::from_micros);
                let time = bare.ok().or_else(|| humantime::parse_duration(text).ok());
                time.map(Value::Time)
            }
            Self::Word(words) => {
                let known = words.iter().find(|known| **known == text);
                known.map(|word| Value::Word(word))
            }
            Self::Reals(range) => {
                let number = |part: &'a str| {
                    let number = part.trim().parse().ok().filter(|n| range.holds(*n));
                    number.ok_or(part)
                };
                Some(Value::Reals(
                    text.split(',').map(number).collect::<Result<_, _>>()?,
                ))
            }
        };
        value.filter(|value| self.holds(value)).ok_or(text)
    }

    /// Whether a value is one that it may be.
    #[must_use]
    pub fn holds(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Real(range), Value::Real(number)) => range.holds(*number),
            (Self::Reals(range), Value::Reals(numbers)) => numbers.iter().all(|n| range.holds(*n)),
            (Self::Count(least, most), Value::Count(count)) => (least..=most).contains(&count),
            (Self::Time(least, most), Value::Time(time)) => (least..=most).contains(&time),
            (Self::Microseconds, Value::Time(_)) => true,
            (Self::Word(words), Value::Word(word)) => words.contains(word),
            _ => false,
        }
    }

    /// A value as it is typed.
    #[must_use]
    pub fn write(&self, value: &Value) -> String {
        match value {
            Value::Real(number) => number.to_string(),
            Value::Count(count) => count.to_string(),
            Value::Time(time) if *self == Self::Microseconds => in_units(*time, &UNITS[2..]),
            Value::Time(time) => in_units(*time, UNITS),
            Value::Word(word) => (*word).to_owned(),
            Value::Reals(numbers) => {
                let numbers: Vec<_> = numbers.iter().map(f64::to_string).collect();
                numbers.join(",")
            }
        }
    }
}

/// A whole number, also one that is written as `1e3`.
fn whole(text: &str) -> Option<u64> {
    let exact = text.parse().ok();
    exact.or_else(|| {
        let number: f64 = text.parse().ok()?;
        let is_exact = (0.0..=Bound::MAX_EXACT as f64).contains(&number) && number.fract() == 0.0;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a whole number up to 2^53"
        )]
        is_exact.then_some(number as u64)
    })
}

/// Units of time, in nanoseconds.
const UNITS: &[(u128, &str)] = &[
    (1_000_000_000, "s"),
    (1_000_000, "ms"),
    (1_000, "us"),
    (1, "ns"),
];

/// A time in one word: in the largest of these units that it is a whole number of. The unit of microseconds is left out if
/// it is the first.
fn in_units(time: Duration, units: &[(u128, &str)]) -> String {
    let nanoseconds = time.as_nanos();
    let fits = |unit: &&(u128, &str)| nanoseconds.is_multiple_of(unit.0);
    let &(length, name) = units.iter().find(fits).unwrap_or(&(1, "ns"));
    let name = if units[0].1 == name && name == "us" {
        ""
    } else {
        name
    };
    format!("{}{name}", nanoseconds / length)
}

impl fmt::Display for Bound {
    /// In words that follow "must be".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Real(range) => range.fmt(f),
            Self::Reals(range) => write!(f, "{range}, or several with commas between them"),
            Self::Count(least, u64::MAX) => write!(f, "a whole number from {least}"),
            Self::Count(least, Self::MAX_EXACT) => write!(f, "a whole number from {least} to 2^53"),
            Self::Count(least, most) => write!(f, "a whole number from {least} to {most}"),
            Self::Time(least, most) => {
                let [least, most] = [least, most].map(|time| in_units(*time, UNITS));
                write!(f, "a time such as 200ms, between {least} and {most}")
            }
            Self::Microseconds => {
                f.write_str("a time such as 2ms, or a whole number of microseconds")
            }
            Self::Word(words) => match words {
                [before @ .., last] if !before.is_empty() => {
                    write!(f, "{} or {last}", before.join(", "))
                }
                words => f.write_str(&words.join(", ")),
            },
        }
    }
}
