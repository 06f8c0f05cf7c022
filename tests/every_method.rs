//! Every method with each of its words, on real threads and in virtual time alike.

use std::path::Path;
use std::time::Duration;

use asgrad::explain::{Explanation, Verdict};
use asgrad::{Clock, Cluster, Experiment, Law, OnLoss, Replay, StopReason, Summary, Trace};
use problems::Quadratic;

use crate::support::each::for_each;
use crate::support::{quadratic, scratch_file, variants};

const CLOCKS: [Clock; 2] = [Clock::Virtual, Clock::Real];

/// Four workers of speeds 1, 1, 2 and 2; short, because they really sleep.
fn four(law: Law, microseconds: u64) -> Cluster {
    let unit = Duration::from_micros(microseconds);
    let cluster = Cluster::new(vec![1.0, 1.0, 2.0, 2.0], unit).unwrap();
    cluster.compute(law)
}

fn alike() -> Quadratic<f64> {
    Quadratic::in_dimension(3, &[1.0, -2.0, 0.5].repeat(4))
}

/// From a norm of 2.3. In virtual time 300 updates are more than enough; on a busy machine the
/// operating system may keep a worker from going on for a hundred updates, and it takes as many
/// more.
#[test]
fn every_method_solves_a_strongly_convex_problem_with_homogeneous_data_on_either_clock() {
    for_each(
        &variants(),
        |method| method.clone(),
        |method| {
            for (clock, updates) in [(Clock::Virtual, 300), (Clock::Real, 50_000)] {
                let experiment = Experiment::with_objective(alike()).method(method);
                let experiment = experiment.clock(clock).cluster(four(Law::fixed(), 200));
                let experiment = experiment.step_size(0.05).target_gradient_norm(1e-3);
                let summary = experiment.updates(updates).run().unwrap();
                let reason = summary.stop_reason;
                assert_eq!(
                    reason,
                    StopReason::TargetGradientNorm,
                    "{method}, {clock:?}"
                );
            }
        },
    );
}

#[test]
fn a_zero_step_leaves_the_model_where_it_is_on_either_clock() {
    for_each(
        &variants(),
        |method| method.clone(),
        |method| {
            for clock in CLOCKS {
                let experiment = Experiment::with_objective(quadratic(&[3.0, -1.0, 0.0, 5.0]));
                let experiment = experiment.method(method).start(vec![0.1]).clock(clock);
                let experiment = experiment
                    .cluster(four(Law::exponential(), 20))
                    .step_size(0.0);
                let summary = experiment.updates(30).run().unwrap();
                assert_eq!(summary.updates, 30);
                assert_eq!(summary.model.values(), [0.1], "{method}, {clock:?}");
            }
        },
    );
}

/// Rows of its own for each worker, and noise of its own for each job; worker 1 may fail from its
/// job 20 on.
fn noisy(fails: bool) -> impl asgrad::Oracle {
    asgrad::from_fn(5, move |job, x: &[f64], out: &mut [f64]| {
        let (worker, number) = (job.worker().index(), job.job().number());
        let noise = ps_core::math::sin(number as f64 * 0.7);
        for (component, (out, x)) in out.iter_mut().zip(x).enumerate() {
            *out = x - worker as f64 + noise * component as f64;
        }
        match fails && worker == 1 && number >= 20 {
            true => Err("gone"),
            false => Ok(()),
        }
    })
}

fn recorded(method: &str, clock: Clock, fails: bool, path: &Path) -> Summary {
    Experiment::new(noisy(fails))
        .method(method)
        .clock(clock)
        .cluster(four(Law::exponential(), 20).upload(Law::uniform()))
        .on_lost_worker(OnLoss::Continue)
        .updates(40)
        .trace(path)
        .run()
        .unwrap_or_else(|error| panic!("{method}: {error}"))
}

/// And the books of its trace balance: no age and no time is lost or invented.
#[test]
fn a_run_of_every_method_on_either_clock_replays_bit_for_bit() {
    for_each(
        variants().iter().enumerate(),
        |(_, method)| method.clone(),
        |(number, method)| {
            for clock in CLOCKS {
                let (fails, path) = (number % 2 == 0, scratch_file("every-method.jsonl"));
                let summary = recorded(method, clock, fails, &path);
                let trace = Trace::open(&path).unwrap();
                let replayed = Replay::new(&trace).oracle(noisy(fails)).run().unwrap();
                assert_eq!(replayed.divergence, None, "{method}, {clock:?}");
                let hash = asgrad::trace::model_hash(replayed.model.values());
                assert_eq!(hash, summary.model_hash, "{method}, {clock:?}");
                let explanation = Explanation::of(&trace).unwrap();
                let verdict = explanation.conservation.verdict;
                assert_eq!(verdict, Verdict::Holds, "{method}, {clock:?}");
                for account in &explanation.workers {
                    let (times, end) = (account.times.total(), explanation.duration);
                    assert_eq!(times, end, "{method}, {clock:?}");
                }
            }
        },
    );
}
