//! A worker that does not answer in time.

use std::sync::mpsc;
use std::time::Duration;

use asgrad::{
    Experiment, OnLoss, Oracle, RunError, Serving, StopReason, Summary, Threads, Warning, WorkerId,
};
use ps_core::sync::Mutex;

use crate::{MILLISECOND, cluster, seconds_of};

/// Later than the limit and the patience, but before a run that goes on without it ends.
const LATE: Duration = Duration::from_millis(120);

/// Worker 1 comes back from its third job late, or when it is let go.
struct Deaf {
    let_go: Mutex<mpsc::Receiver<()>>,
    jobs: Mutex<u32>,
}

impl Oracle for Deaf {
    fn dim(&self) -> usize {
        1
    }

    fn gradient(
        &self,
        job: &mut asgrad::JobContext<'_>,
        x: &[f64],
        out: &mut [f64],
    ) -> Result<(), asgrad::OracleError> {
        out[0] = x[0];
        if job.worker().index() == 1 {
            *self.jobs.lock() += 1;
            if *self.jobs.lock() == 3 {
                let _ = self.let_go.lock().recv_timeout(LATE);
            }
        }
        Ok(())
    }
}

fn with_a_deaf_worker(serving: Serving, policy: OnLoss) -> (Result<Summary, RunError>, f64) {
    let (let_go, wait) = mpsc::channel();
    let oracle = Deaf {
        let_go: Mutex::new(wait),
        jobs: Mutex::new(0),
    };
    let threads = Threads {
        serving,
        patience: 20 * MILLISECOND,
        ..Threads::default()
    };
    let experiment = Experiment::new(oracle)
        .workers(3)
        .cluster(cluster(vec![1.0; 3], MILLISECOND))
        .threads(threads)
        .job_limit(60 * MILLISECOND)
        .on_lost_worker(policy)
        .updates(500);
    let result = seconds_of(|| experiment.run());
    drop(let_go);
    result
}

/// The run ends with a reason that names worker and job, and does not wait for the deaf thread.
pub(crate) fn a_worker_that_does_not_answer_is_given_up() {
    for serving in [Serving::Combining, Serving::Thread] {
        let (result, took) = with_a_deaf_worker(serving, OnLoss::Stop);
        let RunError::Failed(summary) = result.unwrap_err() else {
            panic!("it failed otherwise");
        };
        let StopReason::Hung { worker, waited, .. } = summary.stop_reason else {
            panic!("{}", summary.stop_reason);
        };
        assert_eq!(worker, WorkerId::new(1));
        assert_eq!(summary.gradients_per_worker[1], 2);
        assert!(
            waited > 60 * MILLISECOND && waited < 300 * MILLISECOND,
            "{waited:?}"
        );
        let said = summary.stop_reason.to_string();
        assert!(said.starts_with("worker 1 has not answered job "), "{said}");
        assert!(took < 1.0, "{took} s");
        let left = |warning: &Warning| *warning == Warning::LeftBehind { worker };
        assert!(summary.warnings.iter().any(left), "{:?}", summary.warnings);

        let (result, _) = with_a_deaf_worker(serving, OnLoss::Continue);
        let summary = result.unwrap();
        assert_eq!(summary.updates, 500, "the others go on");
        assert!(summary.seconds > 2.0 * LATE.as_secs_f64() - 0.1);
        assert_eq!(
            summary.gradients_per_worker[1], 2,
            "a late answer is ignored"
        );
    }
}
