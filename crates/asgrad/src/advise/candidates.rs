//! The methods that advice is chosen from.

use trace::Algorithm;
use trace::rules::{self, NamedMethod};

use self::Size::{Of, Workers};

/// What a comparison is not of use without.
pub(super) const MINIBATCH: &str = "minibatch";
pub(super) const SGD: &str = "sgd";

/// A number that a method has a key for.
#[derive(Clone, Copy)]
enum Size {
    /// This one.
    Of(usize),
    /// This many quarters of the number of workers, rounded up.
    Workers(usize),
}

impl Size {
    fn with(self, n_workers: usize) -> usize {
        match self {
            Of(size) => size,
            Workers(quarters) => (quarters * n_workers).div_ceil(4),
        }
    }
}

/// The keys of which several values are tried, and these. Values that make a method another one of
/// the list are left out: a wait for one gradient is none, that for all workers is mini-batch SGD.
const SIZES: &[(&str, &[Size])] = &[
    ("b", &[Of(2), Workers(1), Workers(2)]),
    ("m", &[Of(1), Workers(1), Workers(2), Workers(3)]),
    (
        "batch",
        &[Of(1), Workers(1), Workers(2), Workers(4), Workers(8)],
    ),
    (
        "threshold",
        &[Of(1), Workers(1), Workers(2), Workers(4), Workers(8)],
    ),
    ("trials", &[Of(1), Of(2)]),
    ("bound", &[Of(1), Workers(1), Workers(4)]),
];

/// All named methods, each with several values of its key if it has one.
pub(super) fn all(n_workers: usize) -> Vec<Algorithm> {
    let names = rules::ALL.iter().map(|method| method.name);
    expanded(names.filter_map(|name| name.parse().ok()), n_workers)
}

/// These methods; of one whose key has no value, one for each that is tried.
pub(super) fn expanded(
    methods: impl IntoIterator<Item = Algorithm>,
    n_workers: usize,
) -> Vec<Algorithm> {
    let each = methods
        .into_iter()
        .map(|method| with_sizes(method, n_workers));
    each.flatten().collect()
}

/// What is there twice is kept once.
pub(super) fn distinct(methods: impl IntoIterator<Item = Algorithm>) -> Vec<Algorithm> {
    let mut distinct = Vec::new();
    for method in methods {
        if !distinct.contains(&method) {
            distinct.push(method);
        }
    }
    distinct
}

fn with_sizes(method: Algorithm, n_workers: usize) -> Vec<Algorithm> {
    let Some((key, sizes)) = method.named().and_then(sizes) else {
        return vec![method];
    };
    let name = method.to_string();
    if name.contains(&format!("{key}=")) {
        return vec![method];
    }
    let mut values: Vec<usize> = sizes.iter().map(|size| size.with(n_workers)).collect();
    values.sort_unstable();
    values.dedup();
    let with = |value| format!("{name}:{key}={value}").parse().ok();
    values.into_iter().filter_map(with).collect()
}

fn sizes(method: &NamedMethod) -> Option<(&'static str, &'static [Size])> {
    let has = |key: &str| method.parameters.iter().any(|known| known.name == key);
    SIZES.iter().copied().find(|(key, _)| has(key))
}

/// Whether whoever is fast waits for others: one job is out at a time, or all workers begin a round
/// together.
pub(super) fn is_synchronous(method: &Algorithm) -> bool {
    const ROUNDS: [&str; 3] = [MINIBATCH, "m-synchronous", "mindflayer"];
    let one = |it: &NamedMethod| it.what.outstanding == rules::Outstanding::One;
    method.named().is_some_and(one) || ROUNDS.contains(&method.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_method_is_tried_with_the_values_of_its_key() {
        let given = ["pure", "fedbuff", "rennala:batch=3", "ringmaster", "pure"];
        let given = given.map(|name| name.parse().unwrap());
        let all = distinct(expanded(given, 8));
        let names: Vec<_> = all.iter().map(Algorithm::label).collect();
        let expected = [
            "pure",
            "fedbuff:b=2",
            "fedbuff:b=4",
            "rennala:batch=3",
            "ringmaster:threshold=1",
            "ringmaster:threshold=2",
            "ringmaster:threshold=4",
            "ringmaster:threshold=8",
            "ringmaster:threshold=16",
        ];
        assert_eq!(names, expected);
    }

    #[test]
    fn every_number_that_a_method_has_a_key_for_is_tried() {
        let is_tried = |key: &str| SIZES.iter().any(|(name, _)| *name == key);
        for method in rules::ALL {
            let mut keys = method.parameters.iter().map(|key| key.name);
            // How long a mean goes back, a limit and what is done with the late: not how many.
            let others = ["late", "limit", "memory", "clip"];
            assert!(
                keys.all(|key| is_tried(key) || others.contains(&key)),
                "{}",
                method.name
            );
        }
    }
}
