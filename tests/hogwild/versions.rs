//! The version of an update of Hogwild! is its ticket.

use std::sync::Arc;
use std::time::Duration;

use asgrad::explain::{Explanation, Verdict};
use asgrad::ps_core::{Action, Received};
use asgrad::{Event, Experiment, Law, OnBadGradient, OnLoss, Oracle, StopReason, Trace, from_fn};

use super::Whole;
use crate::support::failing::{failing, problem};
use crate::support::recording::{Recorder, received};
use crate::support::{cluster, equal, scratch_file};

/// A run on so many threads that do nothing but race.
fn race(n_workers: usize, updates: u64) -> Vec<Event> {
    let recorder = Recorder::default();
    let oracle = Whole {
        dim: 8,
        is_sparse: false,
    };
    let experiment = Experiment::<f64>::new(oracle).method("hogwild");
    let experiment = experiment.workers(n_workers).updates(updates);
    experiment.observer(recorder.clone()).run().unwrap();
    recorder.take()
}

/// Σ ages of ended jobs + Σ ages of jobs still out − Σ over updates of the other jobs out.
fn balance(events: &[Event]) -> i128 {
    let number = |version: asgrad::Version| i128::from(version.number());
    let last = events.iter().find_map(|event| match event {
        Event::Stopped(stopped) => Some(number(stopped.version)),
        _ => None,
    });
    let ages = events.iter().map(|event| match event {
        Event::Received(r) => {
            let others = i128::from(r.action == Action::Applied) * (r.concurrency as i128 - 1);
            number(r.version) - number(r.read_version) - others
        }
        Event::Lost(lost) => number(lost.version) - number(lost.read_version),
        Event::Assigned(out) => last.unwrap() - number(out.version),
        _ => 0,
    });
    ages.sum()
}

#[test]
fn lines_stand_in_the_order_of_tickets_and_no_age_is_lost_or_invented() {
    for n_workers in [1, 2, 3, 8] {
        let events = race(n_workers, 5_000);
        let versions = received(&events).map(|r| r.version.number());
        assert!(versions.eq(0..5_000), "{n_workers} workers");
        assert_eq!(balance(&events), 0, "{n_workers} workers");
    }
}

/// Between a job's read and its update fall updates of others, whose own reads came before it; none
/// of its own worker's; and a worker reads after it has made its last update.
#[test]
fn an_update_is_as_stale_as_others_overlap_it() {
    for n_workers in [1, 2, 4] {
        let events = race(n_workers, 5_000);
        let all: Vec<&Received> = received(&events).collect();
        for (version, r) in all.iter().enumerate() {
            let read = usize::try_from(r.read_version.number()).unwrap();
            assert!(read <= version && r.concurrency <= n_workers);
            assert!(n_workers > 1 || r.staleness() == 0);
            let overlapping = &all[read..version];
            assert_eq!(overlapping.len() as u64, r.staleness());
            let own = |other: &&Received| other.worker == r.worker;
            assert!(!overlapping.iter().any(own), "{r:?}");
        }
    }
}

/// Jobs of 40 ms beside jobs of 2 ms: some 20 updates fall into each of the long ones.
#[test]
fn who_is_slow_is_stale() {
    let recorder = Recorder::default();
    let experiment = Experiment::new(problem::<f64>(2, 2)).method("hogwild");
    let experiment = experiment.cluster(cluster(&[2.0, 40.0], Law::fixed()));
    let experiment = experiment.updates(50).observer(recorder.clone());
    experiment.run().unwrap();
    let events = recorder.take();
    let of = |worker: usize| received(&events).filter(move |r| r.worker.index() == worker);
    assert!(of(0).all(|r| r.staleness() <= 1));
    assert!(of(1).count() > 0 && of(1).all(|r| r.staleness() >= 5));
}

#[test]
fn explain_finds_that_the_law_holds_whatever_ends_the_run() {
    let lost = || failing(problem::<f64>(3, 2), |worker, job| worker == 2 && job > 5);
    let bad = || {
        from_fn(4, |job, _: &[f64], out: &mut [f64]| {
            out.fill(if job.job().number() == 30 {
                f64::NAN
            } else {
                1.0
            });
        })
    };
    let of = |oracle: Arc<dyn Oracle>| {
        Experiment::new(oracle)
            .method("hogwild")
            .cluster(cluster(&equal(3), Law::exponential()).upload(Law::exponential()))
    };
    let discard = OnBadGradient::Discard { at_most: 1 };
    let ends: [(&str, Experiment); 5] = [
        ("updates", of(Arc::new(bad())).updates(20)),
        (
            "a rejected gradient",
            of(Arc::new(bad())).on_bad_gradient(discard).updates(60),
        ),
        (
            "time",
            of(Arc::new(problem::<f64>(3, 2))).time_limit(Duration::from_millis(30)),
        ),
        ("not-finite", of(Arc::new(bad()))),
        (
            "a lost worker",
            of(Arc::new(lost()))
                .on_lost_worker(OnLoss::Continue)
                .updates(40),
        ),
    ];
    for (name, experiment) in ends {
        let path = scratch_file(&format!("hogwild-law-{name}.jsonl"));
        drop(experiment.trace(&path).run());
        let explained = Explanation::of(&Trace::open(&path).unwrap()).unwrap();
        let law = explained.conservation;
        assert_eq!(law.verdict, Verdict::Holds, "{name}: {law:?}");
        assert!(law.aged > 0, "{name}: {law:?}");
    }
}

/// Nothing of what others have done is lost with a worker that never comes back, not even its own.
#[test]
fn a_worker_that_hangs_takes_no_update_with_it() {
    let path = scratch_file("hogwild-hung.jsonl");
    let hangs = from_fn(1, |job, _: &[f64], out: &mut [f64]| {
        out[0] = 1.0;
        if job.worker().index() == 1 && job.job().number() > 100 {
            std::thread::park_timeout(Duration::from_millis(500));
        }
    });
    let threads = asgrad::Threads {
        patience: Duration::from_millis(10),
        ..asgrad::Threads::default()
    };
    let summary = Experiment::new(hangs)
        .method("hogwild")
        .workers(2)
        .threads(threads)
        .updates(2_000)
        .trace(&path)
        .run()
        .unwrap();
    assert_eq!(summary.stop_reason, StopReason::Updates);
    assert_eq!(summary.gradients, 2_000);
    let explained = Explanation::of(&Trace::open(&path).unwrap()).unwrap();
    assert_eq!(explained.conservation.verdict, Verdict::Holds);
    assert!(explained.out > 0, "it was still out");
}
