//! One check of many methods: all of them are tried, and those that fail are named.

use std::panic::{AssertUnwindSafe, catch_unwind};

use methods::rules::{ALL, NamedMethod};

/// Checks every named method, and fails in the end with the name and the message of each that
/// failed.
#[track_caller]
pub(crate) fn for_every_method(check: impl Fn(&'static NamedMethod)) {
    for_each(ALL, |named| named.name.to_owned(), check);
}

/// The same for any cases.
#[track_caller]
pub(crate) fn for_each<C: Copy>(
    cases: impl IntoIterator<Item = C>,
    name: impl Fn(C) -> String,
    check: impl Fn(C),
) {
    let (mut n_cases, mut failures) = (0, Vec::new());
    for case in cases {
        n_cases += 1;
        // The place of the panic has been printed by the panic hook when it is caught here.
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| check(case))) {
            let text = payload.downcast_ref::<&str>().map(ToString::to_string);
            let text = text.or_else(|| payload.downcast_ref().cloned());
            failures.push(format!("{}: {}", name(case), text.unwrap_or_default()));
        }
    }
    assert!(n_cases > 0, "there is nothing to check");
    let (n_failures, list) = (failures.len(), failures.join("\n"));
    assert!(n_failures == 0, "{n_failures} of {n_cases} fail:\n{list}");
}
