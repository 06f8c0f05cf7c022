//! MindFlayer (`methods.md` §9): trials with a time limit, and a step along their sum over the
//! number that was to be expected in time.

use asgrad::ps_core::Action;
use asgrad::{Clock, Cluster, Experiment, Law, OnLoss, Oracle, RunError, StopReason, from_fn};
use ps_core::{Event, Updated};

use crate::support::failing::failing;
use crate::support::noisy::Noisy;
use crate::support::recording::{Recording, Setup};
use crate::support::{
    assert_close, cluster, equal, gradient_of, linear, pull, quadratic, scratch_file,
};

const STEP_SIZE: f64 = 0.5;

fn run(method: &str, updates: u64, cluster: &Cluster) -> Recording {
    let mut setup = Setup::new(method, &[0.0], updates);
    setup.step_size = STEP_SIZE;
    let centres: Vec<f64> = (0..cluster.n_workers())
        .map(|i| 4.0 - 8.0 * i as f64)
        .collect();
    setup.record(quadratic(&centres), cluster)
}

/// When each update was made, in microseconds.
fn update_times(run: &Recording) -> Vec<u128> {
    let time = |note: &Event| match note {
        Event::Updated(Updated { time, .. }) => Some(time.as_micros()),
        _ => None,
    };
    run.notes.iter().filter_map(time).collect()
}

fn measured(rows: &str) -> Cluster {
    let path = scratch_file("mindflayer.csv");
    std::fs::write(&path, rows).unwrap();
    Cluster::measured(&path).unwrap()
}

/// γ = ½, centres 4 and −4, two trials each, a limit of 2.5 ms. Worker 0 needs 1 ms, worker 1 by
/// turns 2, 2 and 4 ms: of its trials 2 are in time in the first round, 1 in each of the next two,
/// and so on. A round ends with worker 1's second trial. After round r it has made 2r trials,
/// `B = 2·1 + 2·(in time so far)/2r`, and `x ← x − (γ/B)·(2(x − 4) + (in time now)(x + 4))`:
///
/// | round | its trials | ends at | in time so far | B | x after |
/// |---|---|---|---|---|---|
/// | 1 | 2, 2 | 4 ms | 2 of 2 | 4 | 0 |
/// | 2 | 2.5 (given up), 2 | 8.5 ms | 3 of 4 | 2 + 3/2 | 0 + ½·4/3.5 |
/// | 3 | 2, 2.5 (given up) | 13 ms | 4 of 6 | 2 + 4/3 | … |
///
/// and so on: every three rounds take 13 ms.
#[test]
fn twelve_updates_with_trials_that_are_given_up_are_those_on_paper() {
    let cluster = measured("0,0.001\n1,0.002\n1,0.002\n1,0.004\n");
    let run = run("mindflayer:trials=2:limit=2500", 12, &cluster);
    let arrivals = run.received().take(8);
    let arrivals = arrivals.map(|r| {
        let (worker, job) = (r.worker.index(), r.job.number());
        (r.time.as_micros(), worker, job, r.action)
    });
    use Action::{Expired, Held};
    let expected = [
        (1000, 0, 0, Held),
        (2000, 1, 1, Held),
        (2000, 0, 2, Held),
        (4000, 1, 3, Held),
        (5000, 0, 4, Held),
        (6000, 0, 6, Held),
        (6500, 1, 5, Expired),
        (8500, 1, 7, Held),
    ];
    assert!(arrivals.eq(expected));
    let thirds = (0..4).flat_map(|third| [4000, 8500, 13_000].map(|end| end + third * 13_000));
    assert!(update_times(&run).into_iter().eq(thirds));
    let in_time_now = [2.0, 1.0, 1.0].repeat(4);
    let (mut x, mut in_time) = (0.0, 0.0);
    for (round, now) in in_time_now.into_iter().enumerate() {
        in_time += now;
        let expected_in_time = 2.0 + in_time / (round as f64 + 1.0);
        x -= STEP_SIZE / expected_in_time * (2.0 * (x - 4.0) + now * (x + 4.0));
        assert_close(run.models[round + 1].values()[0], x, 1e-14);
    }
    assert_eq!(run.models[1].values(), [0.0]);
    assert_close(run.models[2].values()[0], 2.0 / 3.5, 1e-15);
}

