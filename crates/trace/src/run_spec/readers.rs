//! How values of settings are read and written.

use std::str::FromStr;
use std::time::Duration;

use problems::ProblemSpec;
use ps_core::form::{Domain, FormError, Unexpected, real};

use super::settings::Fault;
use super::{DriverSpec, RunSpec};
use crate::header::MAX_WORKERS;

pub(super) fn parsed<V: FromStr<Err: Into<Fault>>>(text: &str) -> Result<V, Fault> {
    text.parse().map_err(Into::into)
}

pub(super) fn put<V: FromStr<Err: Into<Fault>>>(place: &mut V, text: &str) -> Result<(), Fault> {
    *place = parsed(text)?;
    Ok(())
}

/// A whole number between these.
fn count<V: TryFrom<u64>>(least: u64, most: u64, text: &str) -> Result<V, Fault> {
    let domain = Domain::Count(least, most);
    let count = V::try_from(domain.value_of(text)?);
    count.map_err(|_| Unexpected(domain).into())
}

/// A number of workers, or of jobs outstanding. That none is too few is said where it is said to
/// programs, too.
pub(super) fn workers(text: &str) -> Result<usize, Fault> {
    if text == "0" {
        return Ok(0);
    }
    count(1, MAX_WORKERS as u64, text)
}

pub(super) fn positive<V: TryFrom<u64>>(text: &str) -> Result<V, Fault> {
    count(1, u64::MAX, text)
}

pub(super) fn whole(text: &str) -> Result<u64, Fault> {
    count(0, u64::MAX, text)
}

pub(super) fn finite(text: &str) -> Result<f64, Fault> {
    Ok(Domain::FINITE.value_of(text)?)
}

pub(super) fn not_negative(text: &str) -> Result<f64, Fault> {
    Ok(Domain::NOT_NEGATIVE.value_of(text)?)
}

pub(super) fn seconds(text: &str) -> Result<Duration, Fault> {
    const MAX_SECONDS: f64 = 1e9;
    let number = real(text).filter(|&number| number > 0.0 && number <= MAX_SECONDS);
    let time = number.map(Duration::from_secs_f64);
    let time = time.filter(|time| !time.is_zero());
    time.ok_or_else(|| "expected a positive number of seconds, from 1e-9 to 1e9".into())
}

/// A time of at least a nanosecond and at most this many seconds.
fn time<const MAX_SECONDS: u64>(text: &str) -> Result<Duration, Fault> {
    let (least, most) = (Duration::from_nanos(1), Duration::from_secs(MAX_SECONDS));
    Ok(Domain::Time(least, most).value_of(text)?)
}

/// The length of a unit of time: at most an hour.
pub(super) fn unit(text: &str) -> Result<Duration, Fault> {
    time::<3600>(text)
}

/// How long something may take.
pub(super) fn limit(text: &str) -> Result<Duration, Fault> {
    time::<1_000_000_000>(text)
}

pub(super) fn time_text(time: Option<Duration>) -> Option<String> {
    let text = humantime::format_duration(time?).to_string();
    Some(text.replace(' ', ""))
}

/// The problem that a setting belongs to; digits until other data are named.
pub(super) fn problem(spec: &mut RunSpec) -> &mut ProblemSpec {
    spec.problem.get_or_insert_default()
}

/// What is set of the problem, where the library knows it.
pub(super) fn known(
    spec: &RunSpec,
    get: impl Fn(&ProblemSpec) -> Option<String>,
) -> Option<String> {
    get(spec.problem.as_ref().filter(|_| !spec.is_schedule)?)
}

pub(super) fn put_problem(spec: &mut RunSpec, text: &str) -> Result<(), Fault> {
    spec.is_schedule = text == "none";
    if spec.is_schedule {
        return Ok(());
    }
    let kind = text.parse().map_err(|mut error| {
        if let FormError::Unknown { known, .. } = &mut error {
            *known += ", none";
        }
        error
    });
    problem(spec).problem = Some(kind?);
    Ok(())
}

pub(super) fn put_clock(spec: &mut RunSpec, text: &str) -> Result<(), Fault> {
    spec.driver.set_clock(parsed(text)?);
    Ok(())
}

/// Puts an option of threads, which virtual time does not have.
pub(super) fn put_option(
    spec: &mut RunSpec,
    option: &str,
    value: impl ToString,
) -> Result<(), Fault> {
    match spec.driver {
        DriverSpec::Threads(_) => {
            let text = format!("{}:{option}={}", spec.driver, value.to_string());
            spec.driver = text.trim_end_matches('=').parse()?;
            Ok(())
        }
        DriverSpec::Virtual => Err("virtual time has no threads; leave it out".into()),
        DriverSpec::Other { .. } => Ok(()),
    }
}

pub(super) fn put_pin(spec: &mut RunSpec, text: &str) -> Result<(), Fault> {
    let pins: bool = text.parse().map_err(|_| "expected true or false")?;
    if pins {
        put_option(spec, "pin", "")
    } else {
        Ok(())
    }
}
