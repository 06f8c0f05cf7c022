//! How values of settings are read and written.

use std::str::FromStr;
use std::time::Duration;

use problems::{ProblemSpec, Source};

use super::settings::Fault;
use super::{DriverSpec, RunSpec};

pub(super) fn put<V: FromStr<Err: Into<Fault>>>(place: &mut V, text: &str) -> Result<(), Fault> {
    *place = text.parse().map_err(Into::into)?;
    Ok(())
}

pub(super) fn put_some<V: FromStr<Err: Into<Fault>>>(
    place: &mut Option<V>,
    text: &str,
) -> Result<(), Fault> {
    *place = Some(text.parse().map_err(Into::into)?);
    Ok(())
}

pub(super) fn number<V: FromStr>(text: &str, what: &'static str) -> Result<V, Fault> {
    text.parse().map_err(|_| format!("expected {what}").into())
}

pub(super) fn count(place: &mut Option<usize>, text: &str) -> Result<(), Fault> {
    *place = Some(number(text, "a whole number")?);
    Ok(())
}

pub(super) fn switch(text: &str) -> Result<bool, Fault> {
    number(text, "true or false")
}

pub(super) fn time(place: &mut Option<Duration>, text: &str) -> Result<(), Fault> {
    *place = Some(humantime::parse_duration(text)?);
    Ok(())
}

pub(super) fn time_text(time: Option<Duration>) -> Option<String> {
    time.map(|time| {
        humantime::format_duration(time)
            .to_string()
            .replace(' ', "")
    })
}

pub(super) fn seconds(text: &str) -> Result<Duration, Fault> {
    const MAX_SECONDS: f64 = 1e9;
    let number = text.parse().ok();
    let number = number.filter(|&number| number > 0.0 && number <= MAX_SECONDS);
    let time = number.map(Duration::from_secs_f64);
    time.ok_or_else(|| "expected a positive number of seconds, up to 1e9".into())
}

/// The problem that a setting belongs to; digits until other data are named.
pub(super) fn problem(spec: &mut RunSpec) -> &mut ProblemSpec {
    spec.problem
        .get_or_insert_with(|| ProblemSpec::new(Source::Digits))
}

pub(super) fn known<V: ToString>(spec: &RunSpec, get: fn(&ProblemSpec) -> V) -> Option<String> {
    let problem = spec.problem.as_ref().filter(|_| !spec.is_schedule);
    problem.map(|problem| get(problem).to_string())
}

pub(super) fn known_some<V: ToString>(
    spec: &RunSpec,
    get: fn(&ProblemSpec) -> Option<V>,
) -> Option<String> {
    let problem = spec.problem.as_ref().filter(|_| !spec.is_schedule);
    problem.and_then(|problem| Some(get(problem)?.to_string()))
}

/// The options of threads, which other drivers do not have.
pub(super) fn threads(spec: &mut RunSpec, option: &str, value: impl ToString) -> Result<(), Fault> {
    if let DriverSpec::Threads { .. } = spec.driver {
        let text = format!("{}:{option}={}", spec.driver, value.to_string());
        spec.driver = text.trim_end_matches('=').parse()?;
    }
    Ok(())
}
