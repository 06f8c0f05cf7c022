//! Twelve updates each of methods that treat workers of different speeds alike, worked out on
//! paper.
//!
//! Always two workers of speeds 1 and 3 with centres 4 and −4, so `g = x_π − 4` or `x_π + 4`. All
//! numbers are exact in binary. At equal times the job with the smaller number goes first.

use asgrad::Law;

use crate::support::recording::{Recording, Setup};
use crate::support::{assert_close, books, cluster, quadratic};

/// Time in units, job, worker, and the version it read.
type Arrived = (u128, u64, usize, u64);

fn run(method: &str, step_size: f64, start: f64) -> Recording {
    let mut setup = Setup::new(method, &[start], 12);
    setup.step_size = step_size;
    setup.record(quadratic(&[4.0, -4.0]), &cluster(&[1.0, 3.0], Law::fixed()))
}

#[track_caller]
fn check(run: &Recording, arrivals: &[Arrived], x: &[f64]) {
    let actual: Vec<Arrived> = run
        .received()
        .map(|r| {
            let (job, worker) = (r.job.number(), r.worker.index());
            (r.time.as_millis(), job, worker, r.read_version.number())
        })
        .collect();
    assert_eq!(actual, arrivals);
    let models: Vec<f64> = run.models.iter().map(|m| m.values()[0]).collect();
    assert_eq!(models.len(), x.len());
    for (actual, expected) in models.iter().zip(x) {
        assert_close(*actual, *expected, 1e-14);
    }
}

/// γ = ½. Until worker 1 delivers, worker 0 is all that is known and its factor is 1. Then `s_A` =
/// 2, and the factors are ½ and 3/2: the steps ¼ and ¾.
///
/// | time | job (worker) | read | g | step | version, x after |
/// |---|---|---|---|---|---|
/// | 1 | 0 (0) | 0 | −4 | ½ | 1, 2 |
/// | 2 | 2 (0) | 1 | −2 | ½ | 2, 3 |
/// | 3 | 1 (1) | 0 | 4 | ¾ | 3, 0 |
/// | 3 | 3 (0) | 2 | −1 | ¼ | 4, 0.25 |
/// | 4 | 5 (0) | 4 | −3.75 | ¼ | 5, 1.1875 |
/// | 5 | 6 (0) | 5 | −2.8125 | ¼ | 6, 1.890625 |
/// | 6 | 4 (1) | 3 | 4 | ¾ | 7, −1.109375 |
/// | 6 | 7 (0) | 6 | −2.109375 | ¼ | 8, −0.58203125 |
/// | 7 | 9 (0) | 8 | −4.58203125 | ¼ | 9, 0.5634765625 |
/// | 8 | 10 (0) | 9 | −3.4365234375 | ¼ | 10, 1.422607421875 |
/// | 9 | 8 (1) | 7 | 2.890625 | ¾ | 11, −0.745361328125 |
/// | 9 | 11 (0) | 10 | −2.577392578125 | ¼ | 12, −0.10101318359375 |
#[test]
fn rescaled_steps_further_along_the_gradients_of_the_slow() {
    let arrivals = [
        (1, 0, 0, 0),
        (2, 2, 0, 1),
        (3, 1, 1, 0),
        (3, 3, 0, 2),
        (4, 5, 0, 4),
        (5, 6, 0, 5),
        (6, 4, 1, 3),
        (6, 7, 0, 6),
        (7, 9, 0, 8),
        (8, 10, 0, 9),
        (9, 8, 1, 7),
        (9, 11, 0, 10),
    ];
    let x = [
        0.0,
        2.0,
        3.0,
        0.0,
        0.25,
        1.1875,
        1.890_625,
        -1.109_375,
        -0.582_031_25,
        0.563_476_562_5,
        1.422_607_421_875,
        -0.745_361_328_125,
        -0.101_013_183_593_75,
    ];
    check(&run("rescaled", 0.5, 0.0), &arrivals, &x);
}

