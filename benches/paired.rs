//! Interleaved pairs: two programs measured in turn, A, B, A, B, …, and the ratio of each pair.
//!
//! The machines that this is developed on are shared and drift: two equal programs measured one
//! after the other differ by up to 15 %, the median ratio of interleaved pairs by 1 or 2 %. Bars
//! are printed beside what was measured; nothing fails.
#![allow(
    dead_code,
    reason = "every benchmark includes this file, and none needs all of it"
)]
#![expect(
    clippy::print_stdout,
    reason = "a benchmark reports on standard output"
)]

use std::cell::RefCell;
use std::fmt;
use std::fs;
use std::num::NonZero;
use std::thread;
use std::time::Duration;

/// As many pairs, or samples, are behind every median.
pub(crate) const PAIRS: usize = 31;

/// How many workers compute at the same time.
pub(crate) fn cores() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// What was asked for on the command line: `cargo bench --bench NAME -- [PART OF AN ID]…`. With
/// `--markdown` what is measured is also written into the table of the README, each row in the
/// place of the one with its id.
#[derive(Debug)]
pub(crate) struct Runner {
    filters: Vec<String>,
    is_for_readme: bool,
    rows: RefCell<Vec<[String; 3]>>,
}

const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");
const TABLE: (&str, &str) = (
    "| `cargo bench` | measured | bar |\n|---|---|---|\n",
    "<!-- written by `cargo bench -p benches -- --markdown` -->\n",
);

impl Drop for Runner {
    fn drop(&mut self) {
        if !self.is_for_readme {
            return;
        }
        let readme = fs::read_to_string(README).expect("the README is there");
        let table = readme.split_once(TABLE.0).and_then(|(above, rest)| {
            rest.split_once(TABLE.1)
                .map(|(table, below)| (above, table, below))
        });
        let (above, table, below) = table.expect("the README has the table");
        let mut lines: Vec<String> = table.lines().map(str::to_owned).collect();
        for [id, measured, bar] in self.rows.borrow().iter() {
            let begin = format!("| {id} | ");
            let line = format!("{begin}{measured} | {bar} |");
            match lines.iter_mut().find(|line| line.starts_with(&begin)) {
                Some(known) => *known = line,
                None => lines.push(line),
            }
        }
        let table: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let readme = [above, TABLE.0, &table, TABLE.1, below].concat();
        fs::write(README, readme).expect("the README can be written");
    }
}

impl Runner {
    /// `None` unless `cargo bench` has started us: `cargo test --benches` is to learn that we
    /// start, and no more.
    pub(crate) fn from_args() -> Option<Self> {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let given = |option: &str| arguments.iter().any(|argument| argument == option);
        if given("--test") || !given("--bench") {
            return None;
        }
        let filters = arguments
            .iter()
            .filter(|argument| !argument.starts_with('-'));
        let runner = Self {
            filters: filters.cloned().collect(),
            is_for_readme: given("--markdown"),
            rows: RefCell::default(),
        };
        let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let load = load.split(' ').next().unwrap_or_default();
        println!(
            "\n{} cores, load average {load}, median [quartiles] of {PAIRS}",
            cores()
        );
        Some(runner)
    }

    /// Whether this id was asked for.
    pub(crate) fn wants(&self, id: &str) -> bool {
        self.filters.is_empty() || self.filters.iter().any(|part| id.contains(part.as_str()))
    }

    /// Measures two programs in turn, once each to warm up; both return how much they did a second.
    pub(crate) fn compare(
        &self,
        comparison: &Comparison<'_>,
        mut first: impl FnMut() -> f64,
        mut second: impl FnMut() -> f64,
    ) {
        let Comparison {
            id,
            names,
            unit,
            bar,
        } = comparison;
        if !self.wants(id) {
            return;
        }
        first();
        second();
        let pairs: Vec<_> = (0..PAIRS).map(|_| (first(), second())).collect();
        let ratio = Quartiles::of(pairs.iter().map(|(a, b)| a / b));
        let firsts = Quartiles::of(pairs.iter().map(|(a, _)| *a));
        let seconds = Quartiles::of(pairs.iter().map(|(_, b)| *b));
        let ratio_text = format!("ratio {ratio:.3}");
        let (a, b) = (Quantity(firsts.median), Quantity(seconds.median));
        let rates = format!("{} {a}, {} {b} {unit}", names.0, names.1);
        println!("{id:<44} {ratio_text:<26} {rates}{}", bar.verdict(ratio));
        self.keep(id, format!("{ratio_text}: {rates}"), bar.verdict(ratio));
    }

