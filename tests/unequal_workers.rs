//! Methods that make workers of different speeds count alike (`methods.md` §8, §11, §14, §17, §21):
//! exact properties, limits in closed form, and what the loss of a worker means.

use asgrad::{Law, OnLoss};
use ps_core::Received;

use ps_core::Event;

use crate::support::failing::failing;
use crate::support::recording::{Recording, Setup};
use crate::support::{assert_close, cluster, linear, quadratic};

/// Mean −2. Under pure assignment worker `i` makes `60/(i + 1)` of 137 updates: `Σ p_i c_i` =
/// (180 + 30 − 30 − 144)/137.
const CENTRES: [f64; 5] = [3.0, 1.0, 0.0, -2.0, -12.0];
const PERIOD: usize = 137;

fn run(method: &str, step_size: f64, updates: u64) -> Recording {
    let mut setup = Setup::new(method, &[10.0], updates);
    setup.step_size = step_size;
    setup.record(quadratic(&CENTRES), &cluster(&linear(5), Law::fixed()))
}

/// What the last so many gradients were computed at, each weighted as it was stepped with.
fn mean_read(run: &Recording, count: usize) -> f64 {
    let received: Vec<&Received> = run.received().collect();
    let (mut sum, mut weights) = (0.0, 0.0);
    for r in &received[received.len() - count..] {
        let weight = r.step_size.unwrap_or(1.0);
        let read = usize::try_from(r.read_version.number()).unwrap();
        sum += weight * run.models[read].values()[0];
        weights += weight;
    }
    sum / weights
}

/// Every gradient is `x_π − c`, so over any stretch of a run
/// `Σ γ_t x_π = Σ γ_t c + (what x moved)`.
///
/// Where times are fixed and nobody draws, a run ends up repeating itself; a whole number of
/// periods moves x nowhere, and the weighted mean of `x_π` is that of the `c` *exactly*. Otherwise
/// over all T gradients: shuffled assigns equally often but for one job and C that are out; draws
/// have `Σ w(c + 2)` with standard deviation √(vT), `v = Σ (c_i + 2)²/(n² p_i)`, which is 27.6 for
/// uniform p and 555·(137/60)/25 = 50.7 for p in proportion to 1/s. Five of them: below 10⁻⁶ for a
/// fresh seed.
#[test]
fn pure_is_biased_towards_the_fast_and_the_others_are_not() {
    let (step_size, updates) = (0.01, 20_000);
    let truth = -2.0;
    let whole = usize::try_from(updates).unwrap();
    let per_update = 1.0 / updates as f64;
    let moved = 25.0 / step_size * per_update;
    let edges = 11.0 * 30.0 * per_update;
    let deviations = |v: f64| 5.0 * (v * per_update).sqrt();
    for (method, count, limit, tolerance) in [
        ("pure", PERIOD, 36.0 / 137.0, 1e-11),
        ("rescaled", PERIOD, truth, 1e-11),
        ("ssp:bound=4", 300, truth, 1e-11),
        ("ssp:bound=0", 300, truth, 1e-11),
        ("iag", PERIOD, truth, 1e-11),
        ("shuffled", whole, truth, moved + edges),
        ("random", whole, truth, moved + edges + deviations(27.6)),
        (
            "generalized",
            whole,
            truth,
            moved + edges + deviations(50.7),
        ),
    ] {
        let run = run(method, step_size, updates);
        let mean = mean_read(&run, count);
        assert!((mean - limit).abs() <= tolerance, "{method}: {mean}");
        assert!(tolerance < 0.5, "far from the 2.26 that pure is off");
    }
}

/// A table of gradients at one point has the mean gradient: x itself converges, at a constant step
/// size.
#[test]
fn iag_reaches_the_minimum_itself() {
    assert_close(run("iag", 0.05, 4000).last()[0], -2.0, 1e-13);
}

