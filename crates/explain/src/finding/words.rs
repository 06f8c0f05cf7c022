//! What the findings' sentences have in common.

use std::time::Duration;

use trace::{Header, rules};

use crate::tables::number;

/// `34 %`, `3.4 %`, `0.034 %`: two digits that mean something.
pub(super) fn percent(share: f64) -> String {
    format!("{} %", two_digits(share * 100.0))
}

/// Two digits that mean something, or all digits before the point.
pub(super) fn two_digits(value: f64) -> String {
    number::digits(value, 2)
}

/// A time to two digits, with the unit that suits it.
pub(super) fn time(time: Duration) -> String {
    number::time(time, 2)
}

/// Whether the run's method makes up for it when some workers deliver more gradients than others.
pub(super) fn weighs_workers_alike(header: &Header) -> bool {
    let named = header.named();
    named.is_some_and(|named| named.what.weighing != rules::Weighing::Gradients)
}

/// `a`, `a or b`, `a, b or c`: those of these methods that there are, but for the one that was run.
pub(super) fn others(names: &[&str], header: &Header) -> Option<String> {
    let there_is = |name: &&&str| rules::ALL.iter().any(|named| named.name == **name);
    let other = |name: &&&str| **name != header.spec.algorithm.name();
    let names: Vec<&str> = names
        .iter()
        .filter(there_is)
        .filter(other)
        .copied()
        .collect();
    let (last, before) = names.split_last()?;
    Some(match before {
        [] => (*last).to_owned(),
        before => format!("{} or {last}", before.join(", ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_two_digits_that_mean_something() {
        let texts = [0.3421, 0.034_21, 0.000_342_1, 1.0, 0.0].map(percent);
        assert_eq!(texts, ["34 %", "3.4 %", "0.034 %", "100 %", "0 %"]);
        let times = [1_500_000_000, 12_345_678, 1_234].map(Duration::from_nanos);
        assert_eq!(times.map(time), ["1.5 s", "12 ms", "1.2 µs"]);
    }
}
