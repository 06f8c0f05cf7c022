//! One check of many methods: all of them are tried, and those that fail are named.

use std::panic::{AssertUnwindSafe, catch_unwind};

use methods::rules::{ALL, Named};

/// Checks every named method, and fails in the end with the name and the message of each that failed.
#[track_caller]
pub(crate) fn for_every_method(check: impl Fn(&'static Named)) {
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

#[test]
fn whoever_fails_is_named_and_the_others_are_checked_all_the_same() {
    let tried = std::cell::Cell::new(0);
    let all_but = |bad: [u8; 2]| {
        for_each(
            1..=4u8,
            |case| format!("case {case}"),
            |case| {
                tried.set(tried.get() + 1);
                assert!(case != bad[0], "one");
                assert!(case != bad[1], "two at {case}");
            },
        );
    };
    let failed = catch_unwind(AssertUnwindSafe(|| all_but([2, 4]))).unwrap_err();
    let said = failed.downcast_ref::<String>().unwrap();
    assert_eq!(said, "2 of 4 fail:\ncase 2: one\ncase 4: two at 4");
    assert_eq!(tried.get(), 4);
    all_but([0, 0]);
}
