//! What values there are, how they are typed, and what they must be.

use std::fmt;
use std::time::Duration;

pub use std::ops::Bound as Limit;
use std::ops::RangeBounds as _;

use super::number::{real, text_of, whole};
use super::value::Value;

/// What the value of a parameter must be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Domain {
    /// A real number between limits. Infinity is none that is included.
    Real(Limit<f64>, Limit<f64>),
    /// The same with commas between them, one or more.
    Reals(Limit<f64>, Limit<f64>),
    /// A whole number from the first to the second.
    Count(u64, u64),
    /// A time from the first to the second, such as `5s` or `200ms`.
    Time(Duration, Duration),
    /// A time of any length. A number without a unit is in microseconds.
    Microseconds,
    /// One of these words.
    Word(&'static [&'static str]),
}

/// A text that stands for no value of this domain.
#[derive(Clone, Debug, PartialEq)]
pub struct Unexpected(pub Domain);

impl std::error::Error for Unexpected {}

impl fmt::Display for Unexpected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let domain = &self.0;
        match domain {
            // The value may be above the bound that otherwise goes without saying.
            Domain::Count(_, u64::MAX) => write!(f, "expected {domain} to 2^64−1"),
            Domain::Real(..) if *domain != Domain::FINITE => {
                write!(f, "expected a number {domain}")
            }
            _ => write!(f, "expected {domain}"),
        }
    }
}

/// Units of time, in nanoseconds.
const UNITS: &[(u128, &str)] = &[
    (1_000_000_000, "s"),
    (1_000_000, "ms"),
    (1_000, "us"),
    (1, "ns"),
];

impl Domain {
    /// Up to this number every whole number is a float of its own.
    pub const MAX_EXACT: u64 = 1 << 53;
    /// A whole number from 1 on.
    pub const POSITIVE: Self = Self::Count(1, u64::MAX);
    /// A finite number.
    pub const FINITE: Self = Self::Real(
        Limit::Excluded(f64::NEG_INFINITY),
        Limit::Excluded(f64::INFINITY),
    );
    /// A finite number above 0.
    pub const ABOVE_ZERO: Self = Self::Real(Limit::Excluded(0.0), Limit::Excluded(f64::INFINITY));
    /// A finite number from 0 on.
    pub const NOT_NEGATIVE: Self = Self::Real(Limit::Included(0.0), Limit::Excluded(f64::INFINITY));
    /// A number from 0 to less than 1.
    pub const BELOW_ONE: Self = Self::Real(Limit::Included(0.0), Limit::Excluded(1.0));
    /// A share of something: above 0 and at most 1.
    pub const SHARE: Self = Self::Real(Limit::Excluded(0.0), Limit::Included(1.0));

    /// The value that a text stands for.
    ///
    /// # Errors
    /// With the part of the text that is out of bounds.
    pub fn read<'a>(&self, text: &'a str) -> Result<Value, &'a str> {
        let text = text.trim();
        let value = match self {
            Self::Real(..) => real(text).map(Value::Real),
            Self::Reals(from, to) => {
                let numbers = text.split(',').map(|part| {
                    real(part.trim())
                        .filter(|n| (*from, *to).contains(n))
                        .ok_or(part)
                });
                Some(Value::Reals(numbers.collect::<Result<_, _>>()?))
            }
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
        };
        value.filter(|value| self.holds(value)).ok_or(text)
    }

    /// The value of a setting, as [`read`](Self::read) reads it.
    ///
    /// # Errors
    /// If the text stands for none, or for one out of bounds.
    pub fn value_of<V: TryFrom<Value>>(&self, text: &str) -> Result<V, Unexpected> {
        let value = self.read(text).ok().and_then(|value| value.try_into().ok());
        value.ok_or(Unexpected(*self))
    }

    /// Whether a value is one that it may be.
    pub fn holds(&self, value: &Value) -> bool {
        match (*self, value) {
            (Self::Real(from, to), Value::Real(number)) => (from, to).contains(number),
            (Self::Reals(from, to), Value::Reals(all)) => {
                all.iter().all(|n| (from, to).contains(n))
            }
            (Self::Count(least, most), Value::Count(count)) => (least..=most).contains(count),
            (Self::Time(least, most), Value::Time(time)) => (least..=most).contains(time),
            (Self::Microseconds, Value::Time(_)) => true,
            (Self::Word(words), Value::Word(word)) => words.contains(word),
            _ => false,
        }
    }

    /// A value as it is typed.
    pub fn write(&self, value: &Value) -> String {
        match value {
            Value::Real(number) => text_of(*number),
            Value::Reals(numbers) => {
                let numbers: Vec<_> = numbers.iter().copied().map(text_of).collect();
                numbers.join(",")
            }
            Value::Count(count) => count.to_string(),
            Value::Time(time) => {
                let nanoseconds = time.as_nanos();
                if *self == Self::Microseconds && nanoseconds.is_multiple_of(1_000) {
                    return (nanoseconds / 1_000).to_string();
                }
                let fits = |unit: &&(u128, &str)| nanoseconds.is_multiple_of(unit.0);
                let &(length, unit) = UNITS.iter().find(fits).unwrap_or(&(1, "ns"));
                format!("{}{unit}", nanoseconds / length)
            }
            Value::Word(word) => (*word).to_owned(),
        }
    }
}

impl fmt::Display for Domain {
    /// In words that follow "must be".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Real(from, to) => f.write_str(&between(from, to)),
            Self::Reals(from, to) => write!(f, "{}, or several of them", between(from, to)),
            Self::Count(least, u64::MAX) => write!(f, "a whole number from {least}"),
            Self::Count(least, Self::MAX_EXACT) => write!(f, "a whole number from {least} to 2^53"),
            Self::Count(least, most) => write!(f, "a whole number from {least} to {most}"),
            Self::Time(least, most) => {
                let [least, most] = [least, most].map(|time| self.write(&Value::Time(time)));
                write!(f, "a time such as 200ms, between {least} and {most}")
            }
            Self::Microseconds => f.write_str("a time such as 2ms, or a number of microseconds"),
            Self::Word(words) => f.write_str(&words.join(" or ")),
        }
    }
}

fn between(from: Limit<f64>, to: Limit<f64>) -> String {
    let from = match from {
        Limit::Included(from) => format!("at least {}", text_of(from)),
        Limit::Excluded(from) if from.is_finite() => format!("above {}", text_of(from)),
        _ => return "a finite number".to_owned(),
    };
    match to {
        Limit::Included(f64::INFINITY) => format!("{from} (inf: none)"),
        Limit::Included(to) => format!("{from} and at most {to}"),
        Limit::Excluded(to) if to.is_finite() => format!("{from} and below {to}"),
        _ => format!("{from} and finite"),
    }
}