/// With every law, links among them, and with a worker that is lost on the way.
#[test]
fn one_trial_without_a_limit_is_mini_batch_sgd_bit_for_bit() {
    for law in crate::support::laws()
        .into_iter()
        .filter(|law| !law.is_none())
    {
        for fails_from in [u64::MAX, 40] {
            let cluster = cluster(&linear(5), law.clone()).upload(Law::exponential());
            let run = |method: &str| {
                let mut setup = Setup::new(method, &[1.0], 60);
                setup.on_loss = OnLoss::Continue;
                setup.record(loses_worker_2(fails_from), &cluster)
            };
            let (minibatch, mindflayer) = (run("minibatch"), run("mindflayer"));
            assert_eq!(minibatch.notes, mindflayer.notes, "{law}");
            let bits = |run: &Recording| -> Vec<u64> {
                let values = run.models.iter().map(|model| model.values()[0]);
                values.map(f64::to_bits).collect()
            };
            assert_eq!(bits(&minibatch), bits(&mindflayer), "{law}");
        }
    }
}

/// Gradients that differ from job to job; worker 2 fails from a certain job on.
fn loses_worker_2(fails_from: u64) -> impl Oracle {
    let wavering = from_fn(1, |job, x: &[f64], out: &mut [f64]| {
        out[0] = x[0] - job.worker().index() as f64 + ps_core::math::sin(job.job().number() as f64);
    });
    failing(wavering, move |worker, job| {
        worker == 2 && job >= fails_from
    })
}

/// Own arithmetic: every round waits for B gradients of each of n workers at one point, and steps
/// along their mean.
#[test]
fn many_trials_without_a_limit_are_a_mini_batch_with_so_many_of_each_worker() {
    let oracle = Noisy {
        curvatures: vec![1.0, 0.25],
        centres: vec![3.0, -1.0, 0.5],
        variances: vec![2.0; 3],
        knows_workers: false,
    };
    for (trials, law) in [
        (2, Law::exponential()),
        (5, Law::fixed()),
        (3, Law::pareto(1.5)),
    ] {
        let setup = Setup::new(&format!("mindflayer:trials={trials}"), &[1.0, 2.0], 30);
        let run = setup.record(oracle.clone(), &cluster(&[1.0, 2.0, 7.0], law));
        let (mut x, mut sum, mut counts) = (vec![1.0, 2.0], vec![0.0; 2], [0; 3]);
        for note in &run.notes {
            match note {
                Event::Received(r) => {
                    assert_eq!((r.action, r.staleness()), (Action::Held, 0));
                    counts[r.worker.index()] += 1;
                    let g = gradient_of(&oracle, 1, (r.worker.index(), r.job.number()), &x);
                    sum.iter_mut().zip(g).for_each(|(sum, g)| *sum += g);
                }
                Event::Updated(Updated { version, .. }) => {
                    assert_eq!(counts, [trials; 3]);
                    let n = f64::from(3 * trials);
                    x.iter_mut()
                        .zip(&sum)
                        .for_each(|(x, sum)| *x -= 0.1 / n * sum);
                    let actual = run.models[usize::try_from(version.number()).unwrap()].values();
                    assert_eq!(actual, x, "{trials} trials, bit for bit");
                    (sum, counts) = (vec![0.0; 2], [0; 3]);
                }
                _ => {}
            }
        }
    }
}

/// `B = Σ_i p_i B_i`, where `p_i` is what the events say: a step is as long as the number that was
/// to be expected says, not the number that was in time.
#[test]
fn a_step_is_along_the_sum_over_the_expected_number_whatever_the_times() {
    for law in [Law::exponential(), Law::pareto(1.2), Law::lognormal(1.0)] {
        let run = run(
            "mindflayer:trials=4:limit=1500",
            200,
            &cluster(&[1.0, 1.2, 3.0], law.clone()),
        );
        let mut in_time = [0.0; 3];
        let (mut all, mut now, mut differs) = (0.0, 0.0, false);
        for note in &run.notes {
            match note {
                Event::Received(r) if r.action == Action::Held => {
                    in_time[r.worker.index()] += 1.0;
                    now += 1.0;
                    all += 1.0 / 3.0;
                }
                Event::Received(r) => {
                    assert_eq!(r.action, Action::Expired);
                    assert_eq!((r.times.finished - r.times.started).as_micros(), 1500);
                    all += 1.0 / 3.0;
                }
                Event::Updated(Updated { step_size, .. }) => {
                    let expected: f64 = in_time.iter().map(|n| n / all * 4.0).sum();
                    assert_close(*step_size, STEP_SIZE / expected, 1e-9);
                    differs |= (expected - now).abs() > 0.5;
                    now = 0.0;
                }
                _ => {}
            }
        }
        assert!(
            differs,
            "{law}: the number in time was always the expected one"
        );
    }
}

