//! The loss of a worker on real threads, which is sure to happen: the others wait for it.

use std::sync::Arc;

use asgrad::workers::Serving;
use asgrad::{Event, Experiment, Observer, OnLoss, Oracle, from_fn};
use ps_core::sync::Flag;

use crate::support::each::for_every_method;
use crate::support::failing::failing;
use crate::support::serving_by;

/// `½(x − 1)²`. Workers 1 and 2 fail from job 30 on; the others begin no job from number 60 on
/// before one of them is lost.
fn patient(is_lost: Arc<Flag>) -> impl Oracle + 'static {
    let pull = from_fn(1, move |job, x: &[f64], out: &mut [f64]| {
        if ![1, 2].contains(&job.worker().index()) && job.job().number() >= 60 {
            // Some seconds at most, so that a loss that nobody is told of is a failure and not a
            // hang.
            let waits = |_: &u32| !is_lost.is_raised() && !job.cancelled();
            (0..10_000_000)
                .take_while(waits)
                .for_each(|_| std::thread::yield_now());
        }
        out[0] = x[0] - 1.0;
    });
    failing(pull, |worker, job| [1, 2].contains(&worker) && job >= 30)
}

struct Alarm(Arc<Flag>);

impl Observer for Alarm {
    fn observe(&mut self, event: &Event) {
        if matches!(event, Event::Lost { .. }) {
            self.0.raise();
        }
    }
}

/// Workers that never sleep share the cores: a round of `malenia` or `ringleader`, in which
/// everybody must deliver, lasts as long as the operating system lets the others run. Hence few
/// updates.
#[test]
fn every_method_on_threads_survives_the_loss_of_a_worker() {
    for_every_method(|named| {
        for serving in [Serving::Combining, Serving::Thread] {
            let is_lost = Arc::new(Flag::new());
            let experiment = Experiment::new(patient(Arc::clone(&is_lost)))
                .method(named.name)
                .workers(4);
            let experiment = experiment.threads(serving_by(serving));
            let experiment = experiment.observer(Alarm(Arc::clone(&is_lost)));
            let summary = experiment
                .on_lost_worker(OnLoss::Continue)
                .step_size(0.05)
                .updates(200)
                .run();
            let summary = summary.unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(summary.updates, 200);
            assert!(is_lost.is_raised(), "nobody was lost");
        }
    });
}
