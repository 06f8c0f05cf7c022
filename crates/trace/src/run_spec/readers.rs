//! How values of settings are read and written.

use std::str::FromStr;
use std::time::Duration;

use problems::ProblemSpec;

use super::settings::Fault;
use super::{DriverSpec, RunSpec};

pub(super) fn parsed<V: FromStr<Err: Into<Fault>>>(text: &str) -> Result<V, Fault> {
    text.parse().map_err(Into::into)
}

pub(super) fn put<V: FromStr<Err: Into<Fault>>>(place: &mut V, text: &str) -> Result<(), Fault> {
    *place = parsed(text)?;
    Ok(())
}

pub(super) fn whole<V: FromStr>(text: &str) -> Result<V, Fault> {
    text.parse().map_err(|_| "expected a whole number".into())
}

pub(super) fn real(text: &str) -> Result<f64, Fault> {
    text.parse().map_err(|_| "expected a number".into())
}

pub(super) fn seconds(text: &str) -> Result<Duration, Fault> {
    const MAX_SECONDS: f64 = 1e9;
    let number = text.parse().ok();
    let number = number.filter(|&number| number > 0.0 && number <= MAX_SECONDS);
    let time = number.map(Duration::from_secs_f64);
    time.ok_or_else(|| "expected a positive number of seconds, up to 1e9".into())
}

pub(super) fn put_time(place: &mut Option<Duration>, text: &str) -> Result<(), Fault> {
    *place = Some(humantime::parse_duration(text)?);
    Ok(())
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
    if !spec.is_schedule {
        problem(spec).problem = Some(parsed(text)?);
    }
    Ok(())
}

pub(super) fn put_clock(spec: &mut RunSpec, text: &str) -> Result<(), Fault> {
    spec.driver.set_clock(parsed(text)?);
    Ok(())
}

/// Puts an option of threads, which other drivers do not have.
pub(super) fn put_option(
    spec: &mut RunSpec,
    option: &str,
    value: impl ToString,
) -> Result<(), Fault> {
    if let DriverSpec::Threads(_) = spec.driver {
        let text = format!("{}:{option}={}", spec.driver, value.to_string());
        spec.driver = text.trim_end_matches('=').parse()?;
    }
    Ok(())
}

pub(super) fn put_pin(spec: &mut RunSpec, text: &str) -> Result<(), Fault> {
    let pins: bool = text.parse().map_err(|_| "expected true or false")?;
    if pins {
        put_option(spec, "pin", "")
    } else {
        Ok(())
    }
}