/// One worker of 1 ms with a limit of 100 µs: rounds of 100, 200, 400 and 800 µs in vain, then one
/// of 1 ms, and so on. What was in vain under a shorter limit does not count: it is SGD.
#[test]
fn a_limit_that_nobody_can_meet_is_doubled_until_somebody_is_in_time() {
    let one = cluster(&[1.0], Law::fixed());
    let limited = run("mindflayer:limit=100", 5, &one);
    assert_eq!(update_times(&limited), [2500, 3500, 4500, 5500, 6500]);
    let models = limited.models.iter().map(|model| model.values());
    let sgd = run("sgd", 5, &one);
    assert!(models.eq(sgd.models.iter().map(|model| model.values())));
}

/// Worker 0 is in time ten times until it is lost; worker 1 never answers. At its trial 991 less
/// than 1 % were in time. From then on the limit is doubled each time, 42 times until the end of
/// virtual time: then it is given up, too, and nobody is left.
#[test]
fn a_run_in_which_nobody_is_in_time_any_more_does_not_go_on_for_ever() {
    let oracle = failing(pull::<f64>(), |worker, job| worker == 0 && job >= 20);
    let experiment = Experiment::new(oracle).method("mindflayer:limit=2000");
    let experiment = experiment
        .clock(Clock::Virtual)
        .on_lost_worker(OnLoss::Continue);
    let dead = cluster(&[1.0, f64::INFINITY], Law::fixed());
    let error = experiment.cluster(dead).run().unwrap_err();
    let RunError::Failed(summary) = error else {
        panic!("{error}");
    };
    let reason = &summary.stop_reason;
    assert!(matches!(reason, StopReason::AllLost { .. }), "{reason}");
    assert_eq!(summary.updates, 10);
    assert_eq!(summary.statistics.without_gradient, 991 + 42);
}

/// The second worker is never in time, or never answers at all: its trials cost 2 ms a round, and
/// it adds nothing to B.
#[test]
fn a_worker_that_is_never_in_time_delays_a_round_by_its_limit_and_counts_for_nothing() {
    for slow in [3.0, f64::INFINITY] {
        let run = run(
            "mindflayer:limit=2000",
            3,
            &cluster(&[1.0, slow], Law::fixed()),
        );
        assert_eq!(update_times(&run), [2000, 4000, 6000]);
        assert_eq!(run.models[1].values(), [0.0 + STEP_SIZE * 4.0]);
    }
}

/// Fixed times and a limit that they meet, to the nanosecond: nothing is given up, and `B = ΣB_i`.
#[test]
fn with_fixed_times_within_the_limit_no_trial_is_given_up() {
    let slowest_is_just_in_time = run(
        "mindflayer:trials=3:limit=4000",
        50,
        &cluster(&linear(4), Law::fixed()),
    );
    let unlimited = run(
        "mindflayer:trials=3",
        50,
        &cluster(&linear(4), Law::fixed()),
    );
    assert_eq!(slowest_is_just_in_time.notes, unlimited.notes);
}

/// A job that is lost is no trial. Without a limit all others are in time, so a step is along the
/// mean of what arrived.
#[test]
fn the_trials_that_a_lost_worker_had_not_made_are_over() {
    for fails_from in 0..30 {
        let mut setup = Setup::new("mindflayer:trials=3", &[1.0], 40);
        setup.on_loss = OnLoss::Continue;
        let run = setup.record(
            loses_worker_2(fails_from),
            &cluster(&equal(3), Law::fixed()),
        );
        let (mut held, mut lost) = (0u32, false);
        let mut sizes = Vec::new();
        for note in &run.notes {
            match note {
                Event::Received(_) => held += 1,
                Event::Lost(_) => lost = true,
                Event::Updated(Updated { step_size, .. }) => {
                    assert_close(*step_size, 0.1 / f64::from(held), 1e-15);
                    sizes.push((std::mem::take(&mut held), lost));
                }
                _ => {}
            }
        }
        assert_eq!(sizes.len(), 40);
        // Nine trials a round, then six; in the round in which the worker was lost what it had made
        // by then.
        let full = sizes.iter().take_while(|size| **size == (9, false)).count();
        assert!((6..9).contains(&sizes[full].0) && sizes[full].1);
        assert!(sizes[full + 1..].iter().all(|size| *size == (6, true)));
    }
}

/// More than a million trials for one update, half of them of a worker that never answers: each
/// comes back when its limit is over, so nobody waits in vain.
#[test]
fn a_round_of_very_many_trials_is_not_taken_for_one_that_never_ends() {
    let experiment = Experiment::<f64>::schedule_only();
    let experiment = experiment.method("mindflayer:trials=600000:limit=1500");
    let dead = cluster(&[1.0, f64::INFINITY], Law::fixed());
    let experiment = experiment.clock(Clock::Virtual).cluster(dead).updates(1);
    let summary = experiment.run().unwrap();
    assert_eq!((summary.updates, summary.gradients), (1, 600_000));
}
