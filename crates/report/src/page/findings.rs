//! What was counted in a run, and what is unusual in it, as sentences.

use explain::RunFacts;
use ps_core::form::count;

use crate::run::Run;

/// What was counted, and what `asgrad explain` finds unusual.
pub(crate) fn of(run: &Run) -> Vec<String> {
    let explained = &run.explained;
    let findings = explained.findings.iter().map(ToString::to_string);
    [counted(explained)].into_iter().chain(findings).collect()
}

fn counted(facts: &RunFacts) -> String {
    let RunFacts {
        updates,
        gradients,
        discarded,
        cancelled,
        expired,
        wasted,
        ..
    } = facts;
    let thrown = match discarded {
        0 => "none".to_owned(),
        discarded => discarded.to_string(),
    };
    let (updates, gradients) = (count(*updates, "update"), count(*gradients, "gradient"));
    let other = [
        (*cancelled, "called off"),
        (*expired, "given up after their limit"),
        (wasted.rejected.jobs, "rejected, as NaN or infinite"),
    ];
    let other = other.iter().filter(|(n, _)| *n > 0);
    let other = other.map(|(n, fate)| format!("; {} {fate}", count(*n, "job")));
    let other: String = other.collect();
    format!("{updates} out of {gradients}, {thrown} of them discarded{other}")
}
