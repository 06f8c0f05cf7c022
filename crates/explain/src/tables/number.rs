//! Numbers for people: how many digits are shown, and in which unit.

use std::time::Duration;

use ps_core::math;

/// What stands in place of a number that is not known.
pub const UNKNOWN: &str = "–";

/// Smallest number that is written with all its digits, not in powers of ten.
const MAX_PLAIN: f64 = 1e7;

/// With this many decimals; in powers of ten, if that left less than two digits or too many.
pub fn figure(value: f64, decimals: usize) -> String {
    if fits(value, decimals) {
        format!("{value:.decimals$}")
    } else {
        format!("{value:.*e}", decimals.saturating_sub(1))
    }
}

fn fits(value: f64, decimals: usize) -> bool {
    // The smallest number with two digits among so many decimals.
    let smallest = math::pow(10.0, 1.0 - decimals as f64);
    value == 0.0 || !value.is_finite() || (smallest..MAX_PLAIN).contains(&value.abs())
}

/// With this many significant digits, and all digits before the point; in powers of ten from ten
/// millions on, and where as many zeros stood behind the point as there are digits.
pub fn digits(value: f64, digits: usize) -> String {
    // Rounded first: 0.9996 is 1.00.
    let rounded = format!("{value:.*e}", digits - 1);
    let wanted = i32::try_from(digits).unwrap_or(i32::MAX);
    match power_of_ten(&rounded) {
        _ if value == 0.0 => "0".to_owned(),
        Some(power) if (-wanted..7).contains(&power) => {
            let decimals = usize::try_from(wanted - 1 - power).unwrap_or(0);
            format!("{value:.decimals$}")
        }
        _ => rounded,
    }
}

/// The power of ten of a number in scientific notation; none if it is not finite.
fn power_of_ten(number: &str) -> Option<i32> {
    number.split_once('e')?.1.parse().ok()
}

/// With this many significant digits, in the unit that suits it.
pub fn time(time: Duration, digits: usize) -> String {
    let (factor, unit) = match time.as_nanos() {
        1..1_000 => (1e9, "ns"),
        1_000..1_000_000 => (1e6, "µs"),
        1_000_000..1_000_000_000 => (1e3, "ms"),
        _ => (1.0, "s"),
    };
    format!(
        "{} {unit}",
        self::digits(time.as_secs_f64() * factor, digits)
    )
}

/// A share in per cent, with one decimal and no unit.
pub fn percent(share: f64) -> String {
    format!("{:.1}", share * 100.0)
}

/// A part of a time in per cent, with one decimal and no unit; unknown if the time is zero.
pub fn part(part: Duration, of: Duration) -> String {
    or_unknown((!of.is_zero()).then(|| percent(part.div_duration_f64(of))))
}

/// A value that may not be known.
pub fn or_unknown(value: Option<impl ToString>) -> String {
    value.map_or_else(|| UNKNOWN.to_owned(), |value| value.to_string())
}

/// At most five digits, with thousands as `k` and millions as `M`: for what changes while it is
/// read.
pub fn short(number: f64) -> String {
    match number {
        _ if number >= 1e7 => format!("{:.1} M", number / 1e6),
        _ if number >= 1e4 => format!("{:.1} k", number / 1e3),
        _ if number >= 100.0 => format!("{number:.0}"),
        _ => format!("{number:.1}"),
    }
}

/// At most four digits and no zeros at their end, with powers of ten as in print: `2.5·10⁻⁷`.
pub fn printed(value: f64) -> String {
    let in_powers = format!("{value:e}");
    let Some(power) = power_of_ten(&in_powers).filter(|_| value != 0.0) else {
        return value.abs().to_string();
    };
    if !(-3..6).contains(&power) {
        let rounded = format!("{value:.2e}");
        let (mantissa, power) = rounded.split_once('e').unwrap_or((&rounded, "0"));
        let power: String = power.chars().map(superscript).collect();
        return match trim(mantissa) {
            "1" => format!("10{power}"),
            mantissa => format!("{mantissa}·10{power}"),
        };
    }
    let decimals = usize::try_from(3 - power).unwrap_or(0);
    trim(&format!("{value:.decimals$}")).to_owned()
}