/// γ = 3/8. Seed 1 draws worker 0, but for the seventh draw. The first two draws know nothing of
/// worker 1 and are uniform: `n·p` = 1. The others have p = (¾, ¼), and the gradients of *those*
/// jobs the steps γ/(2·¾) = ¼ and γ/(2·¼) = ¾.
///
/// | time | job (worker) | read | g | step | version, x after | draw |
/// |---|---|---|---|---|---|---|
/// | 1 | 0 (0) | 0 | −4 | ⅜ | 1, 1.5 | 2 → 0, p = ½ |
/// | 2 | 2 (0) | 1 | −2.5 | ⅜ | 2, 2.4375 | 3 → 0, p = ½ |
/// | 3 | 1 (1) | 0 | 4 | ⅜ | 3, 0.9375 | 4 → 0, p = ¾ |
/// | 3 | 3 (0) | 2 | −1.5625 | ⅜ | 4, 1.5234375 | 5 → 0 |
/// | 4 | 4 (0) | 3 | −3.0625 | ¼ | 5, 2.2890625 | 6 → 0 |
/// | 5 | 5 (0) | 4 | −2.4765625 | ¼ | 6, 2.908203125 | 7 → 0 |
/// | 6 | 6 (0) | 5 | −1.7109375 | ¼ | 7, 3.3359375 | 8 → 1, p = ¼ |
/// | 7 | 7 (0) | 6 | −1.091796875 | ¼ | 8, 3.60888671875 | 9 → 0, p = ¾ |
/// | 8 | 9 (0) | 8 | −0.39111328125 | ¼ | 9, 3.7066650390625 | 10 → 0 |
/// | 9 | 8 (1) | 7 | 7.3359375 | ¾ | 10, −1.7952880859375 | 11 → 0 |
/// | 9 | 10 (0) | 9 | −0.2933349609375 | ¼ | 11, −1.721954345703125 | 12 → 0 |
/// | 10 | 11 (0) | 10 | −5.7952880859375 | ¼ | 12, −0.27313232421875 | 13 → 0 |
#[test]
fn generalized_weights_a_gradient_with_the_probability_that_its_job_was_drawn_with() {
    let arrivals = [
        (1, 0, 0, 0),
        (2, 2, 0, 1),
        (3, 1, 1, 0),
        (3, 3, 0, 2),
        (4, 4, 0, 3),
        (5, 5, 0, 4),
        (6, 6, 0, 5),
        (7, 7, 0, 6),
        (8, 9, 0, 8),
        (9, 8, 1, 7),
        (9, 10, 0, 9),
        (10, 11, 0, 10),
    ];
    let x = [
        0.0,
        1.5,
        2.4375,
        0.9375,
        1.523_437_5,
        2.289_062_5,
        2.908_203_125,
        3.335_937_5,
        3.608_886_718_75,
        3.706_665_039_062_5,
        -1.795_288_085_937_5,
        -1.721_954_345_703_125,
        -0.273_132_324_218_75,
    ];
    let run = run("generalized", 0.375, 0.0);
    let drawn: Vec<usize> = books::jobs(&run.notes).iter().map(|j| j.worker).collect();
    assert_eq!(drawn, [0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]);
    check(&run, &arrivals, &x);
}