    /// Measures one program, once to warm up.
    pub(crate) fn measure(&self, id: &str, unit: &str, bar: Bar, mut program: impl FnMut() -> f64) {
        if !self.wants(id) {
            return;
        }
        program();
        self.report(id, unit, bar, (0..PAIRS).map(|_| program()));
    }

    /// Reports numbers that were measured on the way.
    pub(crate) fn report(
        &self,
        id: &str,
        unit: &str,
        bar: Bar,
        values: impl IntoIterator<Item = f64>,
    ) {
        let all = Quartiles::of(values);
        let Quartiles { low, median, high } = all;
        let [low, median, high] = [low, median, high].map(Quantity);
        let text = format!("{median} [{low} {high}] {unit}");
        println!("{id:<44} {text}{}", bar.verdict(all));
        self.keep(id, text, bar.verdict(all));
    }

    fn keep(&self, id: &str, measured: String, verdict: String) {
        // The README has what there is a bar for.
        if let Some(bar) = verdict.trim().strip_prefix("bar ") {
            let row = [id.to_owned(), measured, bar.to_owned()];
            self.rows.borrow_mut().push(row);
        }
    }
}

/// Two programs and what is expected of them.
#[derive(Debug)]
pub(crate) struct Comparison<'a> {
    /// With its sizes, as in `turn/d=1e6,f32`.
    pub(crate) id: &'a str,
    /// What the two are called.
    pub(crate) names: (&'a str, &'a str),
    /// Of what both return.
    pub(crate) unit: &'a str,
    /// What the median of first/second should be.
    pub(crate) bar: Bar,
}

/// What design.md, section 10, asks of a median.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Bar {
    /// Nothing: it is for information.
    None,
    AtLeast(f64),
    AtMost(f64),
    /// At most so far from 1.
    Within(f64),
}

impl Bar {
    fn verdict(self, measured: Quartiles) -> String {
        let median = measured.median;
        let (bound, met) = match self {
            Self::None => return String::new(),
            Self::AtLeast(least) => (format!("≥ {}", Quantity(least)), median >= least),
            Self::AtMost(most) => (format!("≤ {}", Quantity(most)), median <= most),
            Self::Within(error) => (format!("1 ± {error}"), (median - 1.0).abs() <= error),
        };
        format!("   bar {bound}: {}", if met { "met" } else { "MISSED" })
    }
}

/// The middle half of many numbers.
#[derive(Clone, Copy, Debug)]
struct Quartiles {
    low: f64,
    median: f64,
    high: f64,
}

impl Quartiles {
    fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let at = |quarters: usize| values[(values.len() - 1) * quarters / 4];
        Self {
            low: at(1),
            median: at(2),
            high: at(3),
        }
    }
}

impl fmt::Display for Quartiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { low, median, high } = self;
        let digits = f.precision().unwrap_or(3);
        write!(f, "{median:.digits$} [{low:.digits$} {high:.digits$}]")
    }
}

/// A number with three digits or so.
struct Quantity(f64);

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.0;
        match value.abs() {
            1e6.. => write!(f, "{:.2}e6", value / 1e6),
            1e4.. => write!(f, "{:.1}e3", value / 1e3),
            100.0.. => write!(f, "{value:.0}"),
            10.0.. => write!(f, "{value:.1}"),
            _ => write!(f, "{}", (value * 100.0).round() / 100.0),
        }
    }
}

/// So many of something in this time.
pub(crate) fn rate(count: u64, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}
