//! A hundred thousand jobs that are cancelled: no buffer, no age and no time is lost.

use std::collections::BTreeSet;
use std::sync::Arc;

use asgrad::explain::{Activity, Explanation, Verdict};
use asgrad::{Clock, Experiment, Law, Summary, Trace};
use ps_core::sync::Mutex;

use crate::support::{cluster, linear, scratch_file};

const N: u32 = 11;

/// How many buffers a run uses whose rounds are ended by the first of eleven workers, and what it
/// says of itself.
fn run(method: &str, law: Law, updates: u64) -> (usize, Summary, Explanation) {
    let addresses = Arc::new(Mutex::new(BTreeSet::new()));
    let seen = Arc::clone(&addresses);
    let oracle = asgrad::from_fn(3, move |_, x: &[f64], out: &mut [f64]| {
        out.copy_from_slice(x);
        seen.lock().extend([x.as_ptr().addr(), out.as_ptr().addr()]);
    });
    let path = scratch_file(&format!("called-off-{}.jsonl.gz", &method[..2]));
    let experiment = Experiment::new(oracle).method(method).clock(Clock::Virtual);
    let experiment = experiment.cluster(cluster(&linear(N), law)).trace(&path);
    let summary = experiment.updates(updates).run().unwrap();
    let explanation = Explanation::of(&Trace::open(&path).unwrap()).unwrap();
    let count = addresses.lock().len();
    (count, summary, explanation)
}

/// Every round cancels ten jobs, those of the last round alone do not come back.
#[test]
fn a_hundred_thousand_jobs_that_are_called_off_leave_no_buffer_no_age_and_no_time_behind() {
    let updates = 10_001;
    for law in [Law::fixed(), Law::exponential()] {
        let (buffers, summary, explanation) = run("m-synchronous:m=1", law.clone(), updates);
        assert_eq!((summary.updates, explanation.held), (updates, updates));
        let in_vain = explanation.wasted.cancelled;
        assert_eq!((explanation.cancelled, in_vain.jobs), (100_000, 100_000));
        // Each job that is out has a buffer; each may have a version of its own; there is the
        // newest; and one is on its way.
        assert!(buffers <= 2 * N as usize + 2, "{buffers} buffers");
        assert_eq!(explanation.conservation.verdict, Verdict::Holds);
        assert_eq!(explanation.impossible_times, 0);
        for account in &explanation.workers {
            assert_eq!(account.times.total(), explanation.duration);
            // In virtual time everybody is always at a job: of use, cancelled, or out at the end.
            assert_eq!(account.times.at(Activity::Computing), explanation.duration);
            assert!(account.wasted.time() <= explanation.duration);
        }
        if law == Law::fixed() {
            // The fastest ends every round after 1 ms, and is never cancelled; all others are, but
            // in the last.
            let by_worker = explanation
                .workers
                .iter()
                .map(|account| account.wasted.time().as_millis());
            assert!(by_worker.eq((0..N).map(|worker| if worker == 0 { 0 } else { 10_000 })));
        }
    }
}

/// The same for jobs that are expired: of the eleven workers only the fastest two are in time.
#[test]
fn a_hundred_thousand_jobs_that_are_given_up_leave_no_buffer_no_age_and_no_time_behind() {
    let updates = 12_000;
    let (buffers, summary, explanation) = run("mindflayer:limit=2500", Law::fixed(), updates);
    assert_eq!((summary.updates, explanation.held), (updates, 2 * updates));
    let in_vain = explanation.wasted.expired;
    assert_eq!(
        (explanation.expired, in_vain.jobs),
        (9 * updates, 9 * updates)
    );
    assert_eq!(in_vain.time.as_micros(), u128::from(9 * updates * 2500));
    assert!(buffers <= 2 * N as usize + 2, "{buffers} buffers");
    assert_eq!(explanation.conservation.verdict, Verdict::Holds);
    for account in &explanation.workers {
        assert_eq!(account.times.total(), explanation.duration);
    }
}
