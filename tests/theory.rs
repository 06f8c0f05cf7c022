//! What uniform assignment costs in time (`methods.md` §1.5): busy fractions and gradients per
//! second.

use asgrad::{Clock, Experiment, Law, Summary};

use crate::support::recording::{Recorder, received};
use crate::support::{assert_close, cluster, equal, linear};

const UPDATES: u64 = 40_000;

/// The run, and the share of their time that workers spent on the jobs that came back.
fn run(method: &str, speeds: &[f64], law: Law, jobs: usize) -> (Summary, f64) {
    let recorder = Recorder::default();
    let summary = Experiment::<f64>::schedule_only()
        .method(method)
        .concurrency(jobs)
        .clock(Clock::Virtual)
        .cluster(cluster(speeds, law))
        .observer(recorder.clone())
        .updates(UPDATES)
        .run()
        .unwrap();
    let notes = recorder.take();
    let busy: f64 = received(&notes)
        .map(|r| (r.times.finished - r.times.started).as_secs_f64())
        .sum();
    let share = busy / summary.seconds / speeds.len() as f64;
    (summary, share)
}

/// A closed network with uniform routing has a product form: C/(C + n − 1) of the workers are busy.
/// Of 40,000 jobs in a run the observed share has a standard deviation of well under 0.005 (from 20
/// seeds); five of them are allowed.
#[test]
fn random_assignment_keeps_only_some_of_equal_exponential_workers_busy() {
    for (n, jobs) in [(10, 10), (10, 1), (10, 30), (4, 4), (25, 25)] {
        let (_, busy) = run("random", &equal(n), Law::exponential(), jobs);
        let expected = jobs as f64 / (jobs + n - 1) as f64;
        assert!(
            (busy - expected).abs() < 0.02,
            "n = {n}, C = {jobs}: {busy}, not {expected}"
        );
        if jobs == n {
            assert_close(expected, n as f64 / (2 * n - 1) as f64, 1e-12);
        }
    }
}

#[test]
fn shuffled_and_cyclic_lie_between_random_and_pure() {
    let (_, busy) = run("shuffled", &equal(10), Law::exponential(), 10);
    assert!((busy - 0.64).abs() < 0.02, "{busy}");
    let (_, busy) = run("pure", &equal(10), Law::exponential(), 10);
    assert!(busy > 0.999, "{busy}");
}

/// One row of the table, in units of time: what pure delivers is `Σ 1/s_i`, what the others deliver
/// at most `n/s_n`.
struct Row {
    n: u32,
    method: &'static str,
    fixed: f64,
    exponential: f64,
    busy: f64,
    max_delay: f64,
}

const fn row(n: u32, method: &'static str, numbers: [f64; 4]) -> Row {
    let [fixed, exponential, busy, max_delay] = numbers;
    Row {
        n,
        method,
        fixed,
        exponential,
        busy,
        max_delay,
    }
}

const TABLE: &[Row] = &[
    row(10, "pure", [2.93, 2.94, 1.00, 32.0]),
    row(10, "random", [0.90, 0.82, 0.49, 73.0]),
    row(10, "shuffled", [1.00, 0.92, 0.55, 59.0]),
    row(50, "pure", [4.50, 4.51, 1.00, 237.0]),
    row(50, "random", [0.90, 0.81, 0.46, 552.0]),
    row(50, "shuffled", [1.02, 0.93, 0.52, 1011.0]),
];

/// The table is of one seed; a run of 40,000 updates is within 4 % of another one (two digits of
/// the table are as much). The longest delay is exact for pure, which draws nothing; of random with
/// 50 workers it is 552 to 863 in 12 seeds.
#[test]
fn throughput_is_that_of_the_table() {
    for row in TABLE {
        let (speeds, jobs) = (linear(row.n), row.n as usize);
        let per_unit = |summary: &Summary| summary.updates_per_second.unwrap() / 1000.0;
        let (fixed, busy) = run(row.method, &speeds, Law::fixed(), jobs);
        let (exponential, _) = run(row.method, &speeds, Law::exponential(), jobs);
        let what = format!("{} with {} workers", row.method, row.n);
        assert!(
            (per_unit(&fixed) / row.fixed - 1.0).abs() < 0.04,
            "{what}: {}",
            per_unit(&fixed)
        );
        let measured = per_unit(&exponential);
        assert!(
            (measured / row.exponential - 1.0).abs() < 0.04,
            "{what}: {measured}"
        );
        assert!((busy - row.busy).abs() < 0.02, "{what}: {busy}");
        let longest = fixed.staleness.max as f64;
        assert!(
            (longest / row.max_delay - 1.0).abs() < 0.6,
            "{what}: {longest}"
        );
        if row.method == "pure" {
            assert_close(longest, row.max_delay, 0.0);
            let sum: f64 = speeds.iter().map(|s| 1.0 / s).sum();
            assert!((per_unit(&fixed) / sum - 1.0).abs() < 0.001, "{what}");
        }
        // Jobs queue up at the slow workers, which a longer run would have to wait for.
        if row.method != "pure" {
            let most = 1.0 + f64::from(row.n) * 2.0 * f64::from(row.n) / UPDATES as f64;
            assert!(per_unit(&fixed) < most, "{what}: n/s_n = 1");
        }
    }
}

/// More jobs than workers keep them busy, at more delay: the cure that §1.5 names.
#[test]
fn more_jobs_than_workers_buy_throughput_with_delay() {
    let speed = |jobs| {
        let (summary, _) = run("random", &equal(10), Law::exponential(), jobs);
        (
            summary.updates_per_second.unwrap(),
            summary.staleness.mean.unwrap(),
        )
    };
    let (few, many) = (speed(10), speed(40));
    assert!(
        many.0 > 1.4 * few.0 && many.1 > 3.5 * few.1,
        "{few:?} {many:?}"
    );
}