#[test]
fn with_equal_speeds_rescaled_is_pure_bit_for_bit() {
    for (n, concurrency) in [(2, None), (3, None), (7, None), (7, Some(4)), (6, Some(15))] {
        let centres: Vec<f64> = (0..n).map(|i| ps_core::math::sin(i as f64)).collect();
        let models = |method: &str| {
            let mut setup = Setup::new(method, &[0.3], 500);
            setup.concurrency = concurrency;
            // A time that is no round number of anything.
            let cluster = cluster(&vec![1.0 / 3.0; n], Law::fixed());
            setup.record(quadratic(&centres), &cluster).models
        };
        let (rescaled, pure) = (models("rescaled"), models("pure"));
        let pairs = rescaled.iter().zip(&pure);
        assert!(
            pairs.clone().count() == 501
                && pairs.into_iter().all(|(a, b)| a.values() == b.values())
        );
    }
}

/// In a window of length w worker i delivers `w/s_i` gradients but for one, of `γ·s_i/s_A` each:
/// together `γ·w/s_A` but for one.
#[test]
fn in_every_window_rescaled_moves_equally_far_for_everybody_but_for_one_gradient() {
    let run = run("rescaled", 0.01, 3000);
    let (mean_time, unit) = (3.0, 1e-3);
    for (from, to) in [
        (5.0, 6.0),
        (7.5, 20.25),
        (11.0, 71.0),
        (100.0, 333.3),
        (6.0, 900.0),
    ] {
        for worker in 0..5 {
            let inside = |r: &&Received| {
                let time = r.time.as_secs_f64() / unit;
                r.worker.index() == worker && from < time && time <= to
            };
            let steps: Vec<f64> = run
                .received()
                .filter(inside)
                .map(|r| r.step_size.unwrap())
                .collect();
            let one = 0.01 * (worker as f64 + 1.0) / mean_time;
            assert!(steps.iter().all(|step| (step - one).abs() < 1e-15));
            let far = steps.iter().sum::<f64>() - 0.01 * (to - from) / mean_time;
            assert!(
                far.abs() <= one * (1.0 + 1e-9),
                "worker {worker}: {far} in ({from}, {to}]"
            );
        }
    }
}

/// `s_i/s_A` = 5/3 for the slowest, and no more than it may be; the others are as they were.
#[test]
fn a_clip_bounds_the_step_of_the_slow_alone() {
    let mut setup = Setup::new("rescaled:clip=1", &[0.0], 300);
    setup.step_size = 0.5;
    let run = setup.record(quadratic(&CENTRES), &cluster(&linear(5), Law::fixed()));
    for r in run.received().skip(20) {
        let unclipped = (r.worker.index() as f64 + 1.0) / 3.0;
        assert_close(r.step_size.unwrap(), 0.5 * unclipped.min(1.0), 1e-15);
    }
}

/// Speeds 1 and 100, clip 2: the mean speed is 0.505, the slow one counts as 0.2525, and `n·p` =
/// 2·0.2525/1.2525.
#[test]
fn a_clip_draws_the_slow_more_often_than_their_speed_and_weighs_them_accordingly() {
    let mut setup = Setup::new("generalized:clip=2", &[0.0], 2000);
    setup.step_size = 1e-3;
    let run = setup.record(
        quadratic(&[1.0, 2.0]),
        &cluster(&[1.0, 100.0], Law::fixed()),
    );
    let late = run.received().filter(|r| r.assigned.as_millis() > 100);
    let ratio = |worker| 2.0 * [1.0, 0.2525][worker] / 1.2525;
    for r in late {
        assert_close(r.step_size.unwrap(), 1e-3 / ratio(r.worker.index()), 1e-15);
    }
}

/// The clocks after every arrival, and how stale it was.
fn clocks(run: &Recording, n: usize) -> (usize, u64) {
    let mut clocks = vec![0; n];
    let (mut gap, mut staleness) = (0, 0);
    for r in run.received() {
        clocks[r.worker.index()] += 1;
        gap = gap.max(clocks.iter().max().unwrap() - clocks.iter().min().unwrap());
        staleness = staleness.max(r.staleness());
    }
    (gap, staleness)
}

