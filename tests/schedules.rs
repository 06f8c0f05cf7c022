//! Who delivers when, and how stale (`methods.md` §0, §1.4, §1.5, §21): without any model.

use asgrad::{Clock, Experiment, Law, Summary};
use ps_core::Event;
use ps_core::Received;

use crate::support::recording::{Recorder, received};
use crate::support::{assert_close, books, cluster, equal, linear};

fn schedule(method: &str, speeds: &[f64], law: Law) -> Experiment {
    Experiment::schedule_only()
        .method(method)
        .clock(Clock::Virtual)
        .cluster(cluster(speeds, law))
}

fn observed(experiment: Experiment) -> (Summary, Vec<Event>) {
    let recorder = Recorder::default();
    let summary = experiment.observer(recorder.clone()).run().unwrap();
    (summary, recorder.take())
}

/// Which worker got the `t`-th job.
fn assigned(notes: &[Event]) -> Vec<usize> {
    books::jobs(notes).iter().map(|job| job.worker).collect()
}

/// The share of their time that workers spend on jobs.
fn busy_fraction(summary: &Summary, notes: &[Event], n_workers: usize) -> f64 {
    let busy: f64 = received(notes)
        .map(|r: &Received| (r.times.finished - r.times.started).as_secs_f64())
        .sum();
    busy / summary.seconds / n_workers as f64
}

#[test]
fn pure_with_equal_fixed_speeds_has_delays_from_0_to_n_minus_1_and_then_n_minus_1_for_ever() {
    for n in [1, 2, 5, 16] {
        let (_, notes) = observed(schedule("pure", &equal(n), Law::fixed()).updates(200));
        let delays: Vec<u64> = received(&notes).map(Received::staleness).collect();
        let expected: Vec<u64> = (0..200).map(|t: u64| t.min(n as u64 - 1)).collect();
        assert_eq!(delays, expected, "n = {n}");
    }
}

/// Cutting P(τ = l) = (1/n)(1 − 1/n)^l into 21 cells, χ² has 20 degrees of freedom. Delays are
/// dependent (they share versions), which for every tenth of them hardly shows; 60 is exceeded with
/// a probability of about 10⁻⁵ for a fresh seed.
#[test]
fn pure_with_equal_exponential_speeds_has_geometric_delays() {
    let n = 8;
    let (_, notes) = observed(schedule("pure", &equal(n), Law::exponential()).updates(100_000));
    let delays = received(&notes)
        .skip(1000)
        .step_by(10)
        .map(Received::staleness);
    let mut counts = [0.0; 21];
    let mut total = 0.0;
    for delay in delays {
        counts[usize::try_from(delay).unwrap().min(20)] += 1.0;
        total += 1.0;
    }
    let again = 1.0 - 1.0 / n as f64;
    let mut rest = 1.0;
    let mut chi_squared = 0.0;
    for (delay, count) in counts.iter().enumerate() {
        let p = if delay < 20 {
            rest * (1.0 - again)
        } else {
            rest
        };
        rest *= again;
        chi_squared += (count - total * p).powi(2) / (total * p);
    }
    assert!(chi_squared < 60.0, "{chi_squared}");
}

#[test]
fn shuffled_with_equal_fixed_speeds_is_at_most_2n_minus_2_stale_and_loses_no_time() {
    for n in [2, 5, 10] {
        let experiment = schedule("shuffled", &equal(n), Law::fixed()).updates(2000);
        let (summary, notes) = observed(experiment);
        assert!(summary.staleness.max <= 2 * n as u64 - 2, "n = {n}");
        let busy = busy_fraction(&summary, &notes, n);
        assert!(busy > 0.97, "n = {n}: {busy}");
    }
}

/// The average delay is C − 1 whatever the speeds and whatever the assignment:
/// `Σ τ_t + Σ_out (T − π) = T(C − 1)`.
#[test]
fn mean_delays_are_those_of_the_conservation_law() {
    let updates = 4000;
    for (method, c, mean) in [
        ("pure", 10, 9.0),
        ("random", 10, 9.0),
        ("shuffled", 10, 9.0),
        ("random", 25, 24.0),
        ("pure", 3, 2.0),
        // (C − b)/b where the jobs wait for the update, (C − 1)/b where they do not.
        ("pure-waiting:b=5", 10, 1.0),
        ("pure-waiting:b=10", 10, 0.0),
        ("random-waiting:b=4", 10, 1.5),
        ("shuffled-waiting:b=3", 12, 3.0),
        ("fedbuff:b=3", 10, 3.0),
        ("fedbuff:b=10", 10, 0.9),
        ("fedbuff:b=20", 10, 0.45),
    ] {
        let experiment = schedule(method, &linear(10), Law::exponential()).concurrency(c);
        let (summary, notes) = observed(experiment.updates(updates));
        let (rule, c) = books::rule_of(method, 10, c);
        let ended = books::check_conservation(&notes, rule, c);
        assert_eq!(
            summary.staleness.mean,
            Some(ended as f64 / summary.gradients as f64)
        );
        // What is still out at the end is missing from the mean.
        let missing = mean * summary.gradients as f64 - ended as f64;
        assert!(missing >= 0.0, "{method}: {missing}");
        assert_close(summary.staleness.mean.unwrap(), mean, 0.15);
    }
}

