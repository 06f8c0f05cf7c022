//! What a driver may tell the server though it should not: an error of the worker, or ignored and
//! counted, and never a panic.

use std::time::Duration;

use asgrad::methods::{Engine, MethodSpec, OnLoss, StepRule, StopRule};
use asgrad::{Snapshot, StopReason, WorkerId};
use ps_core::{
    Buffer, Completion, Failure, Job, JobId, JobTimes, Outbox, Outcome, Seed, Service, Version,
};

const NOW: Duration = Duration::from_millis(1);

fn engine(on_loss: OnLoss) -> Engine {
    let method: MethodSpec = "pure".parse().unwrap();
    let method = method.build(3, 3).unwrap();
    let first = Snapshot::initial(&[1.0, 2.0]);
    let step_size = StepRule::constant().with(0.5);
    Engine::new(method, step_size, 3, 3, first, Seed::new(1))
        .stop_rule(StopRule::default())
        .on_lost_worker(on_loss)
}

fn back(mut job: Job, gradient: &[f64]) -> Completion {
    if gradient.len() == 2 {
        job.gradient.as_mut_slice().copy_from_slice(gradient);
    } else {
        job.gradient = Buffer::from_slice(gradient);
    }
    Completion {
        job,
        times: JobTimes::default(),
        outcome: Outcome::Gradient,
    }
}

/// A job like one of the server's.
fn forged(worker: usize, job: u64) -> Job {
    Job {
        id: JobId::new(job),
        worker: WorkerId::new(worker),
        assigned: Duration::ZERO,
        snapshot: Snapshot::initial(&[1.0, 2.0]),
        limit: None,
        gradient: Buffer::zeros(2),
    }
}

#[test]
fn what_nobody_was_asked_for_is_ignored_and_counted() {
    let (mut engine, mut out) = (engine(OnLoss::Continue), Outbox::new());
    // A result before the start.
    engine.complete(back(forged(0, 0), &[1.0, 1.0]), NOW, &mut out);
    engine.start(NOW, &mut out);
    let jobs: Vec<_> = out.drain().collect();
    assert_eq!((jobs.len(), engine.n_ignored()), (3, 1));
    // Of a worker that there is not, of a job that it does not have, of one that is not there.
    engine.complete(back(forged(7, 0), &[1.0, 1.0]), NOW, &mut out);
    engine.complete(back(forged(1, 9), &[1.0, 1.0]), NOW, &mut out);
    engine.lose(WorkerId::new(7), &Failure::Hung(NOW), NOW, &mut out);
    assert_eq!(
        (engine.n_ignored(), engine.model().version()),
        (4, Version::ZERO)
    );
    // A worker is lost, and answers after all; it is lost twice.
    engine.lose(WorkerId::new(0), &Failure::Hung(NOW), NOW, &mut out);
    let mut jobs = jobs.into_iter();
    engine.complete(back(jobs.next().unwrap(), &[1.0, 1.0]), NOW, &mut out);
    engine.lose(WorkerId::new(0), &Failure::Hung(NOW), NOW, &mut out);
    assert_eq!(
        (engine.n_ignored(), engine.model().version()),
        (6, Version::ZERO)
    );
    // One that comes twice counts once.
    let job = jobs.next().unwrap();
    engine.complete(back(forged(1, job.id.number()), &[2.0, 2.0]), NOW, &mut out);
    engine.complete(back(job, &[2.0, 2.0]), NOW, &mut out);
    assert_eq!(engine.n_ignored(), 7);
    assert_eq!(engine.model().values(), [0.0, 1.0]);
    assert_eq!(engine.stopped(), None);
}

#[test]
fn a_gradient_of_another_length_is_a_failure_of_its_worker() {
    for wrong in [&[][..], &[1.0], &[1.0, 2.0, 3.0]] {
        for on_loss in [OnLoss::Stop, OnLoss::Continue] {
            let (mut engine, mut out) = (engine(on_loss), Outbox::new());
            engine.start(NOW, &mut out);
            let job = out.drain().next().unwrap();
            engine.complete(back(job, wrong), NOW, &mut out);
            assert_eq!(engine.model().values(), [1.0, 2.0]);
            match engine.stopped() {
                Some(StopReason::WorkerLost { failure, .. }) => {
                    let said = failure.to_string();
                    let expected = format!("its gradient has {} components", wrong.len());
                    assert!(said.contains(&expected), "{said}");
                    assert_eq!(on_loss, OnLoss::Stop);
                }
                reason => assert_eq!((reason, on_loss), (None, OnLoss::Continue)),
            }
        }
    }
}