/// While a worker computes, any other one gets from at least s behind it to at most s + 1 ahead.
/// Both bounds are reached.
#[test]
fn ssp_keeps_clocks_within_s_plus_1_and_delays_within_n_minus_1_times_2s_plus_1() {
    let mut reached = [(false, false); 6];
    for (s, reached) in reached.iter_mut().enumerate() {
        for n in 1..6 {
            for law in [
                Law::fixed(),
                Law::exponential(),
                Law::pareto(1.2),
                Law::none(),
            ] {
                let mut setup = Setup::new(&format!("ssp:bound={s}"), &[0.0], 1500);
                setup.step_size = 0.0;
                let cluster = cluster(
                    &(0..n).map(|i| 1.0 + (i * i) as f64).collect::<Vec<_>>(),
                    law.clone(),
                );
                let run = setup.record(quadratic(&vec![0.0; n]), &cluster);
                let (gap, staleness) = clocks(&run, n);
                let bound = ((n - 1) * (2 * s + 1)) as u64;
                assert!(gap <= s + 1, "s = {s}, n = {n}, {law}: {gap}");
                assert!(staleness <= bound, "s = {s}, n = {n}, {law}: {staleness}");
                reached.0 |= n > 1 && gap == s + 1;
                reached.1 |= n > 1 && staleness == bound;
            }
        }
    }
    assert!(reached.iter().all(|(gap, _)| *gap), "{reached:?}");
    assert!(
        reached[..2].iter().all(|(_, staleness)| *staleness),
        "{reached:?}"
    );
}

#[test]
fn ssp_with_a_bound_that_is_never_reached_is_pure_bit_for_bit() {
    let huge = format!("ssp:bound={}", usize::MAX);
    for law in [Law::fixed(), Law::exponential()] {
        let record = |method: &str| {
            let setup = Setup::new(method, &[1.0], 500);
            setup.record(quadratic(&CENTRES), &cluster(&linear(5), law.clone()))
        };
        let (ssp, pure) = (record(&huge), record("pure"));
        assert_eq!(ssp.notes, pure.notes);
        let pairs = ssp.models.iter().zip(&pure.models);
        assert!(pairs.into_iter().all(|(a, b)| a.values() == b.values()));
    }
}

/// Each version from the one before and the newest gradients alone, added up anew. From 10⁹ the run
/// comes down to its limit; rounding errors of the rows that were large do not stay in the sum when
/// all rows are small.
#[test]
fn the_mean_that_iag_keeps_is_the_mean_of_the_rows() {
    let mut setup = Setup::new("iag", &[1e9], 3000);
    setup.step_size = 0.02;
    let cluster = cluster(&linear(5), Law::exponential());
    let run = setup.record(quadratic(&CENTRES), &cluster);
    let x: Vec<f64> = run.models.iter().map(|m| m.values()[0]).collect();
    let mut rows = [None; 5];
    let mut version = 0;
    for r in run.received() {
        let worker = r.worker.index();
        let read = x[usize::try_from(r.read_version.number()).unwrap()];
        rows[worker] = Some(read - CENTRES[worker]);
        let Some(sum) = rows.iter().copied().sum::<Option<f64>>() else {
            continue;
        };
        let error = x[version + 1] - (x[version] - 0.02 * sum / 5.0);
        let recent = &x[version.saturating_sub(200)..=version];
        let largest = recent.iter().fold(15.0, |a: f64, x| a.max(x.abs()));
        assert!(
            error.abs() < 10.0 * f64::EPSILON * largest,
            "{version}: {error}"
        );
        version += 1;
    }
    assert_eq!(version, 3000);
    assert_close(x[version], -2.0, 1e-12);
}

