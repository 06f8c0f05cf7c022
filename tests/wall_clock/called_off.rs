//! Jobs that are cancelled on real threads.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use asgrad::explain::{Explanation, Verdict};
use asgrad::workers::Serving;
use asgrad::{Experiment, Law, Threads, Trace, from_fn};
use ps_core::sync::Mutex;

use crate::{alone, cluster, comes_to, n_threads};

/// Eight workers, and the first of them ends each round: seven jobs are cancelled each time, or
/// withdrawn where the one before is still on its way back. None leaves a thread or a buffer
/// behind, and all time is accounted for.
#[test]
fn tens_of_thousands_of_jobs_that_are_called_off_leave_nothing_behind() {
    let _alone = alone();
    const ROUNDS: u64 = 12_000;
    for serving in [Serving::Combining, Serving::Thread] {
        let before = n_threads();
        let addresses = Arc::new(Mutex::new(BTreeSet::new()));
        let seen = Arc::clone(&addresses);
        let oracle = from_fn(3, move |_, x: &[f64], out: &mut [f64]| {
            out.copy_from_slice(x);
            seen.lock().extend([x.as_ptr().addr(), out.as_ptr().addr()]);
        });
        let path =
            std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("called-off-real.jsonl.gz");
        let cluster = cluster(vec![1.0; 8], Duration::from_micros(50)).compute(Law::exponential());
        let experiment = Experiment::new(oracle).method("m-synchronous:m=1");
        let experiment = experiment.threads(Threads {
            serving,
            ..Threads::default()
        });
        let summary = experiment
            .cluster(cluster)
            .trace(&path)
            .updates(ROUNDS)
            .run()
            .unwrap();
        assert!(comes_to(before), "a thread was left");
        let explanation = Explanation::of(&Trace::open(&path).unwrap()).unwrap();
        assert_eq!((summary.updates, explanation.held), (ROUNDS, ROUNDS));
        let (cancelled, withdrawn) = (explanation.cancelled, explanation.cancelled_in_queue);
        let seconds = summary.seconds;
        eprintln!("{cancelled} cancelled and {withdrawn} withdrawn in {seconds} s");
        // Eight jobs at the start, and eight after each round.
        let jobs = ROUNDS + cancelled + withdrawn + explanation.out;
        assert_eq!(jobs, 8 * (ROUNDS + 1));
        assert!(cancelled > ROUNDS / 10, "{cancelled}");
        assert_eq!(explanation.wasted.cancelled.jobs, cancelled);
        // A job that is out has a buffer and pins a version, one in a queue pins one too; there is
        // the newest, and one is on its way.
        let buffers = addresses.lock().len();
        assert!(buffers <= 3 * 8 + 2, "{buffers} buffers");
        assert_eq!(explanation.conservation.verdict, Verdict::Holds);
        assert_eq!(explanation.impossible_times, 0);
        for account in &explanation.workers {
            assert_eq!(account.times.total(), explanation.duration);
        }
    }
}
