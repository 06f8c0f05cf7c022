//! Times as the trace writes them: seconds with nine decimals, read back to the nanosecond.

use std::time::Duration;

/// No run lasts longer, in seconds: sums of as many times as there are lines can be counted.
const LONGEST: u64 = 100_000_000_000;

/// A time since the start of the run. JSON numbers are read as text: a float would lose
/// nanoseconds.
pub(super) fn parse(text: &str) -> Option<Duration> {
    let (seconds, decimals) = text.split_once('.').unwrap_or((text, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(seconds) || !all_digits(decimals) || decimals.len() > 9 {
        return None;
    }
    let scale = 10u32.pow(9 - u32::try_from(decimals.len()).ok()?);
    let fraction = if decimals.is_empty() {
        0
    } else {
        decimals.parse::<u32>().ok()?
    };
    let seconds: u64 = seconds.parse().ok()?;
    (seconds <= LONGEST).then(|| Duration::new(seconds, fraction * scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_to_the_nanosecond_however_long_it_is() {
        for time in [
            Duration::ZERO,
            Duration::new(3_200_000_000, 123_456_789),
            Duration::from_nanos(1),
        ] {
            let text = format!("{}.{:09}", time.as_secs(), time.subsec_nanos());
            assert_eq!(parse(&text), Some(time));
        }
        assert_eq!(parse("0.5"), Some(Duration::from_millis(500)));
        assert_eq!(parse("7"), Some(Duration::from_secs(7)));
        for bad in [
            "",
            "-1.0",
            "1e3",
            "1.0000000001",
            "\"1\"",
            "null",
            "1.x",
            "100000000001",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