const THREE: [f64; 3] = [6.0, -2.0, 30.0];

/// One worker fails from some job on.
#[derive(Clone, Copy)]
struct Mortal {
    worker: usize,
    from: u64,
}

fn losing(method: &str, speeds: &[f64], Mortal { worker, from }: Mortal) -> Recording {
    let oracle = failing(quadratic(&THREE), move |w, job| w == worker && job >= from);
    let mut setup = Setup::new(method, &[0.0], 1500);
    (setup.step_size, setup.on_loss) = (0.125, OnLoss::Continue);
    let run = setup.record(oracle, &cluster(speeds, Law::fixed()));
    assert_eq!(run.models.len(), 1501, "{method}");
    run
}

/// Times 1 and 2 have passed when worker 2 is lost at 3: its row is not waited for, and the first
/// step is along the mean of the two that are there, at `x_0` = 0.
#[test]
fn iag_begins_without_a_worker_that_is_lost_before_its_first_gradient() {
    let run = losing("iag", &[1.0, 2.0, 3.0], Mortal { worker: 2, from: 0 });
    assert_eq!(run.models[1].values(), [0.125 * (6.0 - 2.0) / 2.0]);
    let begun: Vec<u128> = run.received().map(|r| r.assigned.as_millis()).collect();
    assert_eq!(begun[..4], [0, 0, 3, 3]);
    assert_close(run.last()[0], 2.0, 1e-12);
    // The others do not begin before they are all there, either.
    let run = losing("iag", &[1.0, 2.0, 3.0], Mortal { worker: 0, from: 0 });
    assert_eq!(run.models[1].values(), [0.125 * (-2.0 + 30.0) / 2.0]);
    assert_close(run.last()[0], 14.0, 1e-12);
}

/// Nothing of its last gradient stays behind: the limit is the mean of the others' centres.
#[test]
fn iag_takes_the_row_of_a_lost_worker_out_of_the_mean() {
    let run = losing(
        "iag",
        &[1.0, 2.0, 3.0],
        Mortal {
            worker: 2,
            from: 40,
        },
    );
    assert!(run.received().any(|r| r.worker.index() == 2));
    assert_close(run.last()[0], (6.0 - 2.0) / 2.0, 1e-12);
}

/// s = 1: workers 0 and 1 stop at times 2 and 4 with clocks of 2, until worker 2 is lost at 9 with
/// a clock of 0.
#[test]
fn ssp_goes_on_when_the_worker_that_it_waits_for_is_lost() {
    let run = losing(
        "ssp:bound=1",
        &[1.0, 2.0, 9.0],
        Mortal { worker: 2, from: 0 },
    );
    let lost = |note: &Event| matches!(note, Event::Lost(lost) if lost.worker.index() == 2);
    let after = run.notes.iter().position(lost).unwrap();
    assert_eq!(after, 4, "four gradients before");
    let next: Vec<_> = run
        .received()
        .skip(4)
        .map(|r| (r.assigned.as_millis(), r.worker.index()))
        .collect();
    assert_eq!(next[..2], [(9, 0), (9, 1)]);
    assert!(clocks(&run, 2).0 <= 2);
}

/// The mean time is over workers 0 and 1 alone, (1 + 3)/2, and so is `n·p`: 2·¾ and 2·¼.
#[test]
fn factors_are_among_the_workers_that_are_left() {
    let mortal = Mortal {
        worker: 2,
        from: 40,
    };
    for (method, factors) in [
        ("rescaled", [0.5, 1.5]),
        ("generalized", [1.0 / 1.5, 1.0 / 0.5]),
    ] {
        let run = losing(method, &[1.0, 3.0, 8.0], mortal);
        let received: Vec<_> = run.received().collect();
        for r in &received[1000..] {
            assert_close(
                r.step_size.unwrap(),
                0.125 * factors[r.worker.index()],
                1e-14,
            );
        }
    }
}
