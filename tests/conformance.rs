//! Every named method through the same checks, with no special case but those that the table
//! states.

use std::cell::Cell;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};

use asgrad::workers::Serving;
use asgrad::{
    Clock, Experiment, Law, Objective, OnLoss, RunError, Scalar, Seed, StopReason, Summary,
};
use methods::rules::{self, NamedMethod, Outstanding};
use problems::{Batch, ProblemSpec, Quadratic};

use ps_core::Event;

use crate::support::each::{for_each, for_every_method};
use crate::support::failing::failing;
use crate::support::recording::Recorder;
use crate::support::{assert_close, cluster, linear, serving_by};

const N: usize = 4;

/// Whether the method calls off jobs, unless it is told otherwise.
fn cancels(named: &NamedMethod) -> bool {
    let mut keys = named.parameters.iter();
    keys.any(|key| key.default_words().as_deref() == Some("cancel"))
}

fn on_four_workers<T: Scalar>(
    objective: impl Objective<T> + 'static,
    named: &NamedMethod,
    law: Law,
) -> Experiment<T> {
    Experiment::with_objective(objective)
        .method(named.name)
        .clock(Clock::Virtual)
        .cluster(cluster(&linear(4), law))
}

/// `f_i(x) = ½‖x − c‖²`: everybody has the same minimum.
fn homogeneous<T: Scalar>() -> Quadratic<T> {
    Quadratic::in_dimension(3, &[1.0, -2.0, 0.5].repeat(N))
}

fn heterogeneous<T: Scalar>() -> Quadratic<T> {
    Quadratic::in_dimension(2, &[1.0, 2.0, -3.0, 0.5, 4.0, 4.0, 0.0, -1.0])
}

fn distance_after_two_thousand_updates<T: Scalar>(named: &NamedMethod) -> f64 {
    let experiment = on_four_workers(homogeneous::<T>(), named, Law::exponential());
    let summary = experiment.step_size(0.05).updates(2000).run().unwrap();
    assert_eq!(summary.stop_reason, StopReason::Updates, "{}", named.name);
    summary.gradient_norm.unwrap()
}

#[test]
fn every_method_solves_a_strongly_convex_problem_with_homogeneous_data() {
    for_every_method(|named| {
        let (double, single) = (
            distance_after_two_thousand_updates::<f64>(named),
            distance_after_two_thousand_updates::<f32>(named),
        );
        assert!(double < 1e-12, "{double}");
        assert!(single < 1e-5, "{single}");
    });
}

#[test]
fn a_zero_step_leaves_the_model_where_it_is() {
    let start = [0.1, -7.0];
    for_every_method(|named| {
        let experiment =
            on_four_workers(heterogeneous(), named, Law::fixed()).start(start.to_vec());
        let summary = experiment.step_size(0.0).updates(50).run().unwrap();
        assert_eq!(summary.updates, 50);
        assert_eq!(summary.model.values(), start);
        let single = start.map(f32::from_f64);
        let experiment =
            on_four_workers(heterogeneous(), named, Law::fixed()).start(single.to_vec());
        let summary = experiment.step_size(0.0).updates(50).run().unwrap();
        assert_eq!(summary.model.values(), single);
    });
}

fn with_seed<T: Scalar>(named: &NamedMethod, seed: u64) -> Summary<T> {
    let experiment = on_four_workers(heterogeneous::<T>(), named, Law::fixed());
    experiment.seed(seed).updates(100).run().unwrap()
}

#[test]
fn the_same_seed_gives_the_same_bits_and_another_one_others_where_chance_decides() {
    for_every_method(|named| {
        let first = with_seed::<f64>(named, 1);
        assert_eq!(first.model_hash, with_seed::<f64>(named, 1).model_hash);
        let differs = with_seed::<f64>(named, 2).model_hash != first.model_hash;
        assert_eq!(differs, named.what.draws);
        let single = with_seed::<f32>(named, 1);
        assert_eq!(single.model_hash, with_seed::<f32>(named, 1).model_hash);
    });
}

/// Hash of the model, loss, gradient norm, accuracy and the times, as bits.
fn on_digits<T: Scalar>(named: &NamedMethod, n_threads: usize) -> String {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads);
    let spec = ProblemSpec {
        batch: Batch::Size(NonZeroUsize::new(8).unwrap()),
        ..ProblemSpec::new("digits".parse().unwrap())
    };
    pool.build().unwrap().install(|| {
        let problem = spec.load::<T>(N, Seed::new(1)).unwrap();
        let experiment = on_four_workers(problem.objective.clone(), named, Law::lognormal(1.0));
        let summary = experiment.evaluate_every(10).updates(20).run().unwrap();
        format!(
            "{} {:?} {:?} {}",
            summary.model_hash, summary.evaluations, summary.accuracy, summary.seconds
        )
    })
}

#[test]
fn the_number_of_threads_that_evaluate_changes_no_bit() {
    for_every_method(|named| {
        assert_eq!(on_digits::<f64>(named, 1), on_digits::<f64>(named, 2));
    });
    let named = &rules::ALL[0];
    assert_eq!(on_digits::<f32>(named, 1), on_digits::<f32>(named, 2));
}