#[test]
fn shuffled_assigns_equally_often_at_every_moment_in_permutations_that_differ() {
    let n = 7;
    let orders = |seed, law| {
        let experiment = schedule("shuffled", &linear(7), law)
            .seed(seed)
            .concurrency(11);
        assigned(&observed(experiment.updates(1000)).1)
    };
    let order = orders(1, Law::exponential());
    let mut counts = vec![0; n];
    for worker in &order {
        counts[*worker] += 1;
        let (least, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
        assert!(most - least <= 1, "{counts:?}");
    }
    let epochs: Vec<&[usize]> = order.chunks_exact(n).collect();
    for epoch in &epochs {
        let mut sorted = epoch.to_vec();
        sorted.sort_unstable();
        assert!(sorted.iter().copied().eq(0..n), "{epoch:?}");
    }
    // Of 144 pairs of permutations of 7, 144/5040 = 0.03 are equal on average; 4 with a probability
    // below 10⁻⁷.
    let equal = epochs.windows(2).filter(|pair| pair[0] == pair[1]).count();
    assert!(
        equal < 4,
        "{equal} of {} epochs repeat the one before",
        epochs.len()
    );
    assert_ne!(orders(2, Law::exponential()), order);
    assert_eq!(
        orders(1, Law::fixed()),
        order,
        "the order is the server's alone"
    );
}

#[test]
fn the_orders_with_one_job_are_what_their_names_say() {
    let n = 6;
    let order = |method: &str, seed| {
        let experiment = schedule(method, &linear(6), Law::fixed()).seed(seed);
        assigned(&observed(experiment.updates(600)).1)
    };
    let incremental = order("incremental", 1);
    assert!(
        incremental
            .iter()
            .enumerate()
            .all(|(t, worker)| *worker == t % n)
    );
    let once = order("shuffle-once", 1);
    assert!(
        once.windows(n + 1).all(|w| w[0] == w[n]),
        "the same order again and again"
    );
    assert!(
        once[..n]
            .iter()
            .collect::<std::collections::BTreeSet<_>>()
            .len()
            == n
    );
    assert_ne!(once[..n], order("shuffle-once", 3)[..n]);
    let reshuffled = order("random-reshuffling", 1);
    let epochs: Vec<&[usize]> = reshuffled.chunks_exact(n).collect();
    let sorted = |epoch: &[usize]| {
        let mut epoch = epoch.to_vec();
        epoch.sort_unstable();
        epoch
    };
    assert!(
        epochs
            .iter()
            .all(|epoch| sorted(epoch).into_iter().eq(0..n))
    );
    assert!(epochs.windows(2).filter(|w| w[0] == w[1]).count() < 4);
}

/// Uniform and independent: χ² over 6 workers has 5 degrees of freedom and exceeds 35 with a
/// probability below 2·10⁻⁶; the same for the 36 pairs of neighbours (35 degrees of freedom, 90).
#[test]
fn random_draws_every_worker_equally_often_and_independently() {
    for method in ["random", "sgd", "fedbuff:b=1", "random-waiting:b=2"] {
        let experiment = schedule(method, &linear(6), Law::fixed()).updates(20_000);
        let order = assigned(&observed(experiment).1);
        let order = &order[6..];
        let chi_squared = |counts: &[f64]| {
            let mean = counts.iter().sum::<f64>() / counts.len() as f64;
            counts
                .iter()
                .map(|c| (c - mean).powi(2) / mean)
                .sum::<f64>()
        };
        let (mut single, mut pairs) = ([0.0; 6], [0.0; 36]);
        order.iter().for_each(|&worker| single[worker] += 1.0);
        order
            .windows(2)
            .step_by(2)
            .for_each(|w| pairs[6 * w[0] + w[1]] += 1.0);
        assert!(chi_squared(&single) < 35.0, "{method}: {single:?}");
        assert!(chi_squared(&pairs) < 90.0, "{method}: {pairs:?}");
    }
}

/// `design.md` §9: job j to worker j mod n, or the first of the order where there is one; SGD draws
/// its first worker too.
#[test]
fn the_first_jobs_go_where_the_design_says() {
    let first = |method: &str, seed| {
        let experiment = schedule(method, &linear(4), Law::fixed()).seed(seed);
        assigned(&observed(experiment.concurrency(9).updates(1)).1)[..9].to_vec()
    };
    let in_turn = [0, 1, 2, 3, 0, 1, 2, 3, 0];
    for method in [
        "pure",
        "random",
        "fedbuff",
        "pure-waiting",
        "random-waiting",
        "shuffled-waiting",
    ] {
        assert_eq!(first(method, 1), in_turn, "{method}");
    }
    let orders: std::collections::BTreeSet<_> =
        (0..20).map(|seed| first("shuffled", seed)).collect();
    assert!(orders.len() > 15, "{} orders from 20 seeds", orders.len());
    // Of 4 workers, one is drawn 20 times running with a probability of 4⁻¹⁹.
    let sgd = |seed| {
        let experiment = schedule("sgd", &linear(4), Law::fixed()).seed(seed);
        assigned(&observed(experiment.updates(1)).1)[0]
    };
    let workers: std::collections::BTreeSet<_> = (0..20).map(sgd).collect();
    assert!(workers.len() > 1, "{workers:?}");
}
