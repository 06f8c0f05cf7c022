//! The speed profiles.

/// A way in which the speeds of workers differ.
#[derive(Debug)]
pub(crate) struct Profile {
    pub(crate) name: &'static str,
    /// The time of worker `i` of `n`, the fastest first.
    time: fn(f64, f64) -> f64,
}

impl Profile {
    /// The times of `n` workers for a gradient, in units.
    pub(crate) fn seconds(&self, n: usize) -> Vec<f64> {
        let time = |i: usize| (self.time)(i as f64, n as f64);
        (1..=n).map(time).collect()
    }
}

const fn profile(name: &'static str, time: fn(f64, f64) -> f64) -> Profile {
    Profile { name, time }
}

/// All but one need 1 unit, and one this many.
pub(crate) fn straggler(n: usize, factor: f64) -> Vec<f64> {
    let mut seconds = vec![1.0; n];
    seconds[n - 1] = factor;
    seconds
}

pub(crate) const PROFILES: &[Profile] = &[
    profile("equal", |_, _| 1.0),
    profile("√i", |i, _| i.sqrt()),
    profile("i", |i, _| i),
    profile("power law, n/(n − i + ½)", |i, n| n / (n - i + 0.5)),
    profile("2^i, at most 1024", |i, _| {
        ps_core::math::pow(2f64, i.min(10.0))
    }),
    profile(
        "half 1, half 100",
        |i, n| {
            if i <= n / 2.0 { 1.0 } else { 100.0 }
        },
    ),
    profile("one 10", |i, n| if i < n { 1.0 } else { 10.0 }),
    profile("one 100", |i, n| if i < n { 1.0 } else { 100.0 }),
    profile("one 1000", |i, n| if i < n { 1.0 } else { 1000.0 }),
];

/// The methods that attain the bound for data that are alike, and the largest ratio to its bracket
/// that is allowed.
pub(crate) const ALIKE: &[(&str, f64)] = &[("rennala", 6.0), ("ringmaster", 6.0)];

/// The same for data that differ.
pub(crate) const DIFFERENT: &[(&str, f64)] = &[("malenia", 5.0), ("ringleader", 40.0)];
