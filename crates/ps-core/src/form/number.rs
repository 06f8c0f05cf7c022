//! How numbers are read and written, wherever a setting or a parameter has one.

use std::fmt::Display;

use super::domain::Domain;

/// A real number. One that is written with digits but is too large to be finite, or too small to be
/// anything but 0, is none.
pub fn real(text: &str) -> Option<f64> {
    let number: f64 = text.parse().ok()?;
    let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
    let is_kept = if number == 0.0 {
        !mantissa.contains(|c: char| ('1'..='9').contains(&c))
    } else {
        number.is_finite() || !mantissa.contains(|c: char| c.is_ascii_digit())
    };
    is_kept.then_some(number)
}

/// A whole number, also one that is written as `1e3`.
pub fn whole(text: &str) -> Option<u64> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a whole number up to 2^53"
    )]
    text.parse().ok().or_else(|| {
        let number = real(text)?;
        let is_exact = (0.0..=Domain::MAX_EXACT as f64).contains(&number) && number.fract() == 0.0;
        is_exact.then_some(number as u64)
    })
}

/// `1 worker`, `2 workers`.
pub fn count(n: impl Display, what: &str) -> String {
    let n = n.to_string();
    let plural = if n == "1" { "" } else { "s" };
    format!("{n} {what}{plural}")
}

/// A real number as it is written: [`real`] reads the same bits again. Very large and very small
/// ones have an exponent, so that none is hundreds of digits long.
pub fn text_of(number: f64) -> String {
    /// Numbers between these are written in full.
    const IN_FULL: std::ops::Range<f64> = 1e-9..1e21;
    if number == 0.0 || !number.is_finite() || IN_FULL.contains(&number.abs()) {
        number.to_string()
    } else {
        format!("{number:e}")
    }
}