/// Drawn uniformly, a worker of four gets none of 400 jobs with a probability of 4·0.75⁴⁰⁰ < 10⁻⁴⁹.
#[test]
fn no_worker_starves() {
    for_every_method(|named| {
        let experiment = on_four_workers(heterogeneous::<f64>(), named, Law::exponential());
        let summary = experiment.step_size(0.01).updates(400).run().unwrap();
        let counts = &summary.gradients_per_worker;
        assert!(counts.iter().all(|&count| count > 10), "{counts:?}");
    });
}

/// Everybody has the same minimum, and these workers fail from a certain job on.
fn mortal(named: &NamedMethod, workers: &'static [usize], from: u64) -> Experiment {
    let oracle = failing(homogeneous::<f64>(), move |worker, job| {
        job >= from && workers.contains(&worker)
    });
    Experiment::new(oracle)
        .method(named.name)
        .workers(N)
        .on_lost_worker(OnLoss::Continue)
        .step_size(0.05)
        .updates(1000)
}

fn losing(named: &NamedMethod, workers: &'static [usize], from: u64) -> Result<Summary, RunError> {
    let experiment = mortal(named, workers, from).clock(Clock::Virtual);
    let law = Law::exponential();
    experiment.cluster(cluster(&linear(4), law)).run()
}

/// How many jobs are out in the end.
fn n_out(notes: &[Event]) -> usize {
    let out = |note: &&Event| matches!(note, Event::Assigned(_));
    notes.iter().filter(out).count()
}

#[test]
fn every_method_survives_the_loss_of_a_worker() {
    for_every_method(|named| {
        let recorder = Recorder::default();
        let experiment = mortal(named, &[2], 50).clock(Clock::Virtual);
        let experiment = experiment.cluster(cluster(&linear(4), Law::exponential()));
        let summary = experiment.observer(recorder.clone()).run();
        let summary = summary.unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(summary.stop_reason, StopReason::Updates);
        assert!(summary.gradients_per_worker[2] < 60);
        for (x, c) in summary.model.values().iter().zip([1.0, -2.0, 0.5]) {
            assert_close(*x, c, 1e-9);
        }
        // Whoever draws workers keeps as many jobs out as before; who goes on with the senders has
        // nobody to give them to. Bounded staleness has some wait, and the one that was too slow
        // for the last round has both the job that was cancelled and a new one.
        let notes = recorder.take();
        let what = &named.what;
        let expected = match what.outstanding {
            Outstanding::One => 1..=1,
            _ if what.holds_back => 1..=N - 1,
            _ if what.reassigns || cancels(named) => N..=N,
            _ => N - 1..=N - 1,
        };
        assert!(expected.contains(&n_out(&notes)));
        let lost = notes
            .iter()
            .filter(|n| matches!(n, Event::Lost(lost) if lost.worker.index() == 2));
        // The job it had, and those that waited for it where jobs can queue.
        let (n_lost, may_queue) = (lost.count(), *expected.end() == N);
        assert!(n_lost == 1 || n_lost > 1 && may_queue);
    });
}

#[test]
fn every_method_survives_the_loss_of_all_workers_but_one() {
    for_every_method(|named| {
        let summary = losing(named, &[0, 1, 3], 30);
        let summary = summary.unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(summary.updates, 1000);
    });
}

#[test]
fn a_run_whose_workers_are_all_lost_is_starved() {
    for_every_method(|named| {
        let error = losing(named, &[0, 1, 2, 3], 40).unwrap_err();
        let RunError::Failed(summary) = error else {
            panic!("{error}");
        };
        let reason = &summary.stop_reason;
        assert!(
            matches!(reason, StopReason::AllLost { workers: 4, .. }),
            "{reason}"
        );
        assert!(summary.updates > 0 || named.name == "fedbuff");
    });
}

#[test]
fn a_run_on_threads_whose_workers_are_all_lost_is_starved() {
    for_every_method(|named| {
        for serving in [Serving::Combining, Serving::Thread] {
            let threads = serving_by(serving);
            let error = mortal(named, &[0, 1, 2, 3], 40).threads(threads).run();
            let said = error.unwrap_err().to_string();
            let expected = "no worker is left of 4; the last one, worker";
            assert!(said.starts_with(expected), "{said}");
            assert!(said.ends_with("out of \"luck\""), "{said}");
        }
    });
}

#[test]
fn pure_with_one_job_is_starved_when_its_worker_is_lost() {
    let oracle = failing(homogeneous::<f64>(), |worker, job| worker == 0 && job >= 3);
    let experiment = Experiment::new(oracle)
        .concurrency(1)
        .on_lost_worker(OnLoss::Continue);
    let experiment = experiment
        .clock(Clock::Virtual)
        .cluster(cluster(&linear(4), Law::fixed()));
    let error = experiment.run().unwrap_err();
    let expected = "no job is outstanding and the method assigned none (3 workers left)";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn whoever_fails_is_named_and_the_others_are_checked_all_the_same() {
    let tried = Cell::new(0);
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
