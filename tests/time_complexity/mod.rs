//! Time to `ε` against the lower bounds (`methods.md` §16), with the steps that theory prescribes
//! and nothing tuned. `docs/time-complexity.md` has the whole grid.

mod grid;
mod problem;
mod race;

use std::ops::Range;

use grid::{ALIKE, DIFFERENT, PROFILES, straggler};
use problem::Data;
use race::{Cell, Taken, written};
use rayon::prelude::*;

const SEEDS: Range<u64> = 1..3;

fn cell(data: Data, seconds: Vec<f64>, noise_to_accuracy: f64) -> Cell {
    Cell {
        data,
        seconds,
        noise_to_accuracy,
    }
}

/// Every profile with these numbers of workers and `σ²/ε`.
fn cells(data: Data, sizes: &[(usize, f64)]) -> Vec<Cell> {
    let of = |&(n, b)| {
        let profiles = PROFILES.iter().map(move |p| p.seconds(n));
        profiles.map(move |seconds| cell(data, seconds, b))
    };
    sizes.iter().flat_map(of).collect()
}

fn ratio(cell: &Cell, method: &str) -> f64 {
    let taken = cell.race(method, SEEDS);
    taken.ratio.unwrap_or(f64::INFINITY)
}

/// Each of the methods that attain a bound stays within its constant of it in all these cells.
fn stays_within(cells: &[Cell], methods: &[(&str, f64)]) {
    cells.par_iter().for_each(|cell| {
        for (method, constant) in methods {
            let ratio = ratio(cell, method);
            assert!(ratio <= *constant, "{method}: {ratio} in {cell:?}");
        }
    });
}

#[test]
fn rennala_and_ringmaster_stay_within_a_constant_of_the_bound_for_data_that_are_alike() {
    let sizes = [
        (4, 0.0),
        (4, 4.0),
        (4, 400.0),
        (16, 0.0),
        (16, 1.0),
        (16, 16.0),
        (16, 160.0),
    ];
    stays_within(&cells(Data::Alike, &sizes), ALIKE);
}

#[test]
fn malenia_and_ringleader_stay_within_a_constant_of_the_bound_for_data_that_differ() {
    let sizes = [(4, 0.0), (4, 4.0), (4, 40.0), (16, 0.0), (16, 1.0)];
    stays_within(&cells(Data::Different, &sizes), DIFFERENT);
}

/// `ratios` grow as much as their worker, but for a tenth.
fn grows_with(ratios: &[f64], factors: &[f64]) {
    for (ratios, factors) in ratios.windows(2).zip(factors.windows(2)) {
        let grown = ratios[1] / ratios[0];
        assert!(grown >= 0.9 * factors[1] / factors[0], "{ratios:?}");
    }
}

/// All wait for it, or step as if all gradients were as late as its own.
#[test]
fn mini_batch_and_pure_are_slower_the_slower_a_single_worker_is() {
    let factors = [10.0, 100.0, 1000.0];
    for b in [0.0, 8.0] {
        for method in ["minibatch", "pure"] {
            let of = |factor: &f64| ratio(&cell(Data::Alike, straggler(8, *factor), b), method);
            let ratios: Vec<_> = factors.iter().map(of).collect();
            grows_with(&ratios[1..], &factors[1..]);
            let most = ALIKE
                .iter()
                .map(|(_, constant)| *constant)
                .fold(0.0, f64::max);
            assert!(ratios[1..].iter().all(|r| *r > 5.0 * most), "{ratios:?}");
        }
    }
}

/// With data that differ, mini-batch pays the slowest worker's time for each gradient that noise
/// asks for, where the bound has the mean: `2·s_n(1 + b/n)/(s_n + mean·b/n)`, which grows with n.
#[test]
fn mini_batch_is_slower_than_the_bound_the_more_workers_wait_for_one() {
    let of = |n: usize| {
        let b = 100.0 * n as f64;
        ratio(&cell(Data::Different, straggler(n, 1000.0), b), "minibatch")
    };
    let ratios = [4, 16, 64].map(of);
    assert!(
        ratios[1] > 2.0 * ratios[0] && ratios[2] > 2.0 * ratios[1],
        "{ratios:?}"
    );
    let most = DIFFERENT
        .iter()
        .map(|(_, constant)| *constant)
        .fold(0.0, f64::max);
    assert!(ratios[2] > most, "{ratios:?}");
}