/// γ = ½, s = 1. Worker 0 stops with its clock 2 ahead, until worker 1 delivers; the clocks after
/// that:
///
/// | time | job (worker) | read | g | version, x after | clocks | begin |
/// |---|---|---|---|---|---|---|
/// | 1 | 0 (0) | 0 | −4 | 1, 2 | 1, 0 | 0 |
/// | 2 | 2 (0) | 1 | −2 | 2, 3 | 2, 0 | – |
/// | 3 | 1 (1) | 0 | 4 | 3, 1 | 2, 1 | 0, 1 |
/// | 4 | 3 (0) | 3 | −3 | 4, 2.5 | 3, 1 | – |
/// | 6 | 4 (1) | 3 | 5 | 5, 0 | 3, 2 | 0, 1 |
/// | 7 | 5 (0) | 5 | −4 | 6, 2 | 4, 2 | – |
/// | 9 | 6 (1) | 5 | 4 | 7, 0 | 4, 3 | 0, 1 |
///
/// and from here on the last two lines again and again.
#[test]
fn ssp_lets_the_fast_wait_for_the_slow() {
    let arrivals = [
        (1, 0, 0, 0),
        (2, 2, 0, 1),
        (3, 1, 1, 0),
        (4, 3, 0, 3),
        (6, 4, 1, 3),
        (7, 5, 0, 5),
        (9, 6, 1, 5),
        (10, 7, 0, 7),
        (12, 8, 1, 7),
        (13, 9, 0, 9),
        (15, 10, 1, 9),
        (16, 11, 0, 11),
    ];
    let x = [
        0.0, 2.0, 3.0, 1.0, 2.5, 0.0, 2.0, 0.0, 2.0, 0.0, 2.0, 0.0, 2.0,
    ];
    check(&run("ssp:bound=1", 0.5, 0.0), &arrivals, &x);
}

/// γ = ½, `x_0` = 8. Worker 0 waits for worker 1; then both begin at version 1, and every gradient
/// is a step along the mean of both rows: `x ← x − ¼(row_0 + row_1)`.
///
/// | time | job (worker) | read | rows after | version, x after |
/// |---|---|---|---|---|
/// | 1 | 0 (0) | 0 | 4, – | 0, 8 |
/// | 3 | 1 (1) | 0 | 4, 12 | 1, 4 |
/// | 4 | 2 (0) | 1 | 0, 12 | 2, 1 |
/// | 5 | 4 (0) | 2 | −3, 12 | 3, −1.25 |
/// | 6 | 3 (1) | 1 | −3, 8 | 4, −2.5 |
/// | 6 | 5 (0) | 3 | −5.25, 8 | 5, −3.1875 |
/// | 7 | 7 (0) | 5 | −7.1875, 8 | 6, −3.390625 |
/// | 8 | 8 (0) | 6 | −7.390625, 8 | 7, −3.54296875 |
/// | 9 | 6 (1) | 4 | −7.390625, 1.5 | 8, −2.0703125 |
/// | 9 | 9 (0) | 7 | −7.54296875, 1.5 | 9, −0.5595703125 |
/// | 10 | 11 (0) | 9 | −4.5595703125, 1.5 | 10, 0.205322265625 |
/// | 11 | 12 (0) | 10 | −3.794677734375, 1.5 | 11, 0.77899169921875 |
/// | 12 | 10 (1) | 8 | −3.794677734375, 1.9296875 | 12, 1.2452392578125 |
#[test]
fn iag_steps_along_the_mean_of_the_last_gradients() {
    let arrivals = [
        (1, 0, 0, 0),
        (3, 1, 1, 0),
        (4, 2, 0, 1),
        (5, 4, 0, 2),
        (6, 3, 1, 1),
        (6, 5, 0, 3),
        (7, 7, 0, 5),
        (8, 8, 0, 6),
        (9, 6, 1, 4),
        (9, 9, 0, 7),
        (10, 11, 0, 9),
        (11, 12, 0, 10),
        (12, 10, 1, 8),
    ];
    let x = [
        8.0,
        4.0,
        1.0,
        -1.25,
        -2.5,
        -3.1875,
        -3.390_625,
        -3.542_968_75,
        -2.070_312_5,
        -0.559_570_312_5,
        0.205_322_265_625,
        0.778_991_699_218_75,
        1.245_239_257_812_5,
    ];
    check(&run("iag", 0.5, 8.0), &arrivals, &x);
}