/// A mean with as many decimals as show two digits of its deviation; alone if that says nothing.
pub(super) fn printed_with(mean: f64, deviation: f64) -> String {
    match power_of_ten(&format!("{deviation:e}")) {
        Some(power @ -6..9) if deviation != 0.0 => {
            let decimals = usize::try_from(1 - power).unwrap_or(0);
            format!("{mean:.decimals$} ± {deviation:.decimals$}")
        }
        _ => printed(mean),
    }
}

fn trim(text: &str) -> &str {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        text
    }
}

fn superscript(character: char) -> char {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let digit = character
        .to_digit(10)
        .and_then(|digit| DIGITS.get(digit as usize));
    digit.copied().unwrap_or('⁻')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_keeps_digits_that_mean_something_whatever_its_size() {
        let shown = [0.2697, 0.0011, 0.0, 3.21e-9, 1.5e40].map(|value| figure(value, 4));
        assert_eq!(
            shown,
            ["0.2697", "0.0011", "0.0000", "3.210e-9", "1.500e40"]
        );
    }

    #[test]
    fn numbers_have_as_many_digits_that_count_as_asked_for() {
        let numbers = [
            0.0, 1e-7, 0.0012345, 0.012345, 0.12345, 0.9996, 1.2345, 12.345, 123.45, 12_345.6, 1e9,
        ];
        let expected = [
            "0", "1.00e-7", "0.00123", "0.0123", "0.123", "1.00", "1.23", "12.3", "123", "12346",
            "1.00e9",
        ];
        assert_eq!(numbers.map(|number| digits(number, 3)), expected);
        let numbers = [
            34.21,
            3.421,
            0.034_21,
            0.000_342_1,
            1e-300,
            0.0,
            f64::NAN,
            -0.256,
        ];
        let expected = [
            "34", "3.4", "0.034", "3.4e-4", "1.0e-300", "0", "NaN", "-0.26",
        ];
        assert_eq!(numbers.map(|number| digits(number, 2)), expected);
        assert_eq!(digits(f64::INFINITY, 2), "inf");
    }

    #[test]
    fn times_have_the_unit_that_suits_them() {
        let times = [1_500_000_000, 12_345_678, 1_234, 12, 0].map(Duration::from_nanos);
        let expected = ["1.5 s", "12 ms", "1.2 µs", "12 ns", "0 s"];
        assert_eq!(times.map(|length| time(length, 2)), expected);
    }

    #[test]
    fn numbers_that_change_are_short_whatever_their_size() {
        let shown = [0.0, 7.25, 123.4, 9_999.0, 45_600.0, 12_345_678.0].map(short);
        assert_eq!(shown, ["0.0", "7.2", "123", "9999", "45.6 k", "12.3 M"]);
    }

    #[test]
    fn printed_numbers_are_short() {
        let known = [
            (0.0, "0"),
            (1.0, "1"),
            (-0.5, "-0.5"),
            (1234.5678, "1235"),
            (123_456.0, "123456"),
            (0.012_345_6, "0.01235"),
            (1e-4, "10⁻⁴"),
            (2.5e-7, "2.5·10⁻⁷"),
            (1e6, "10⁶"),
            (1e300, "10³⁰⁰"),
        ];
        for (value, expected) in known {
            assert_eq!(printed(value), expected);
        }
        assert_eq!(printed(f64::NAN), "NaN");
        assert_eq!(printed_with(1234.5, 12.345), "1234 ± 12");
        assert_eq!(printed_with(0.25, 0.0012), "0.2500 ± 0.0012");
        assert_eq!(printed_with(0.25, 0.0), "0.25");
    }
}