/// The slow half pulls to one side and the fast half to the other: pure steps to a point where
/// `‖∇f‖² > ε`, and stays.
#[test]
fn pure_never_gets_there_with_data_that_differ_and_unequal_speeds() {
    let profiles = PROFILES.iter().filter(|profile| profile.name != "equal");
    for profile in profiles.filter(|profile| profile.name != "one 1000") {
        for b in [0.0, 4.0] {
            let taken: Taken = cell(Data::Different, profile.seconds(4), b).race("pure", SEEDS);
            assert_eq!(taken.time, None, "{}, σ²/ε = {b}", profile.name);
            // Theory allows that many for data that are alike.
            assert!(taken.step_size > 0.0 && taken.updates > 100.0, "{taken:?}");
        }
    }
}

/// What the table measures is not blind to the steps that theory prescribes.
#[test]
fn a_threshold_or_batch_that_theory_does_not_prescribe_breaks_the_bound() {
    let slow = cell(Data::Alike, straggler(8, 1000.0), 0.0);
    let taken = slow.race("ringmaster:threshold=8000", SEEDS);
    assert_eq!(taken.method, "ringmaster:threshold=8000");
    assert!(taken.ratio.unwrap() > 100.0, "{taken:?}");
    let noisy = cell(Data::Alike, straggler(8, 1.0), 800.0);
    let taken = noisy.race("rennala:batch=100000", SEEDS);
    assert!(taken.ratio.unwrap() > 20.0, "{taken:?}");
}

/// A line of `docs/time-complexity.csv`.
struct Line<'a> {
    data: Data,
    profile: &'a str,
    n: usize,
    noise_to_accuracy: f64,
    method: &'a str,
    ratio: Option<f64>,
}

/// Names of profiles may have commas.
fn line(text: &str) -> Line<'_> {
    let fields: Vec<_> = text.rsplitn(9, ',').collect();
    let (data, profile) = fields[8].split_once(',').unwrap();
    Line {
        data: if data == "alike" {
            Data::Alike
        } else {
            Data::Different
        },
        profile: profile.trim_matches('"'),
        n: fields[7].parse().unwrap(),
        noise_to_accuracy: fields[6].parse().unwrap(),
        method: fields[4],
        ratio: fields[0].parse().ok(),
    }
}

#[test]
fn the_numbers_in_the_documentation_are_what_comes_out() {
    let text = include_str!("../../docs/time-complexity.csv");
    let quick = |line: &Line<'_>| {
        line.n == 4 && line.noise_to_accuracy <= 4.0 && line.profile != "one 1000"
    };
    let lines: Vec<_> = text.lines().skip(1).map(line).filter(quick).collect();
    assert_eq!(lines.len(), 2 * 8 * 3 * 4);
    for line in lines {
        let profile = PROFILES.iter().find(|profile| profile.name == line.profile);
        let seconds = profile.unwrap().seconds(line.n);
        let taken = cell(line.data, seconds, line.noise_to_accuracy).race(line.method, SEEDS);
        let (now, then) = (taken.ratio.unwrap_or(-1.0), line.ratio.unwrap_or(-1.0));
        assert!(
            (now - then).abs() <= 1e-6 * then.abs(),
            "{taken:?}, not {then}"
        );
    }
}

#[test]
fn the_page_says_what_the_numbers_say() {
    let page = include_str!("../../docs/time-complexity.md");
    let text = include_str!("../../docs/time-complexity.csv");
    let lines: Vec<_> = text.lines().skip(1).map(line).collect();
    for data in [Data::Alike, Data::Different] {
        for profile in PROFILES {
            let columns = lines
                .iter()
                .filter(|line| (line.data, line.n, line.profile) == (data, 64, profile.name));
            let mut columns: Vec<_> = columns.map(|line| (line.method, line)).collect();
            columns.sort_by_key(|(method, _)| method.split(':').next().map(position));
            let of = |four: &[(&str, &Line<'_>)]| {
                let ratios: Vec<_> = four.iter().map(|(_, line)| written(line.ratio)).collect();
                ratios.join(", ")
            };
            let columns: Vec<_> = columns.chunks(4).map(of).collect();
            let row = format!("| {} | {} |", profile.name, columns.join(" | "));
            assert!(page.contains(&row), "{row}");
        }
    }
    for (method, most) in [
        ("rennala", "5.0"),
        ("ringmaster", "5.1"),
        ("malenia", "3.8"),
        ("ringleader", "35.6"),
    ] {
        let of = lines.iter().filter(|line| line.method.starts_with(method));
        let largest = of.filter_map(|line| line.ratio).fold(0.0, f64::max);
        assert_eq!(format!("{largest:.1}"), most, "{method}");
        assert!(page.contains(&format!("at most {most}")));
    }
}

/// The order of the page's columns.
fn position(method: &str) -> usize {
    let order = [
        "rennala",
        "malenia",
        "ringmaster",
        "ringleader",
        "minibatch",
        "pure",
    ];
    order.iter().position(|known| *known == method).unwrap()
}
