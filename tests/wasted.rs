//! Work for nothing is told by the reason, with advice that fits the method that was run.

use asgrad::explain::{Explanation, Finding, InVain};
use asgrad::{Experiment, OnLoss, Trace};

use crate::support::failing::failing;
use crate::support::{pull, quadratic, scratch_file, virtually};

/// On workers that need 1, 2 and 10 units of 1 ms.
fn explained(name: &str, method: &str) -> Explanation {
    let path = scratch_file(&format!("wasted-{name}.jsonl"));
    let experiment = Experiment::with_objective(quadratic(&[1.0, 2.0, 3.0])).method(method);
    let experiment = virtually(experiment, &[1.0, 2.0, 10.0]).trace(&path);
    experiment.updates(100).run().unwrap();
    Explanation::of(&Trace::open(&path).unwrap()).unwrap()
}

fn said(explanation: &Explanation) -> Option<String> {
    let mut findings = explanation.findings.iter();
    let found = findings.find(|finding| matches!(finding, Finding::Wasted(_)));
    found.map(ToString::to_string)
}

#[test]
fn advice_against_work_for_nothing_fits_the_method() {
    let (cancel, accept) = (
        "cancel late jobs (late=cancel) or use them (late=use)",
        "let it accept staler ones (a larger threshold)",
    );
    for (method, fate, advice) in [
        ("rennala:batch=1", "discarded", cancel),
        ("malenia", "discarded", cancel),
        (
            "rennala:batch=1:late=cancel",
            "called off",
            "use late gradients (late=use)",
        ),
        (
            "m-synchronous:m=1",
            "called off",
            "wait for more (a larger m), use late gradients (late=use)",
        ),
        ("ringmaster:threshold=2", "discarded", accept),
        ("ringmaster-stop:threshold=2", "called off", accept),
        (
            "mindflayer:limit=1500",
            "given up after their limit",
            "give jobs more time (a larger limit)",
        ),
    ] {
        let text =
            said(&explained("advice", method)).unwrap_or_else(|| panic!("{method}: no finding"));
        let end = format!(" of work: {advice}, or use fewer workers");
        assert!(
            text.contains(fate) && text.ends_with(&end),
            "{method}: {text}"
        );
    }
    for method in [
        "rennala:batch=1:late=use",
        "m-synchronous:m=1:late=use",
        "pure",
        "mindflayer",
    ] {
        assert_eq!(said(&explained("advice", method)), None, "{method}");
    }
}

/// Rounds of 1.5 ms, in each of which two trials are given up: the last round ends the run.
#[test]
fn what_was_for_nothing_is_told_in_jobs_and_seconds_of_each_worker_and_of_all() {
    let explanation = explained("told", "mindflayer:limit=1500");
    let in_vain = |of: InVain| (of.jobs, of.time.as_micros());
    let by_worker = explanation
        .workers
        .iter()
        .map(|worker| in_vain(worker.wasted.expired));
    assert!(by_worker.eq([(0, 0), (100, 150_000), (100, 150_000)]));
    assert_eq!(in_vain(explanation.wasted.expired), (200, 300_000));
    assert_eq!(explanation.wasted.time().as_micros(), 300_000);
    let json = serde_json::to_value(&explanation).unwrap();
    assert_eq!(
        json["wasted"]["expired"],
        serde_json::json!({"jobs": 200, "seconds": 0.3})
    );
    assert_eq!(json["workers"][1]["wasted"]["expired"]["jobs"], 100);
    let none = serde_json::json!({"jobs": 0, "seconds": 0.0});
    for reason in ["discarded", "cancelled", "lost"] {
        assert_eq!(json["wasted"][reason], none, "{reason}");
    }
}

/// Worker 2 fails with its first job, at 10 ms. The others wait for it, and lose nothing.
#[test]
fn the_time_at_a_lost_job_is_told_apart() {
    let path = scratch_file("wasted-lost.jsonl");
    let oracle = failing(pull::<f64>(), |worker, _| worker == 2);
    let experiment = virtually(
        Experiment::new(oracle).method("minibatch"),
        &[1.0, 2.0, 10.0],
    );
    let experiment = experiment.on_lost_worker(OnLoss::Continue).trace(&path);
    experiment.updates(5).run().unwrap();
    let explanation = Explanation::of(&Trace::open(&path).unwrap()).unwrap();
    let lost = explanation.wasted.lost;
    assert_eq!((lost.jobs, lost.time.as_millis()), (1, 10));
    assert_eq!(explanation.wasted.time(), lost.time);
    assert!(!explanation.workers[2].is_alive() && explanation.workers[0].is_alive());
}
