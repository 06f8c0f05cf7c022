//! The grid of `docs/time-complexity.md`: writes its table, its numbers and its figures into a
//! folder.
//!
//! ```sh
//! cargo run --release -p integration-tests --example time_complexity -- docs
//! ```
#![expect(clippy::unwrap_used, reason = "a panic is the report")]
#![expect(clippy::print_stdout, reason = "it prints a table")]

mod grid;
mod problem;
mod race;

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use grid::{ALIKE, DIFFERENT, PROFILES, straggler};
use problem::Data;
use race::{Cell, Taken, written};
use rayon::prelude::*;
use report::Chart;

const WORKERS: [usize; 3] = [4, 16, 64];
const FACTORS: [f64; 7] = [1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0];

/// A cell of the grid with what is said of it, and what each method took.
struct Row {
    profile: &'static str,
    cell: Cell,
    taken: Vec<Taken>,
}

fn methods(data: Data) -> Vec<&'static str> {
    let within = match data {
        Data::Alike => ALIKE,
        Data::Different => DIFFERENT,
    };
    let within = within.iter().map(|(method, _)| *method);
    within.chain(["minibatch", "pure"]).collect()
}

fn noises(n: usize) -> [f64; 4] {
    [0.0, 1.0, n as f64, 100.0 * n as f64]
}

fn row(profile: &'static str, cell: Cell) -> Row {
    let seeds = 1..3;
    let taken = methods(cell.data)
        .into_iter()
        .map(|method| cell.race(method, seeds.clone()));
    let taken = taken.collect();
    Row {
        profile,
        cell,
        taken,
    }
}

fn grid(data: Data) -> Vec<Row> {
    let mut cells = Vec::new();
    for n in WORKERS {
        for profile in PROFILES {
            for noise_to_accuracy in noises(n) {
                let seconds = profile.seconds(n);
                cells.push((
                    profile.name,
                    Cell {
                        data,
                        seconds,
                        noise_to_accuracy,
                    },
                ));
            }
        }
    }
    cells
        .into_par_iter()
        .map(|(name, cell)| row(name, cell))
        .collect()
}

/// The ratios for so many workers as a table for the page: in each place those for the four `σ²/ε`.
fn table(data: Data, n: usize, rows: &[Row]) -> String {
    let methods = methods(data);
    let (names, rule) = (methods.join(" | "), "---|".repeat(methods.len()));
    let mut text = format!("| n = {n} | {names} |\n|---|{rule}\n");
    for profile in PROFILES {
        write!(text, "| {}", profile.name).unwrap();
        for index in 0..methods.len() {
            let is_asked = |row: &&Row| row.profile == profile.name && row.cell.seconds.len() == n;
            let ratios: Vec<_> = rows
                .iter()
                .filter(is_asked)
                .map(|row| written(row.taken[index].ratio))
                .collect();
            write!(text, " | {}", ratios.join(", ")).unwrap();
        }
        text += " |\n";
    }
    text
}

/// All numbers, a line for each method in each cell.
fn numbers(all: &[(Data, Vec<Row>)]) -> String {
    let mut text =
        "data,profile,workers,noise_to_accuracy,bracket,method,step_size,updates,time,ratio\n"
            .to_owned();
    for (data, rows) in all {
        for row in rows {
            for taken in &row.taken {
                let or_never =
                    |value: Option<f64>| value.map_or("never".to_owned(), |v| v.to_string());
                writeln!(
                    text,
                    "{},\"{}\",{},{},{},{},{},{},{},{}",
                    format!("{data:?}").to_lowercase(),
                    row.profile,
                    row.cell.seconds.len(),
                    row.cell.noise_to_accuracy,
                    row.cell.bracket(),
                    taken.method,
                    taken.step_size,
                    taken.updates,
                    or_never(taken.time),
                    or_never(taken.ratio)
                )
                .unwrap();
            }
        }
    }
    text
}

/// The ratios against how slow a single worker is.
fn chart(data: Data, n: usize, noise_to_accuracy: f64) -> Chart {
    let (id, title) = match data {
        Data::Alike => (
            "time-complexity-alike",
            format!("Data alike, n = {n}, σ²/ε = {noise_to_accuracy}"),
        ),
        Data::Different => (
            "time-complexity-different",
            format!("Data that differ, n = {n}, σ²/ε = {noise_to_accuracy}"),
        ),
    };
    let cells = FACTORS.par_iter().map(|&factor| {
        let seconds = straggler(n, factor);
        row(
            "",
            Cell {
                data,
                seconds,
                noise_to_accuracy,
            },
        )
    });
    let rows: Vec<Row> = cells.collect();
    let labels = (
        "time of the slowest worker, of the others 1",
        "time to ε over the bound's bracket",
    );
    let chart = Chart::new(id, &title, labels);
    let methods = methods(data).into_iter().enumerate();
    methods.fold(chart, |chart, (index, method)| {
        let ratios = rows
            .iter()
            .map(|row| row.taken[index].ratio.unwrap_or(f64::NAN));
        let points: Vec<_> = FACTORS.into_iter().zip(ratios).collect();
        // What arrives with equal workers only makes no line.
        match points.iter().filter(|(_, ratio)| ratio.is_finite()).count() {
            0 | 1 => chart,
            _ => chart.line(method, &points),
        }
    })
}

fn main() {
    let folder = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "target/time-complexity".to_owned());
    let folder = PathBuf::from(folder);
    fs::create_dir_all(folder.join("figures")).unwrap();
    let all = [Data::Alike, Data::Different].map(|data| (data, grid(data)));
    for (data, rows) in &all {
        for n in WORKERS {
            println!("{}", table(*data, n, rows));
        }
        for (index, method) in methods(*data).iter().enumerate() {
            let ratios = rows
                .iter()
                .map(|row| row.taken[index].ratio.unwrap_or(f64::INFINITY));
            println!("{method}: at most {:.1}", ratios.fold(0.0, f64::max));
        }
    }
    fs::write(folder.join("time-complexity.csv"), numbers(&all)).unwrap();
    for (data, n, b) in [(Data::Alike, 16, 16.0), (Data::Different, 64, 6400.0)] {
        let chart = chart(data, n, b);
        let name = match data {
            Data::Alike => "time-complexity-alike.svg",
            Data::Different => "time-complexity-different.svg",
        };
        fs::write(folder.join("figures").join(name), chart.svg()).unwrap();
    }
}
