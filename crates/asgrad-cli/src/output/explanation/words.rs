//! Numbers for people.

use std::time::Duration;

/// Three digits that mean something, or all digits before the point.
pub(super) fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 || size == 0.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        size if size >= 0.1 => format!("{value:.3}"),
        size if size >= 0.001 => format!("{value:.4}"),
        _ => format!("{value:.2e}"),
    }
}

pub(super) fn number_if_any(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), number)
}

/// With the unit that suits it.
pub(super) fn time(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match seconds {
        seconds if seconds >= 1.0 || seconds == 0.0 => format!("{} s", number(seconds)),
        seconds if seconds >= 1e-3 => format!("{} ms", number(seconds * 1e3)),
        seconds if seconds >= 1e-6 => format!("{} µs", number(seconds * 1e6)),
        seconds => format!("{} ns", number(seconds * 1e9)),
    }
}

pub(super) fn time_if_any(value: Option<Duration>) -> String {
    value.map_or_else(|| "–".to_owned(), time)
}

/// A share, in per cent with one decimal.
pub(super) fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), |share| format!("{:.1}", share * 100.0))
}

/// A part of a time, in per cent.
pub(super) fn part(part: Duration, of: Duration) -> String {
    percent((!of.is_zero()).then(|| part.div_duration_f64(of)))
}
